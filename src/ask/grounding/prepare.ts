import { isStopWord, LIGHT_STEMS } from '../text/lexicon.js'
import { FAMILY_PREFIX, groupsOfStem } from '../text/related.js'
import { splitSentences, type SentenceKind } from '../text/sentences.js'
import { tokenize, type Token } from '../text/tokens.js'
import { findNames, type Name } from './names.js'
import { findNegations, negatedTokens, type Negation } from './polarity.js'
import { readQuantities, type Quantity } from './quantities.js'
import { normalise } from './quotes.js'

/** Characters of a sentence that are judged; no sentence of prose is longer, and one without an end must not cost endless time. */
export const LONGEST_SENTENCE = 2000

/** A content word (or a pair of CJK characters) of a sentence; numbers are not among them, they are compared by value. */
export interface Term {
  key: string
  /** Index of its token. */
  at: number
}

/**
 * A sentence made ready to be compared: of an answer (a claim) or of a context (evidence). Of the many sentences of the contexts
 * few become evidence, so what only the checks need is made when first asked for.
 */
export class PreparedSentence {
  readonly tokens: readonly Token[]
  readonly quantities: readonly Quantity[]
  readonly terms: readonly Term[]
  #names: readonly Name[] | undefined
  #negations: readonly Negation[] | undefined
  #negated: Uint8Array | undefined
  #positions: Map<string, number[]> | undefined
  #termPositions: Map<string, number[]> | undefined

  /**
   * `start` and `end` are offsets in the whole text, `context` is the number of the context, -1 for a claim. `knownNames` are
   * stems that the contexts write with a capital letter within a sentence, so that a claim which begins with one is read right.
   */
  constructor(
    readonly text: string,
    readonly start: number,
    readonly end: number,
    readonly kind: SentenceKind,
    readonly context: number,
    readonly knownNames: ReadonlySet<string>
  ) {
    this.tokens = tokenize(text)
    this.quantities = readQuantities(this.tokens)
    this.terms = termsOf(this.tokens, this.quantities)
  }

  get names(): readonly Name[] {
    return (this.#names ??= findNames(this.tokens, this.quantities, this.knownNames))
  }

  get negations(): readonly Negation[] {
    return (this.#negations ??= findNegations(this.tokens))
  }

  /** Per token: 1 when an odd number of negations reach it. */
  get negated(): Uint8Array {
    return (this.#negated ??= negatedTokens(this.tokens, this.negations))
  }

  /** Token indexes of each stem, function words too. */
  get positions(): ReadonlyMap<string, readonly number[]> {
    if (this.#positions === undefined) {
      this.#positions = new Map()
      for (let at = 0; at < this.tokens.length; at++)
        if (this.tokens[at]!.kind !== 'symbol') append(this.#positions, this.tokens[at]!.stem, at)
    }
    return this.#positions
  }

  /** Token indexes of each term. */
  get termPositions(): ReadonlyMap<string, readonly number[]> {
    if (this.#termPositions === undefined) {
      this.#termPositions = new Map()
      for (const { key, at } of this.terms) append(this.#termPositions, key, at)
    }
    return this.#termPositions
  }
}

/** All contexts of an answer, split, tokenised and indexed once. */
export interface PreparedContexts {
  sentences: PreparedSentence[]
  /** Which sentences hold a stem. */
  postings: Map<string, number[]>
  /** Stems of the contexts by synonym group, and by their first five letters. */
  byGroup: Map<number, string[]>
  byPrefix: Map<string, string[]>
  /** Stems that are written with a capital letter within a sentence. */
  knownNames: Set<string>
  /** The texts as quotations are compared with them; made when first asked for. */
  normalised: () => readonly string[]
}

function termsOf(tokens: readonly Token[], quantities: readonly Quantity[]): Term[] {
  const terms: Term[] = []
  let next = 0
  for (let at = 0; at < tokens.length; at++) {
    const quantity = quantities[next]
    if (quantity !== undefined && at >= quantity.from) {
      at = quantity.to - 1
      next++
      continue
    }
    const token = tokens[at]!
    if (token.kind === 'cjk') {
      const follower = tokens[at + 1]
      if (follower?.kind === 'cjk' && follower.start === token.end) terms.push({ key: token.text + follower.text, at })
      else if (tokens[at - 1]?.kind !== 'cjk' || tokens[at - 1]!.end !== token.start) terms.push({ key: token.text, at })
    } else if ((token.kind === 'word' && !token.stop && token.text.length > 1) || token.kind === 'number')
      terms.push({ key: token.stem, at })
  }
  return terms
}

export function prepareContexts(contexts: readonly (string | { text: string })[]): PreparedContexts {
  let texts: string[] | undefined
  const normalised = () => (texts ??= contexts.map((context) => normalise(typeof context === 'string' ? context : context.text)))
  const prepared: PreparedContexts = {
    sentences: [],
    postings: new Map(),
    byGroup: new Map(),
    byPrefix: new Map(),
    knownNames: new Set(),
    normalised
  }
  contexts.forEach((context, number) => {
    const text = typeof context === 'string' ? context : context.text
    for (const span of splitSentences(text)) {
      prepared.sentences.push(
        new PreparedSentence(text.slice(span.start, span.end), span.start, span.end, span.kind, number, prepared.knownNames)
      )
    }
  })
  prepared.sentences.forEach((sentence, index) => {
    addKnownNames(sentence, prepared.knownNames)
    for (const { key } of sentence.terms) {
      const list = prepared.postings.get(key)
      if (list === undefined) {
        prepared.postings.set(key, [index])
        indexStem(prepared, key)
      } else if (list[list.length - 1] !== index) list.push(index)
    }
  })
  return prepared
}

function addKnownNames(sentence: PreparedSentence, known: Set<string>): void {
  for (const { at } of sentence.terms) {
    const token = sentence.tokens[at]!
    if (token.capital && at > 0 && sentence.tokens[at - 1]!.kind === 'word') known.add(token.stem)
  }
}

function indexStem(prepared: PreparedContexts, key: string): void {
  for (const group of groupsOfStem(key)) append(prepared.byGroup, group, key)
  if (key.length >= FAMILY_PREFIX) append(prepared.byPrefix, key.slice(0, FAMILY_PREFIX), key)
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** How much a term says, before its rarity: light words half, names a little more. */
export function baseWeight(sentence: PreparedSentence, term: Term): number {
  const token = sentence.tokens[term.at]!
  if (isStopWord(token.lower)) return 0.2
  if (LIGHT_STEMS.has(term.key)) return 0.5
  return sentence.names.some((name) => term.at >= name.from && term.at < name.to) ? 1.3 : 1
}
