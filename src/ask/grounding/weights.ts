import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (747 claims, 250 of them supported), L2 penalty 0.002.
 */
export const INTERCEPT = 0.178

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  bestCoverage: 1.217,
  coverage: 0,
  coverageAnywhere: 0.019,
  pairs: 0,
  order: 0,
  rarestMissing: 0,
  missingShare: 0,
  numbersMissing: -0.024,
  numbersAbsent: -2.021,
  numberConflict: -1.063,
  namesMissing: -0.787,
  namesAbsent: -0.473,
  nameReplaced: -0.462,
  rolesSwapped: 0,
  negation: -1.658,
  negationCount: -0.86,
  antonym: -2.248,
  firstPerson: -0.779,
  length: -1.017
}
