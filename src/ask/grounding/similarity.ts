import { embedTexts } from '../../native/index.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'

const DIMENSIONS = 256

/**
 * How alike in meaning a claim and its evidence are, 0 to 1: the cosine of their vectors in the embedded embedder. It sees a
 * paraphrase that shares few words; what it can't see (numbers, negation, names, roles) is checked apart.
 */
export function similarityOf(claim: PreparedSentence, contexts: PreparedContexts, evidence: readonly number[]): number {
  if (evidence.length === 0) return 0
  const vectors = embedTexts([claim.text, evidence.map((index) => contexts.sentences[index]!.text).join(' ')])
  let cosine = 0
  for (let index = 0; index < DIMENSIONS; index++) cosine += vectors[index]! * vectors[DIMENSIONS + index]!
  return Math.max(0, cosine)
}
