import type { Question } from './question.js'
import type { IndexedSentence, PassageIndex, ScoredSentence } from './rank.js'

/**
 * The sentences that share most with the rest of the passages, each adding something new (centroid and novelty, as in maximal
 * marginal relevance, Carbonell and Goldstein 1998). Sentences near the head of a passage are preferred.
 */
export function summarise(question: Question, index: PassageIndex, maxSentences: number): ScoredSentence[] {
  const total = index.sentences.length
  const candidates = index.sentences.filter(
    (sentence) => !sentence.fragment && sentence.positions.size >= 4 && sentence.tokens.length <= 70
  )
  const pool = candidates.length > 0 ? candidates : index.sentences
  const scored = pool.map((sentence): ScoredSentence => ({
    sentence,
    own: 0,
    score: centrality(sentence, index, total) + mentions(question, sentence)
  }))
  const chosen: ScoredSentence[] = []
  while (chosen.length < maxSentences && chosen.length < scored.length) {
    let best: ScoredSentence | undefined
    let bestScore = Number.NEGATIVE_INFINITY
    for (const candidate of scored) {
      if (chosen.includes(candidate)) continue
      const repeated = Math.max(0, ...chosen.map((other) => overlap(candidate.sentence, other.sentence)))
      const score = candidate.score - 0.8 * repeated
      if (score > bestScore) {
        best = candidate
        bestScore = score
      }
    }
    if (best === undefined) break
    chosen.push(best)
  }
  return chosen
}

function centrality(sentence: IndexedSentence, index: PassageIndex, total: number): number {
  let sum = 0
  for (const key of sentence.positions.keys()) {
    const frequency = index.frequencies.get(key)!
    if (frequency > 1) sum += Math.log(1 + frequency) / Math.log(1 + total)
  }
  const head = sentence.start === 0 ? 0.15 : 0
  return sum / Math.sqrt(sentence.positions.size + 4) + head
}

function mentions(question: Question, sentence: IndexedSentence): number {
  return question.terms.some(({ key }) => sentence.positions.has(key)) ? 0.3 : 0
}

function overlap(a: IndexedSentence, b: IndexedSentence): number {
  let shared = 0
  for (const key of a.positions.keys()) if (b.positions.has(key)) shared++
  return shared / Math.max(1, Math.min(a.positions.size, b.positions.size))
}
