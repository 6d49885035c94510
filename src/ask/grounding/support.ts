import { FEATURES, type Features } from './features.js'
import { INTERCEPT, WEIGHTS } from './weights.js'

/** The probability that a claim with these features is supported, by logistic regression. */
export function supportOf(features: Features): number {
  let sum = INTERCEPT
  for (const name of FEATURES) sum += WEIGHTS[name] * features[name]
  return 1 / (1 + Math.exp(-sum))
}
