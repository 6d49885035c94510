import type { GroundingLabel, SentenceGrounding } from '../../types.js'

/** An answer is HIGH from here on, and a sentence SUPPORTED. */
export const HIGH = 0.7
/** An answer is MEDIUM from here on, and a sentence WEAK. */
export const MEDIUM = 0.4
/** A contradicted sentence counts as many times in the score of the answer: it is worse than one without evidence. */
const CONTRADICTED_WEIGHT = 2

export function labelOf(score: number): GroundingLabel {
  return score >= HIGH ? 'HIGH' : score >= MEDIUM ? 'MEDIUM' : 'LOW'
}

/** The mean of the sentences' scores, a contradicted one counting twice; null when none is checkable. */
export function answerScore(sentences: readonly Pick<SentenceGrounding, 'verdict' | 'score'>[]): number | null {
  let weights = 0
  let sum = 0
  for (const { verdict, score } of sentences) {
    if (verdict === 'NOT_CHECKABLE') continue
    const weight = verdict === 'CONTRADICTED' ? CONTRADICTED_WEIGHT : 1
    weights += weight
    sum += weight * score
  }
  return weights === 0 ? null : sum / weights
}
