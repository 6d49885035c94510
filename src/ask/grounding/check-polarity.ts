import { oppositesOf } from '../text/related.js'
import type { Token } from '../text/tokens.js'
import { meanDistance, nearbyAnchors, type Anchors } from './anchors.js'
import { findNegations } from './polarity.js'
import type { PreparedSentence } from './prepare.js'

/** Function words that have an opposite; checked like content words. */
const RELATIONAL = new Set('more less fewer most least before after above below over under up down always never all none few many'.split(' '))

/** 1 when the claim denies what the evidence says, or says what it denies. */
export function checkNegation(claim: PreparedSentence, evidence: PreparedSentence, anchors: Anchors): number {
  const back = invert(anchors)
  return denies(claim, evidence, anchors.at) || denies(evidence, claim, back) ? 1 : 0
}

/** True when the first content words that a negation of `from` reaches stand un-negated in `to`, in like company. */
function denies(from: PreparedSentence, to: PreparedSentence, positions: ReadonlyMap<number, readonly number[]>): boolean {
  for (const { scope } of findNegations(from.tokens)) {
    const heads = scope.filter((at) => !isAdverb(from.tokens[at]!)).slice(0, 2)
    for (const head of heads) {
      const found = positions.get(head)
      if (found === undefined) continue
      if (found.some((at) => to.negated[at] === from.negated[head])) break
      const company = [...positions.keys()].some((at) => at !== head && Math.abs(at - head) <= 6 && positions.get(at)!.some((there) => found.some((here) => Math.abs(there - here) <= 7)))
      if (company || positions.size === 1) return true
      break
    }
  }
  return false
}

const isAdverb = (token: Token): boolean => token.lower.endsWith('ly')

function invert(anchors: Anchors): Map<number, number[]> {
  const back = new Map<number, number[]>()
  for (const [token, positions] of anchors.at) {
    for (const position of positions) {
      const list = back.get(position)
      if (list === undefined) back.set(position, [token])
      else list.push(token)
    }
  }
  return back
}

/** 1 when the claim has the opposite of a word of the evidence in its place, and no negation makes up for it. */
export function checkAntonyms(claim: PreparedSentence, evidence: PreparedSentence, anchors: Anchors): number {
  for (let at = 0; at < claim.tokens.length; at++) {
    const token = claim.tokens[at]!
    if (token.kind !== 'word' || (token.stop && !RELATIONAL.has(token.lower))) continue
    for (const opposite of oppositesOf(token.stem)) {
      const places = evidence.positions.get(opposite)
      if (places === undefined) continue
      const near = nearbyAnchors(anchors, at, at + 1, token.stop ? 2 : 4).filter((anchor) => claim.tokens[anchor]!.stem !== token.stem)
      if (near.length === 0) continue
      const toOpposite = Math.min(...places.filter((place) => evidence.negated[place] === claim.negated[at]).map((place) => meanDistance(anchors, near, place)))
      const own = evidence.positions.get(token.stem) ?? (token.stop ? [] : anchors.at.get(at)) ?? []
      const toOwn = Math.min(...own.map((place) => meanDistance(anchors, near, place)))
      if (toOpposite <= 5 && toOpposite + 1 < toOwn) return 1
    }
  }
  return 0
}
