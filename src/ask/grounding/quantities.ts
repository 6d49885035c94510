import type { Token } from '../text/tokens.js'
import { readDate, type CalendarDate } from './dates.js'
import { centuryYears, joinRange, readArticled, readDecade, readRatio, readYearSpan } from './spans.js'
import {
  ABOUT_WORDS,
  CJK_MULTIPLIERS,
  CURRENCY_SIGNS,
  CURRENCY_WORDS,
  FRACTION_WORDS,
  MULTIPLIERS,
  NUMBER_WORDS,
  ORDINAL_WORDS,
  OVER_WORDS,
  SUFFIXES,
  UNDER_WORDS,
  UNITS
} from './units.js'

export type Bound = 'exact' | 'about' | 'over' | 'under'

export interface Quantity {
  /** In the base unit of its dimension; percent as a number from 0 to 100. */
  value: number
  /** `dollar`, `percent`, `year`, `date`, `ordinal`, `length`, `duration` …, or `count`. */
  dimension: string
  /** Smallest step that the writing shows: 0.1 for 95.4, 1e8 for 2.1 billion. */
  step: number
  bound: Bound
  date?: CalendarDate
  /** From the least to the most, for "70-80 %"; `value` is the most. */
  range?: readonly [number, number]
  /** The years of a decade or a century. */
  years?: readonly [number, number]
  /** Written as a fraction or ratio in words, which stands for what is near it. */
  fraction?: boolean
  /** What one of its unit is in the base unit. */
  unit?: number
  /** Token indexes, end exclusive. */
  from: number
  to: number
  /** Stem of the content word counted, e.g. `ship` in "12 armed ships"; the nearest one behind. */
  counted: string[]
}

const STARTS = new Set([...NUMBER_WORDS.keys(), ...MULTIPLIERS.keys(), ...ORDINAL_WORDS.keys(), 'half', 'quarter', 'decade', 'century'])

interface Plain {
  value: number
  step: number
  to: number
  integer: boolean
}

/** Reads all numbers of a tokenised sentence: digits, words, magnitudes, currencies, percent, units, fractions, dates. */
export function readQuantities(tokens: readonly Token[]): Quantity[] {
  const found: Quantity[] = []
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!
    const date = token.kind === 'symbol' ? null : readDate(tokens, index)
    if (date !== null) {
      found.push({ value: date.year ?? 0, dimension: 'date', step: 1, bound: 'exact', date, from: index, to: date.to, counted: [] })
      index = date.to - 1
      continue
    }
    if (token.kind === 'symbol' || (token.kind === 'word' && !STARTS.has(token.lower))) continue
    const span = readYearSpan(tokens, index)
    const quantity =
      span?.[1] ??
      readVersion(token, index) ??
      readDecade(tokens, index) ??
      readRatio(tokens, index) ??
      readArticled(tokens, index) ??
      readOrdinal(tokens, index) ??
      readFraction(tokens, index) ??
      readMeasured(tokens, index)
    if (quantity === null) continue
    if (quantity.fraction) quantity.bound = boundBefore(tokens, index)
    const range = found.length > 0 && !span ? joinRange(tokens, found.at(-1)!, quantity) : null
    if (range !== null) found.pop()
    else if (span) found.push(span[0]!)
    found.push(range ?? quantity)
    index = quantity.to - 1
  }
  return found
}

/** `2.7.1`: no number, but as exact as one. */
function readVersion(token: Token, from: number): Quantity | null {
  if (token.kind !== 'number' || !/^\d+(?:\.\d+){2,3}$/.test(token.text) || /^\d{1,3}(?:\.\d{3}){2,}$/.test(token.text)) return null
  const value = token.text.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0)
  return { value, dimension: 'version', step: 1, bound: 'exact', from, to: from + 1, counted: [] }
}

