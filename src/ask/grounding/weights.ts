import type { FeatureName } from './features.js'

/** Fitted by bench/grounding/fit.ts. */
export const INTERCEPT = -3.2

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  bestCoverage: 2, coverage: 4, coverageAnywhere: 0.5, pairs: 2, order: 0.2, rarestMissing: -0.8, missingShare: -1, numbersMissing: -1,
  numbersAbsent: -1.5, numberConflict: -2.5, namesMissing: -0.7, namesAbsent: -1.5, nameReplaced: -2, rolesSwapped: -4, negation: -4.5,
  negationCount: -0.4, antonym: -4, firstPerson: -1, length: 0.2
}
