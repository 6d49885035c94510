import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (830 claims, 250 of them supported), L2 penalty 0.0005.
 */
export const INTERCEPT = -1.113

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  coverage: 1.202,
  coverageAnywhere: 0.634,
  weakestStretch: 1.386,
  order: 0.368,
  numbersAbsent: -2.899,
  numberConflict: -1.982,
  namesMissing: -1.655,
  namesAbsent: -0.675,
  nameReplaced: -3.238,
  rolesSwapped: -3.033,
  negation: -2.876,
  negationAdded: -1.857,
  antonym: -3.879,
  antonymNear: -1.567,
  firstPerson: -0.35,
  length: -0.016
}