function readMeasured(tokens: readonly Token[], from: number): Quantity | null {
  const plain = tokens[from]!.kind === 'number' ? readDigits(tokens, from) : readWords(tokens, from)
  if (plain === null) return null
  const sign = tokens[from - 1] ? CURRENCY_SIGNS.get(tokens[from - 1]!.text) : undefined
  let { value, step, to } = plain
  for (let next = tokens[to]; next !== undefined; next = tokens[to]) {
    const glued = next.start === tokens[to - 1]!.end
    const factor =
      MULTIPLIERS.get(next.lower) ??
      CJK_MULTIPLIERS.get(next.text) ??
      (glued ? (SUFFIXES.get(next.text) ?? (sign && next.text === 'm' ? 1e6 : undefined)) : undefined)
    // "thirty-hundred" style hyphens are read as words; here only digits take a hyphenated magnitude.
    if (factor === undefined) break
    value *= factor
    step *= factor
    to++
  }
  const quantity: Quantity = { value, dimension: 'count', step, bound: boundBefore(tokens, from), from, to, counted: [] }
  const unit = unitAfter(tokens, to)
  if (sign !== undefined) quantity.dimension = sign
  else if (unit !== null)
    Object.assign(quantity, {
      dimension: unit.dimension,
      value: value * unit.factor,
      step: step * unit.factor,
      to: unit.to,
      unit: unit.factor
    })
  else if (plain.integer && isYear(tokens[from]!, to - from)) quantity.dimension = 'year'
  if (quantity.dimension === 'cent')
    Object.assign(quantity, { dimension: 'dollar', value: quantity.value / 100, step: quantity.step / 100 })
  quantity.counted = countedAfter(tokens, quantity.to)
  // "One" is a pronoun far more often than a count.
  if (quantity.value === 1 && quantity.dimension === 'count' && tokens[from]!.kind === 'word') return null
  return quantity
}

function readDigits(tokens: readonly Token[], from: number): Plain | null {
  const token = tokens[from]!
  let digits = token.text
  // 1.234.567 and 1,234,567 group by threes; a single comma before one or two digits is a decimal comma.
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(digits)) digits = digits.replaceAll(',', '')
  else if (/^\d{1,3}(?:\.\d{3}){2,}$/.test(digits)) digits = digits.replaceAll('.', '')
  else if (/^\d+,\d{1,2}$/.test(digits)) digits = digits.replace(',', '.')
  const value = Number(digits)
  if (!Number.isFinite(value)) return null
  const decimals = digits.includes('.') ? digits.length - digits.indexOf('.') - 1 : 0
  const zeros = decimals > 0 || value === 0 ? 0 : /0*$/.exec(digits)![0].length
  // "8 1/2": a whole number with a fraction behind it.
  const [top, slash, bottom] = tokens.slice(from + 1, from + 4)
  if (
    decimals === 0 &&
    slash?.text === '/' &&
    /^\d$/.test(top?.text ?? '') &&
    /^\d{1,2}$/.test(bottom?.text ?? '') &&
    Number(top!.text) < Number(bottom!.text)
  )
    return { value: value + Number(top!.text) / Number(bottom!.text), step: 0.1, to: from + 4, integer: false }
  return { value, step: 10 ** (zeros - decimals), to: from + 1, integer: decimals === 0 && !token.text.includes(',') }
}

/** "two hundred and fifty-seven thousand": words added up, multiplied where a magnitude follows. */
function readWords(tokens: readonly Token[], from: number): Plain | null {
  let total = 0
  let group = 0
  let seen = false
  let index = from
  let smallest = Number.POSITIVE_INFINITY
  for (; index < tokens.length; index++) {
    const { lower, text } = tokens[index]!
    const small = NUMBER_WORDS.get(lower)
    const factor = MULTIPLIERS.get(lower)
    if (small !== undefined) {
      if (seen && group % 100 >= 1 && !(group % 100 >= 20 && group % 10 === 0 && small < 10)) break
      group += small
      smallest = small === 0 ? 1 : small % 10 === 0 ? 10 : 1
      seen = true
    } else if (factor !== undefined && (seen || isArticle(tokens[from - 1]))) {
      group = (group === 0 ? 1 : group) * factor
      smallest = factor
      if (factor >= 1000) {
        total += group
        group = 0
      }
      seen = true
    } else if (!(
      seen &&
      (text === '-' || (lower === 'and' && group % 100 === 0 && group + total >= 100)) &&
      isNumberWord(tokens[index + 1])
    ))
      break
  }
  return seen ? { value: total + group, step: smallest, to: index, integer: false } : null
}

const isArticle = (token: Token | undefined): boolean => token?.lower === 'a' || token?.lower === 'an'
const isNumberWord = (token: Token | undefined): boolean =>
  token !== undefined && (NUMBER_WORDS.has(token.lower) || MULTIPLIERS.has(token.lower))

