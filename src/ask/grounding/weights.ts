import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (828 claims, 250 of them supported), L2 penalty 0.002.
 */
export const INTERCEPT = -0.607

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  bestCoverage: 0,
  coverage: 0.665,
  coverageAnywhere: 0.735,
  weakestStretch: 1.071,
  pairs: 0,
  order: 0.022,
  substituted: 0,
  rarestMissing: 0,
  missingShare: 0,
  numbersMissing: 0,
  numbersAbsent: -2.03,
  numberConflict: -1.493,
  namesMissing: -1.947,
  namesAbsent: 0,
  nameReplaced: -2.022,
  rolesSwapped: -1.127,
  negation: -1.727,
  negationCount: -1.207,
  antonym: -2.737,
  firstPerson: -0.405,
  length: -0.281
}
