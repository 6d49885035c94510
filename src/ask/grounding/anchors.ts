import type { WeighedTerm } from './align.js'
import type { PreparedSentence } from './prepare.js'

/** A sentence of evidence, and where the content words of the claim stand in it. */
export interface Witness {
  sentence: PreparedSentence
  /** Index among all sentences of the contexts. */
  index: number
  /** Token index in the claim → token indexes in the sentence, for the words that it holds in some form. */
  places: ReadonlyMap<number, readonly number[]>
}

const REACH = 6
/** The distance of a word that a sentence lacks, and the most that any word counts. */
export const FAR = 12

export function witness(
  claim: PreparedSentence,
  terms: ReadonlyMap<string, WeighedTerm>,
  sentence: PreparedSentence,
  index: number
): Witness {
  const places = new Map<number, readonly number[]>()
  for (const { key, at } of claim.terms) {
    const matched = terms.get(key)?.matches.get(index)?.key
    const found = matched === undefined ? undefined : sentence.termPositions.get(matched)
    if (found !== undefined) places.set(at, found)
  }
  return { sentence, index, places }
}

/** Token indexes of the claim's content words within reach of `[from, to)`, at most four, nearest first. */
export function company(claim: PreparedSentence, from: number, to: number, reach: number = REACH): number[] {
  const near: { at: number; distance: number }[] = []
  for (const { at } of claim.terms) {
    if (at >= from && at < to) continue
    const distance = at < from ? from - at : at - to + 1
    if (distance <= reach) near.push({ at, distance })
  }
  return near
    .sort((a, b) => a.distance - b.distance || a.at - b.at)
    .slice(0, 4)
    .map(({ at }) => at)
}

/** How far a place in the sentence is from the company that a word keeps in the claim: 0 to `FAR`, on average. */
export function distanceFrom({ places }: Witness, company: readonly number[], place: number): number {
  if (company.length === 0) return FAR
  let sum = 0
  for (const at of company) {
    let nearest = FAR
    for (const position of places.get(at) ?? []) nearest = Math.min(nearest, Math.abs(position - place))
    sum += nearest
  }
  return sum / company.length
}

/** How far a place is from the two of the company that are nearest to it. */
export function distanceFromNearest({ places }: Witness, company: readonly number[], place: number): number {
  const distances = company
    .filter((at) => places.has(at))
    .map((at) => Math.min(...places.get(at)!.map((position) => Math.abs(position - place))))
    .sort((a, b) => a - b)
  return distances.length === 0 ? FAR : distances.length === 1 ? distances[0]! : (distances[0]! + distances[1]!) / 2
}

/** How many of the company the sentence holds. */
export function held({ places }: Witness, company: readonly number[]): number {
  let count = 0
  for (const at of company) if (places.has(at)) count++
  return count
}