function readOrdinal(tokens: readonly Token[], from: number): Quantity | null {
  const token = tokens[from]!
  const next = tokens[from + 1]
  let value: number | undefined
  let to = from + 1
  if (token.kind === 'number' && next !== undefined && next.start === token.end && /^(st|nd|rd|th)$/.test(next.lower)) {
    value = Number(token.text)
    to = from + 2
  } else if (NUMBER_WORDS.has(token.lower) && next?.text === '-' && ORDINAL_WORDS.has(tokens[from + 2]?.lower ?? '')) {
    value = NUMBER_WORDS.get(token.lower)! + ORDINAL_WORDS.get(tokens[from + 2]!.lower)!
    if (NUMBER_WORDS.get(token.lower)! < 20) return null
    to = from + 3
  } else if (token.lower !== 'first' && token.lower !== 'second') {
    // "First" and "second" order an argument as often as they number a thing.
    value = ORDINAL_WORDS.get(token.lower)
    if (next?.stop === false && FRACTION_WORDS.has(token.lower) && NUMBER_WORDS.has(tokens[from - 1]?.lower ?? '')) value = undefined
  }
  if (value === undefined || !Number.isFinite(value)) return null
  const years = centuryYears(tokens, from, to, value)
  return { value, dimension: 'ordinal', step: 1, bound: 'exact', from, to, counted: countedAfter(tokens, to), ...(years && { years }) }
}

/** "two-thirds", "one quarter", "half of": as percent. */
function readFraction(tokens: readonly Token[], from: number): Quantity | null {
  const top = NUMBER_WORDS.get(tokens[from]!.lower) ?? (tokens[from]!.lower === 'half' ? 1 : undefined)
  if (top === undefined || (isArticle(tokens[from + 1]) && /^(decade|century)$/.test(tokens[from + 2]?.lower ?? ''))) return null
  const half = tokens[from]!.lower === 'half' && isArticle(tokens[from + 1]) ? MULTIPLIERS.get(tokens[from + 2]?.lower ?? '') : undefined
  if (half !== undefined) {
    return {
      value: half / 2,
      dimension: 'count',
      step: half / 10,
      bound: boundBefore(tokens, from),
      from,
      to: from + 3,
      counted: countedAfter(tokens, from + 3)
    }
  }
  let at = from
  if (tokens[from]!.lower !== 'half') at += tokens[from + 1]?.text === '-' ? 2 : 1
  const bottom = FRACTION_WORDS.get(tokens[at]?.lower ?? '')
  if (bottom === undefined || top >= bottom) return null
  return {
    value: (100 * top) / bottom,
    dimension: 'percent',
    step: 1,
    bound: boundBefore(tokens, from),
    from,
    to: at + 1,
    counted: [],
    fraction: true
  }
}

function unitAfter(tokens: readonly Token[], at: number): { dimension: string; factor: number; to: number } | null {
  let index = at
  if (tokens[index]?.text === '-') index++
  const token = tokens[index]
  if (token === undefined) return null
  if (token.text === '%' || token.lower === 'percent') return { dimension: 'percent', factor: 1, to: index + 1 }
  if (token.lower === 'per' && /^cent(um)?$/.test(tokens[index + 1]?.lower ?? '')) return { dimension: 'percent', factor: 1, to: index + 2 }
  // "1.3 times" is 130 %; "three times" is as often a count.
  if (token.lower === 'times' && tokens[at - 1]!.text.includes('.')) return { dimension: 'percent', factor: 100, to: index + 1 }
  if (token.lower === 'percentage') return { dimension: 'percent', factor: 1, to: index + 1 }
  const pair = tokens[index + 1]?.kind === 'cjk' ? CURRENCY_WORDS.get(token.text + tokens[index + 1]!.text) : undefined
  if (pair !== undefined) return { dimension: pair, factor: 1, to: index + 2 }
  const currency = CURRENCY_WORDS.get(token.lower)
  if (currency !== undefined) return { dimension: currency, factor: 1, to: index + 1 }
  const unit = UNITS.get(token.text) ?? UNITS.get(token.lower)
  return unit === undefined ? null : { ...unit, to: index + 1 }
}

const isYear = (token: Token, length: number): boolean =>
  length === 1 && /^\d{4}$/.test(token.text) && Number(token.text) >= 1400 && Number(token.text) <= 2199

function boundBefore(tokens: readonly Token[], from: number): Bound {
  for (let index = from - 1; index >= Math.max(0, from - 3); index--) {
    const { lower } = tokens[index]!
    if (ABOUT_WORDS.has(lower)) return 'about'
    if (lower === 'than' && tokens[index - 1]) return /^(less|fewer|lower|under)$/.test(tokens[index - 1]!.lower) ? 'under' : 'over'
    if (OVER_WORDS.has(lower)) return 'over'
    if (UNDER_WORDS.has(lower)) return 'under'
  }
  return 'exact'
}

/** Up to two content words behind a number: what it counts. */
function countedAfter(tokens: readonly Token[], at: number): string[] {
  const stems: string[] = []
  for (let index = at; index < tokens.length && index < at + 5 && stems.length < 2; index++) {
    const token = tokens[index]!
    if (token.kind === 'symbol' && token.text !== '-') break
    if (token.kind === 'word' && !token.stop) stems.push(token.stem)
  }
  return stems
}
