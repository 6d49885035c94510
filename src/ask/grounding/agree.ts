import { datesAgree } from './dates.js'
import type { Quantity } from './quantities.js'

/** Two numbers may differ by this share when the claim rounds, and when it says "about". */
const ROUNDING = 0.02
const ABOUT = 0.08
/** Fractions in words ("a third", "three quarters") stand for what is near them. */
const FRACTION_POINTS = 1.5

/** True when the evidence's number bears out the claim's: the same value, a rounding of it, or within its bound or range. */
export function agrees(claim: Quantity, evidence: Quantity): boolean {
  if (claim.dimension === 'ordinal' && evidence.dimension === 'ordinal') return claim.value === evidence.value
  if (claim.years !== undefined || evidence.years !== undefined) return yearsAgree(claim, evidence)
  if (claim.date !== undefined || evidence.date !== undefined) return dateAgrees(claim, evidence)
  if (!sameScale(claim, evidence)) return false
  if (evidence.range !== undefined || claim.range !== undefined) return rangesAgree(claim, evidence)
  const difference = Math.abs(claim.value - evidence.value)
  const size = Math.max(Math.abs(claim.value), Math.abs(evidence.value))
  if (difference <= 1e-9 * size) return true
  if (claim.dimension === 'year' || claim.dimension === 'ordinal' || claim.dimension === 'version') return false
  if (claim.bound === 'over') return evidence.value > claim.value && evidence.value <= claim.value * 1.5
  if (claim.bound === 'under') return evidence.value < claim.value && evidence.value >= claim.value * 0.5
  if (claim.bound === 'about' || evidence.bound === 'about') return difference <= ABOUT * size
  if (claim.fraction && difference <= FRACTION_POINTS) return true
  return evidence.step < claim.step && difference <= claim.step / 2 + 1e-9 * size && difference <= ROUNDING * size
}

/** A bare count may stand for a number with a unit, except that an ordinal or a version is nothing else. */
function sameScale(claim: Quantity, evidence: Quantity): boolean {
  if (claim.dimension === evidence.dimension) return true
  const dimensions = [claim.dimension, evidence.dimension]
  if (dimensions.includes('ordinal') || dimensions.includes('version')) return false
  return dimensions.includes('count') || dimensions.includes('year')
}

function rangesAgree(claim: Quantity, evidence: Quantity): boolean {
  const [low, high] = evidence.range ?? [evidence.value, evidence.value]
  const [least, most] = claim.range ?? [claim.value, claim.value]
  const slack = claim.bound === 'about' || claim.fraction ? ABOUT * high : 1e-9 * high
  if (claim.bound === 'over' && claim.range === undefined) return high > claim.value && low <= claim.value * 1.5
  if (claim.bound === 'under' && claim.range === undefined) return low < claim.value && high >= claim.value * 0.5
  // "70-80 %" bears out "three quarters"; "75 %" bears out "70 to 80 %".
  return claim.range === undefined || evidence.range === undefined
    ? (least >= low - slack && most <= high + slack) || (low >= least - slack && high <= most + slack)
    : Math.abs(least - low) <= slack && Math.abs(most - high) <= slack
}

/** Decades and centuries: "the 1990s" bears out and is borne out by a year within, "the late 1600s" by "the 17th century". */
function yearsAgree(claim: Quantity, evidence: Quantity): boolean {
  const own = yearsOf(claim)
  const other = yearsOf(evidence)
  if (own === undefined || other === undefined) return false
  const overlap = Math.min(own[1], other[1]) - Math.max(own[0], other[0])
  return overlap >= 0.9 * Math.min(own[1] - own[0], other[1] - other[0])
}

function yearsOf({ years, date, dimension, value }: Quantity): readonly [number, number] | undefined {
  if (years !== undefined) return years
  const year = date?.year ?? (dimension === 'year' || dimension === 'count' ? value : undefined)
  return year === undefined ? undefined : [year, year]
}

function dateAgrees(claim: Quantity, evidence: Quantity): boolean {
  if (claim.date !== undefined && evidence.date !== undefined) return datesAgree(claim.date, evidence.date)
  const date = (claim.date ?? evidence.date)!
  const other = claim.date !== undefined ? evidence : claim
  return (other.dimension === 'year' || other.dimension === 'count') && date.year === other.value
}
