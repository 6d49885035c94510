import type { WeighedTerm } from './align.js'
import type { PreparedSentence } from './prepare.js'

/** Where the content words of a claim stand in a sentence of evidence. */
export interface Anchors {
  /** Per claim token index: positions in the evidence sentence, or undefined. */
  at: Map<number, number[]>
}

const REACH = 4
const FAR = 12

export function anchorsIn(claim: PreparedSentence, terms: readonly WeighedTerm[], evidence: PreparedSentence, index: number): Anchors {
  const at = new Map<number, number[]>()
  const keys = new Map(terms.map((term) => [term.key, term.matches.get(index)?.key]))
  for (const { key, at: token } of claim.terms) {
    const matched = keys.get(key)
    const positions = matched === undefined ? undefined : evidence.positions.get(matched)
    if (positions !== undefined) at.set(token, positions)
  }
  return { at }
}

/** Token indexes of the claim near `[from, to)` that the evidence holds too, nearest first. */
export function nearbyAnchors(anchors: Anchors, from: number, to: number, reach: number = REACH): number[] {
  const near: { token: number; distance: number }[] = []
  for (const token of anchors.at.keys()) {
    if (token >= from && token < to) continue
    const distance = token < from ? from - token : token - to + 1
    if (distance <= reach) near.push({ token, distance })
  }
  return near.sort((a, b) => a.distance - b.distance || a.token - b.token).map(({ token }) => token)
}

/** How far, on average, a place in the evidence is from the anchors; capped, so that one far word does not decide. */
export function meanDistance(anchors: Anchors, tokens: readonly number[], place: number): number {
  if (tokens.length === 0) return FAR
  let sum = 0
  for (const token of tokens) {
    let nearest = FAR
    for (const position of anchors.at.get(token)!) nearest = Math.min(nearest, Math.abs(position - place))
    sum += nearest
  }
  return sum / tokens.length
}
