import { company, distanceFrom, type Witness } from './anchors.js'
import { datesAgree } from './dates.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'
import type { Quantity } from './quantities.js'

export interface NumberCheck {
  /** Numbers for which the evidence has another of the same kind in the same place. */
  conflicts: number
  /** Numbers that no context holds. */
  absent: number
}

/** Two numbers may differ by this share when the claim rounds, and when it says "about". */
const ROUNDING = 0.02
const ABOUT = 0.08
/** Words by which a differing number must be nearer before the agreeing one is taken to belong elsewhere. */
const MARGIN = 1
const LIST_MARGIN = 2.5
/** What a number gains when it counts the same thing. */
const COUNTED_BONUS = 3
/** What it gains behind the same preposition: "from 3 to 5". */
const PREPOSITION_BONUS = 1.5

/** Compares the numbers of a claim with those of its evidence, and failing that with those of all contexts. */
export function checkNumbers(claim: PreparedSentence, witnesses: readonly Witness[], contexts: PreparedContexts): NumberCheck {
  const check: NumberCheck = { conflicts: 0, absent: 0 }
  for (const quantity of claim.quantities) {
    const verdict = checkOne(quantity, claim, witnesses)
    if (verdict === 'conflict') check.conflicts++
    if (verdict !== 'held' && !contexts.sentences.some((sentence) => sentence.quantities.some((other) => agrees(quantity, other))))
      check.absent++
  }
  return check
}

/** Compares by place: of all numbers of its kind in the evidence, the one in the claim's company must be the claim's. */
function checkOne(quantity: Quantity, claim: PreparedSentence, witnesses: readonly Witness[]): 'held' | 'conflict' | 'missing' {
  const near = company(claim, quantity.from, quantity.to)
  let agreeing = Number.POSITIVE_INFINITY
  let differing = Number.POSITIVE_INFINITY
  for (const witness of witnesses) {
    for (const other of witness.sentence.quantities) {
      const distance = distanceFrom(witness, near, (other.from + other.to - 1) / 2) - bonus(quantity, claim, other, witness.sentence)
      if (agrees(quantity, other)) agreeing = Math.min(agreeing, distance)
      else if (sameKind(quantity, other)) {
        // In a list of years each stands near the words of all; another number of the claim's must be much nearer to count.
        const taken = claim.quantities.some((own) => own !== quantity && agrees(own, other))
        differing = Math.min(differing, distance + (taken ? LIST_MARGIN : 0))
      }
    }
  }
  if (agreeing <= differing + MARGIN) return agreeing === Number.POSITIVE_INFINITY ? 'missing' : 'held'
  return 'conflict'
}

function bonus(own: Quantity, claim: PreparedSentence, other: Quantity, sentence: PreparedSentence): number {
  const before = prepositionBefore(claim, own.from)
  const same = before !== undefined && before === prepositionBefore(sentence, other.from)
  return (sharesCounted(own, other) ? COUNTED_BONUS : 0) + (same ? PREPOSITION_BONUS : 0)
}

function prepositionBefore({ tokens }: PreparedSentence, at: number): string | undefined {
  for (let index = at - 1; index >= Math.max(0, at - 2); index--)
    if (/^(from|to|by|of|in|against|at)$/.test(tokens[index]!.lower)) return tokens[index]!.lower
  return undefined
}

function sharesCounted(a: Quantity, b: Quantity): boolean {
  return a.counted[0] !== undefined && b.counted[0] !== undefined && (b.counted.includes(a.counted[0]) || a.counted.includes(b.counted[0]))
}

function sameKind(a: Quantity, b: Quantity): boolean {
  if (a.dimension === b.dimension) return true
  const calendar = (quantity: Quantity) => quantity.dimension === 'date' || quantity.dimension === 'year'
  return calendar(a) && calendar(b)
}

/** True when the evidence's number bears out the claim's: the same value, a rounding of it, or within its bound. */
export function agrees(claim: Quantity, evidence: Quantity): boolean {
  if (claim.date !== undefined || evidence.date !== undefined) return dateAgrees(claim, evidence)
  if ((claim.dimension === 'version') !== (evidence.dimension === 'version')) return false
  const loose = claim.dimension === 'count' || evidence.dimension === 'count' || new Set([claim.dimension, evidence.dimension]).has('year')
  if (claim.dimension !== evidence.dimension && !(loose && claim.dimension !== 'ordinal' && evidence.dimension !== 'ordinal')) return false
  const difference = Math.abs(claim.value - evidence.value)
  const size = Math.max(Math.abs(claim.value), Math.abs(evidence.value))
  if (difference <= 1e-9 * size) return true
  if (claim.dimension === 'year' || claim.dimension === 'ordinal' || claim.dimension === 'version') return false
  if (claim.bound === 'over') return evidence.value > claim.value && evidence.value <= claim.value * 1.5
  if (claim.bound === 'under') return evidence.value < claim.value && evidence.value >= claim.value * 0.5
  if (claim.bound === 'about' || evidence.bound === 'about') return difference <= ABOUT * size
  return evidence.step < claim.step && difference <= claim.step / 2 + 1e-9 * size && difference <= ROUNDING * size
}

function dateAgrees(claim: Quantity, evidence: Quantity): boolean {
  if (claim.date !== undefined && evidence.date !== undefined) return datesAgree(claim.date, evidence.date)
  const date = (claim.date ?? evidence.date)!
  const other = claim.date !== undefined ? evidence : claim
  return (other.dimension === 'year' || other.dimension === 'count') && date.year === other.value
}
