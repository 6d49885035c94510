/** Every `[n]` of an answer against the passage that it names. */

import type { ContextPassage, Grounding, SentenceGrounding } from '../types.js'
import { scoreGrounding } from './grounding/index.js'
import type { Citation } from './types.js'

/** The passages that the answer's markers name, each once, in the order of the numbers, and whether they bear out what cites them. */
export function checkedCitations({ sentences }: Grounding, included: readonly ContextPassage[], question: string): Citation[] {
  const cited = new Set(sentences.flatMap((sentence) => sentence.citations ?? []))
  return [...cited]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const passage = included[index]
      if (!passage) return []
      const { frameId, uri, title, start, length } = passage
      const citing = sentences.filter((sentence) => sentence.citations?.includes(index))
      const supported = bearsOut(citing, index, passage, question)
      return [{ marker: index + 1, frameId, uri, title: title ?? null, span: { start, length }, supported }]
    })
}

/** Whether one of the sentences rests on the passage by itself; null where none of them makes a claim. */
function bearsOut(citing: readonly SentenceGrounding[], index: number, passage: ContextPassage, question: string): boolean | null {
  const claims = citing.filter(({ verdict }) => verdict !== 'NOT_CHECKABLE')
  if (claims.length === 0) return null
  return claims.some(({ sentence, verdict, evidence }) => {
    if (verdict === 'SUPPORTED' && evidence?.context === index) return true
    return scoreGrounding(sentence, [passage.text], { question }).sentences.some((alone) => alone.verdict === 'SUPPORTED')
  })
}
