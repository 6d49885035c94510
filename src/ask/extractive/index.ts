import type { ContextPassage } from '../../types.js'
import { readQuestion } from './question.js'
import { indexPassages, rankSentences, type ScoredSentence } from './rank.js'
import { summarise } from './summarise.js'

export interface Quote {
  /** 0-based index of the passage. */
  passage: number
  /** Offsets in the passage's text, UTF-16 units. */
  start: number
  end: number
}

export interface ExtractiveAnswer {
  /** Verbatim sentences, each followed by `[n]` (1-based number of its passage), or `NOT_FOUND`. */
  text: string
  found: boolean
  quotes: Quote[]
}

export const NOT_FOUND = 'Not found in the context.'

const MAX_SENTENCES = 3
/** A second sentence is quoted only when it answers almost as well as the first. */
const NEXT_SHARE = 0.8
/** … and says itself almost as much of what is asked. */
const NEXT_SHARE_OWN = 0.85

/**
 * Answers a question by quoting the sentences of the passages that answer it best, in reading order, at most `maxSentences`
 * (3). No model, no network, the same answer each time. `found` is false when no sentence fits the question.
 */
export function answerExtractively(
  question: string,
  passages: readonly ContextPassage[],
  options: { maxSentences?: number } = {}
): ExtractiveAnswer {
  const maxSentences = options.maxSentences ?? MAX_SENTENCES
  const asked = readQuestion(question)
  const index = indexPassages(passages)
  const chosen =
    asked.kind === 'summary' && asked.terms.length <= 2
      ? summarise(asked, index, maxSentences)
      : choose(rankSentences(asked, index), maxSentences)
  if (chosen.length === 0) return { text: NOT_FOUND, found: false, quotes: [] }
  const quotes = chosen
    .map(({ sentence }) => ({ passage: sentence.passage, start: sentence.start, end: sentence.end }))
    .sort((a, b) => a.passage - b.passage || a.start - b.start)
  const text = quotes.map(({ passage, start, end }) => `${passages[passage]!.text.slice(start, end)} [${passage + 1}]`).join(' ')
  return { text, found: true, quotes }
}

function choose(ranked: readonly ScoredSentence[], maxSentences: number): ScoredSentence[] {
  const best = ranked[0]
  if (best === undefined) return []
  const chosen: ScoredSentence[] = []
  for (const candidate of ranked) {
    if (chosen.length >= maxSentences || candidate.score < NEXT_SHARE * best.score) break
    if (candidate.own < NEXT_SHARE_OWN * best.own) continue
    // Overlapping passages repeat their sentences.
    if (chosen.some((other) => other.sentence.text === candidate.sentence.text)) continue
    chosen.push(candidate)
  }
  return chosen
}
