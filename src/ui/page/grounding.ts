import type { GroundingLabel } from '../../index.js'

/** The label of a score, as the command line gives it: from 70% HIGH, from 40% MEDIUM, below LOW. */
export function labelOf(score: number | null): GroundingLabel | null {
  if (score === null) return null
  return score >= 0.7 ? 'HIGH' : score >= 0.4 ? 'MEDIUM' : 'LOW'
}

/** An answer cut at its scored sentences: what lies between them has none. Offsets are UTF-16 units, in order. */
export function cutBySentences<S extends { start: number; end: number }>(answer: string, sentences: readonly S[]): { text: string; sentence: S | null }[] {
  const parts: { text: string; sentence: S | null }[] = []
  let at = 0
  for (const sentence of sentences) {
    if (sentence.start < at || sentence.end > answer.length) continue
    if (sentence.start > at) parts.push({ text: answer.slice(at, sentence.start), sentence: null })
    parts.push({ text: answer.slice(sentence.start, sentence.end), sentence })
    at = sentence.end
  }
  if (at < answer.length) parts.push({ text: answer.slice(at), sentence: null })
  return parts
}
