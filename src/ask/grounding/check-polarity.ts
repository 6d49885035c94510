import { NEGATIVE_PREFIXES, nearOppositesOf, oppositesOf } from '../text/related.js'
import type { Token } from '../text/tokens.js'
import { company, distanceFrom, FAR, held, type Witness } from './anchors.js'
import type { Negation } from './polarity.js'
import type { PreparedSentence } from './prepare.js'

/** Function words that have an opposite; checked like content words, in close company only. */
const RELATIONAL = new Set(
  'more less fewer most least before after above below over under up down always never all none few many'.split(' ')
)

/** "Hardly any" and "few" say about the same. */
const SOFT = /^(?:hardly|scarcely|barely|seldom|rarely|few|little|rare)$/

/** 1 when the claim denies what the evidence says, or says what it denies. */
export function checkNegation(claim: PreparedSentence, witness: Witness): number {
  const { sentence, places } = witness
  if (claim.negations.length === 0 && sentence.negations.length === 0) return 0
  return denies(claim.negations, claim, sentence, places) || denies(sentence.negations, sentence, claim, invert(places)) ? 1 : 0
}

/** True when the first content words that a negation of `from` reaches stand un-negated in `to`, in like company. */
function denies(
  negations: readonly Negation[],
  from: PreparedSentence,
  to: PreparedSentence,
  places: ReadonlyMap<number, readonly number[]>
): boolean {
  for (const { at: negator, scope } of negations) {
    // What is said to be without a thing need not be said to be with it.
    if (from.tokens[negator]!.lower === 'without' && !to.positions.has('with')) continue
    if (SOFT.test(from.tokens[negator]!.lower) && to.tokens.some((token) => SOFT.test(token.lower))) continue
    const heads = scope.filter((at) => !isAdverb(from.tokens[at]!) && !from.tokens[at]!.capital)
    // With negations on both sides their reach may only be worded differently, so the nearest word alone decides.
    for (const head of heads.slice(0, to.negations.length > 0 ? 1 : 2)) {
      const found = places.get(head)
      // "Did not include" is what "excluded" says.
      if (
        found === undefined &&
        candidates(from.tokens[head]!.stem).some((opposite) => to.positions.has(opposite) && !from.positions.has(opposite))
      )
        break
      if (found === undefined) continue
      if (found.some((at) => to.negated[at] === from.negated[head])) break
      if (places.size === 1 || keepsCompany(head, found, places)) return true
      break
    }
  }
  return false
}

function keepsCompany(head: number, found: readonly number[], places: ReadonlyMap<number, readonly number[]>): boolean {
  for (const [at, positions] of places) {
    if (at === head || Math.abs(at - head) > 8) continue
    if (positions.some((there) => found.some((here) => here !== there && Math.abs(there - here) <= 9))) return true
  }
  return false
}

const isAdverb = (token: Token): boolean => token.lower.endsWith('ly')

function invert(places: ReadonlyMap<number, readonly number[]>): Map<number, number[]> {
  const back = new Map<number, number[]>()
  for (const [token, positions] of places) {
    for (const position of positions) {
      const list = back.get(position)
      if (list === undefined) back.set(position, [token])
      else list.push(token)
    }
  }
  return back
}

/** Average distance to the company up to which an opposite surely stands in the word's place, and from which on it says nothing. */
const SURELY_IN_PLACE = 5
const OUT_OF_PLACE = 8.5

/**
 * How surely the claim has the opposite of a word of the evidence in its place, with no negation that makes up for it, 0 to 1. With
 * `near`, words that mean about the same as an opposite are looked for instead. What the best sentence of the evidence, `first`, has in
 * some form is not looked for in the others.
 */
export function checkAntonyms(claim: PreparedSentence, witness: Witness, near: boolean, first: Witness = witness): number {
  const { sentence, places } = witness
  let surest = 0
  for (let at = 0; at < claim.tokens.length; at++) {
    const token = claim.tokens[at]!
    if (
      token.kind !== 'word' ||
      (witness !== first && first.places.has(at)) ||
      (near && places.has(at)) ||
      (token.stop && !RELATIONAL.has(token.lower))
    )
      continue
    for (const opposite of near ? nearOppositesOf(token.stem) : candidates(token.stem)) {
      const found = sentence.positions.get(opposite)
      if (found === undefined) continue
      const beside = company(claim, at, at + 1, token.stop ? 3 : 6).filter((other) => claim.tokens[other]!.stem !== token.stem)
      if (held(witness, beside) === 0) continue
      const nearest = (list: readonly number[]) => Math.min(FAR, ...list.map((place) => distanceFrom(witness, beside, place)))
      const toOpposite = nearest(found.filter((place) => sentence.negated[place] === claim.negated[at]))
      const toOwn = nearest(sentence.positions.get(token.stem) ?? (token.stop ? [] : places.get(at)) ?? [])
      // "Near East and Far East": with both words on both sides only a clear change of places counts.
      const margin = toOwn < FAR && claim.positions.has(opposite) ? 2 : 0.5
      if (toOpposite + margin >= toOwn) continue
      surest = Math.max(surest, Math.min(1, (OUT_OF_PLACE - toOpposite) / (OUT_OF_PLACE - SURELY_IN_PLACE)))
    }
  }
  return surest
}

/** True when the claim denies something and no sentence of the evidence denies anything, nor says it by an opposite word. */
export function deniesAlone(claim: PreparedSentence, witnesses: readonly Witness[]): boolean {
  if (claim.negations.length === 0 || witnesses.some(({ sentence }) => sentence.negations.length > 0)) return false
  const soft = claim.negations.every(({ at }) => SOFT.test(claim.tokens[at]!.lower))
  if (soft && witnesses.some(({ sentence }) => sentence.tokens.some((token) => SOFT.test(token.lower)))) return false
  const opposites = claim.negations.flatMap(({ scope }) => scope.slice(0, 3).flatMap((at) => candidates(claim.tokens[at]!.stem)))
  return !witnesses.some(({ sentence }) => opposites.some((opposite) => sentence.positions.has(opposite)))
}

/** Listed opposites, and the word with a negative prefix put on or taken off. */
function candidates(stemmed: string): string[] {
  const list = [...oppositesOf(stemmed)]
  if (stemmed.length < 4) return list
  for (const prefix of NEGATIVE_PREFIXES) {
    list.push(prefix + stemmed)
    if (stemmed.startsWith(prefix) && stemmed.length >= prefix.length + 4) list.push(stemmed.slice(prefix.length))
  }
  return list
}
