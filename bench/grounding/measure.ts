import { readClaim, type Features } from '../../src/ask/grounding/features.js'
import { prepareContexts, PreparedSentence } from '../../src/ask/grounding/prepare.js'

/** Area under the ROC curve: the chance that a positive scores above a negative, ties counting half. */
export function areaUnderCurve(positives: readonly number[], negatives: readonly number[]): number {
  let above = 0
  for (const positive of positives) for (const negative of negatives) above += positive > negative ? 1 : positive === negative ? 0.5 : 0
  return above / (positives.length * negatives.length)
}

/** Share of negatives below the threshold that at most `falseAlarms` of the positives fall below. */
export function detection(
  positives: readonly number[],
  negatives: readonly number[],
  falseAlarms: number
): { detected: number; threshold: number } {
  const sorted = [...positives].sort((a, b) => a - b)
  const threshold = sorted[Math.floor(falseAlarms * sorted.length)] ?? 1
  return { detected: negatives.filter((score) => score < threshold).length / negatives.length, threshold }
}

export function claimFeatures(claim: string, contexts: readonly string[]): Features {
  const prepared = prepareContexts(contexts)
  return readClaim(new PreparedSentence(claim, 0, claim.length, 'prose', -1, prepared.knownNames), prepared).features
}
