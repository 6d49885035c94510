import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (830 claims, 250 of them supported), L2 penalty 0.0005.
 */
export const INTERCEPT = -1.206

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  bestCoverage: 0,
  coverage: 1.438,
  coverageAnywhere: 0.204,
  weakestStretch: 1.595,
  pairs: 0,
  order: 0.573,
  substituted: 0,
  rarestMissing: 0,
  missingShare: 0,
  numbersMissing: 0,
  numbersAbsent: -2.914,
  numberConflict: -2.022,
  namesMissing: -1.655,
  namesAbsent: -0.617,
  nameReplaced: -3.127,
  rolesSwapped: -3.046,
  negation: -3.192,
  negationAdded: -1.76,
  negationDropped: -0.229,
  antonym: -4.65,
  antonymNear: -1.574,
  firstPerson: -0.279,
  length: -0.169
}
