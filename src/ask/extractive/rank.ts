import { areRelatives, areSynonyms } from '../text/related.js'
import { splitSentences } from '../text/sentences.js'
import { tokenize, type Token } from '../text/tokens.js'
import type { ContextPassage } from '../../types.js'
import { cueScore } from './cues.js'
import { termKey, type Question } from './question.js'

export interface IndexedSentence {
  passage: number
  /** Offsets in the passage's text. */
  start: number
  end: number
  text: string
  tokens: Token[]
  /** Token positions of each term. */
  positions: Map<string, number[]>
  /** Cut off by the passage's border: begins in the middle of a sentence, or stops there. */
  fragment: boolean
}

export interface PassageIndex {
  sentences: IndexedSentence[]
  titles: Set<string>[]
  /** In how many sentences a term stands. */
  frequencies: Map<string, number>
}

export interface ScoredSentence {
  sentence: IndexedSentence
  score: number
  /** Share of the question's weight that stands in the sentence itself. */
  own: number
}

/** A sentence must cover this share of the question's weight to be an answer; a cue of the right kind makes up for some. */
const MINIMUM_COVERAGE = 0.5
const SYNONYM_STRENGTH = 0.8
/** Words that the question shares with the title or the sentence before count as if read in the sentence, but less. */
const TITLE_STRENGTH = 0.5
const BEFORE_STRENGTH = 0.45

export function indexPassages(passages: readonly ContextPassage[]): PassageIndex {
  const index: PassageIndex = { sentences: [], titles: [], frequencies: new Map() }
  passages.forEach((passage, number) => {
    index.titles.push(new Set(keysOf(tokenize(passage.title ?? '')).keys()))
    for (const span of splitSentences(passage.text)) {
      if (span.kind === 'heading') continue
      const text = passage.text.slice(span.start, span.end)
      const tokens = tokenize(text)
      const positions = keysOf(tokens)
      const begins = span.start > 0 || passage.start === 0 || !/^\p{Ll}/u.test(text)
      const ends = span.end < passage.text.trimEnd().length || /[.!?。！？"”’)\]|`:;]$/.test(text)
      index.sentences.push({ passage: number, start: span.start, end: span.end, text, tokens, positions, fragment: !(begins && ends) })
      for (const key of positions.keys()) index.frequencies.set(key, (index.frequencies.get(key) ?? 0) + 1)
    }
  })
  return index
}

function keysOf(tokens: readonly Token[]): Map<string, number[]> {
  const positions = new Map<string, number[]>()
  tokens.forEach((_, at) => {
    const key = termKey(tokens, at)
    if (key === undefined) return
    const list = positions.get(key)
    if (list === undefined) positions.set(key, [at])
    else list.push(at)
  })
  return positions
}

/** Sentences that answer the question, the best first; none when nothing covers enough of what is asked. */
export function rankSentences(question: Question, index: PassageIndex): ScoredSentence[] {
  const weights = question.terms.map(({ key, weightFactor }) => weightFactor * rarity(index, key))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return []
  const scored: ScoredSentence[] = []
  index.sentences.forEach((sentence, number) => {
    const before = index.sentences[number - 1]
    const title = index.titles[sentence.passage]!
    let own = 0
    let covered = 0
    const places: number[][] = []
    let onFocus = question.focus === undefined
    question.terms.forEach(({ key }, at) => {
      const found = find(sentence, key)
      if (found !== undefined) {
        own += weights[at]! * found.strength
        covered += weights[at]! * found.strength
        places.push(found.places)
        if (key === question.focus) onFocus = true
      } else if (title.has(key)) covered += weights[at]! * TITLE_STRENGTH
      else if (before !== undefined && before.passage === sentence.passage && before.positions.has(key))
        covered += weights[at]! * BEFORE_STRENGTH
    })
    if (own === 0 || !onFocus) return
    const coverage = covered / total
    const cue = cueScore(question, sentence)
    const threshold = MINIMUM_COVERAGE + (cue >= 0.8 ? -0.05 : cue === 0 ? 0.2 : 0.05)
    if (cue < 0 || coverage < threshold || own / total < 0.25 || missesNames(question, sentence, before, title)) return
    const length = sentence.tokens.length
    const brevity = length < 5 ? -0.15 : length > 60 ? -0.08 : 0
    const score =
      coverage +
      0.25 * (own / total) +
      0.35 * cue +
      0.15 * proximity(places) +
      brevity -
      (sentence.fragment ? 0.2 : 0) -
      0.01 * sentence.passage
    scored.push({ sentence, score, own: own / total })
  })
  return scored.sort((a, b) => b.score - a.score || a.sentence.passage - b.sentence.passage || a.sentence.start - b.sentence.start)
}

/** A term that the passages lack weighs as much as one that they hold once: a question about something else stays uncovered. */
function rarity(index: PassageIndex, key: string): number {
  const total = index.sentences.length
  const frequency = Math.max(1, index.frequencies.get(key) ?? 1)
  return 0.4 + 0.6 * (Math.log(1 + total / frequency) / Math.log(1 + total))
}

function find(sentence: IndexedSentence, key: string): { strength: number; places: number[] } | undefined {
  const exact = sentence.positions.get(key)
  if (exact !== undefined) return { strength: 1, places: exact }
  let related: string | undefined
  for (const other of sentence.positions.keys()) {
    if (areSynonyms(other, key) || areRelatives(key, other)) {
      related = other
      break
    }
  }
  return related === undefined ? undefined : { strength: SYNONYM_STRENGTH, places: sentence.positions.get(related)! }
}

/** A question that names something is not answered by a sentence about something else: half of its names must be near. */
function missesNames(
  question: Question,
  sentence: IndexedSentence,
  before: IndexedSentence | undefined,
  title: ReadonlySet<string>
): boolean {
  const names = question.terms.filter((term) => term.name)
  const near = names.filter(
    ({ key }) => sentence.positions.has(key) || title.has(key) || (before?.passage === sentence.passage && before.positions.has(key))
  )
  return 2 * near.length < names.length
}

/** 1 when the question's words stand side by side in the sentence, falling as they spread out. */
function proximity(places: readonly (readonly number[])[]): number {
  if (places.length < 2) return 0.5
  const firsts = places.map((list) => list[0]!).sort((a, b) => a - b)
  const span = firsts[firsts.length - 1]! - firsts[0]! + 1
  return Math.min(1, (2 * places.length) / span)
}
