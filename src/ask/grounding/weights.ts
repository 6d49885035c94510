import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (830 claims, 250 of them supported), L2 penalty 0.0005.
 */
export const INTERCEPT = -1.126

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  bestCoverage: 0.022,
  coverage: 1.098,
  coverageAnywhere: 0.024,
  weakestStretch: 1.855,
  pairs: 0,
  order: 0.688,
  substituted: 0,
  rarestMissing: 0,
  missingShare: 0,
  numbersMissing: 0,
  numbersAbsent: -3.109,
  numberConflict: -2.148,
  namesMissing: -2.664,
  namesAbsent: -0.7,
  nameReplaced: -3.721,
  rolesSwapped: -2.878,
  negation: -3.175,
  negationAdded: -1.681,
  negationDropped: -0.22,
  antonym: -4.064,
  antonymNear: -0.892,
  firstPerson: -0.245,
  length: -0.62
}
