import { readClaim, type Features } from '../../src/ask/grounding/features.js'
import { PreparedSentence, type PreparedContexts } from '../../src/ask/grounding/prepare.js'
import { isRefusal } from '../../src/ask/grounding/refusals.js'
import { isRemark, statementOf } from '../../src/ask/grounding/remarks.js'
import { splitSentences } from '../../src/ask/text/sentences.js'

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

/** The features of a claim that makes one statement; null for one of several, whose sentences have no labels of their own. */
export function claimFeatures(claim: string, contexts: PreparedContexts): Features | null {
  const statements = splitSentences(claim)
    .map(({ start, end }) => statementOf(claim.slice(start, end)))
    .filter((sentence) => !isRefusal(sentence) && !isRemark(sentence))
  if (statements.length !== 1) return null
  return readClaim(new PreparedSentence(statements[0]!, 0, claim.length, 'prose', -1, contexts.knownNames), contexts).features
}
