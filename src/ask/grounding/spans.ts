import type { Token } from '../text/tokens.js'
import type { Bound, Quantity } from './quantities.js'
import { FRACTION_WORDS, MULTIPLIERS, NUMBER_WORDS } from './units.js'

/** Numbers that say more or less than one value: decades, spans of years, ratios, ranges, "a third", "a decade". */

const plain = (from: number, to: number, value: number, dimension: string, bound: Bound = 'exact'): Quantity => ({
  value,
  dimension,
  step: 1,
  bound,
  from,
  to,
  counted: []
})

/** "1990s", "the late 1600s", "the 1880's": every year of it, its first and last third after "early" and "late". */
export function readDecade(tokens: readonly Token[], from: number): Quantity | null {
  const token = tokens[from]!
  const next = tokens[from + 1]
  if (token.kind !== 'number' || !/^1\d\d0$|^20\d0$/.test(token.text) || next?.lower !== 's' || next.start - token.end > 1) return null
  const first = Number(token.text)
  return { ...plain(from, from + 2, first, 'year'), years: part(tokens, from, first, token.text.endsWith('00') ? first + 99 : first + 9) }
}

/** The years of a century by its number, for an ordinal that "century" follows. */
export function centuryYears(tokens: readonly Token[], from: number, to: number, number: number): [number, number] | undefined {
  const after = tokens[to]?.text === '-' ? tokens[to + 1] : tokens[to]
  return after !== undefined && /^centur(?:y|ies)$/.test(after.lower) ? part(tokens, from, number * 100 - 100, number * 100) : undefined
}

function part(tokens: readonly Token[], from: number, first: number, last: number): [number, number] {
  const before = tokens[tokens[from - 1]?.text === '-' ? from - 2 : from - 1]?.lower
  const third = (last - first) / 3
  if (before === 'early') return [first, first + 1.5 * third]
  if (before === 'late') return [last - 1.5 * third, last]
  return [first, last]
}

/** "1879-83", "2001–2008": both years. */
export function readYearSpan(tokens: readonly Token[], from: number): Quantity[] | null {
  const [first, dash, last] = tokens.slice(from, from + 3)
  if (first?.kind !== 'number' || !/^(?:1[4-9]|20|21)\d\d$/.test(first.text) || last?.kind !== 'number') return null
  if (!/^[-–—]$/.test(dash?.text ?? '') || dash!.start !== first.end || last.start !== dash!.end || !/^(?:\d\d|\d{4})$/.test(last.text))
    return null
  const start = Number(first.text)
  const end = last.text.length === 4 ? Number(last.text) : start - (start % 100) + Number(last.text)
  if (end <= start || tokens[from + 3]?.text === '-') return null
  return [plain(from, from + 2, start, 'year'), plain(from + 2, from + 3, end, 'year')]
}

/** "one in fifty", "seven out of ten": as percent. */
export function readRatio(tokens: readonly Token[], from: number): Quantity | null {
  const top = small(tokens[from])
  let at = from + 1
  if (tokens[at]?.lower === 'out' && tokens[at + 1]?.lower === 'of') at += 2
  else if (tokens[at]?.lower === 'in' || (tokens[at]?.lower === 'of' && tokens[at + 1]?.lower === 'every')) at++
  else return null
  if (tokens[at]?.lower === 'every') at++
  const bottom = small(tokens[at])
  if (top === undefined || bottom === undefined || top >= bottom || bottom > 1000 || tokens[at + 1]?.text === '-') return null
  return { ...plain(from, at + 1, (100 * top) / bottom, 'percent'), fraction: true }
}

function small(token: Token | undefined): number | undefined {
  if (token === undefined) return undefined
  if (token.kind === 'number' && /^\d{1,3}$/.test(token.text)) return Number(token.text)
  return (
    NUMBER_WORDS.get(token.lower) ?? (token.lower === 'hundred' || token.lower === 'thousand' ? MULTIPLIERS.get(token.lower) : undefined)
  )
}

/** "A third of", "a quarter million", "a decade", "half a century". */
export function readArticled(tokens: readonly Token[], from: number): Quantity | null {
  const { lower } = tokens[from]!
  const compound = tokens[from + 1]?.text === '-' && /^(?:old|long)$/.test(tokens[from + 2]?.lower ?? '')
  if (tokens[from - 1]?.lower !== 'a' && !compound) return null
  const half = tokens[from - 2]?.lower === 'half' ? 0.5 : 1
  if (lower === 'decade') return plain(from, from + 1, 120 * half, 'calendar')
  if (lower === 'century') return plain(from, from + 1, 1200 * half, 'calendar')
  const bottom = FRACTION_WORDS.get(lower)
  if (bottom === undefined || lower === 'half') return null
  const magnitude = MULTIPLIERS.get(tokens[from + 1]?.lower ?? '')
  if (magnitude !== undefined) return { ...plain(from, from + 2, magnitude / bottom, 'count'), step: magnitude / 10 }
  const next = tokens[from + 1]
  if (next?.lower !== 'of' && next !== undefined && next.kind !== 'symbol' && !next.stop) return null
  const scale = tokens[from + 2]?.lower === 'a' ? MULTIPLIERS.get(tokens[from + 3]?.lower ?? '') : undefined
  if (scale !== undefined) return { ...plain(from, from + 4, scale / bottom, 'count'), step: scale / 10 }
  return { ...plain(from, from + 1, 100 / bottom, 'percent'), fraction: true }
}

/** Joins "70" and "80%" of "70-80%", or "5" and "10 ships" of "5 to 10 ships", to one quantity from the one to the other. */
export function joinRange(tokens: readonly Token[], low: Quantity, high: Quantity): Quantity | null {
  const gap = tokens.slice(low.to, high.from).map((token) => token.lower)
  const dashed = gap.length === 1 && /^[-–—]$/.test(gap[0]!)
  const worded = gap.length === 1 && gap[0] === 'to' && tokens[low.from - 1]?.lower !== 'from'
  const between = gap.length === 1 && gap[0] === 'and' && tokens[low.from - 1]?.lower === 'between'
  const alike = low.dimension === high.dimension || low.dimension === 'count'
  const ranged = /^(?:count|percent|dollar|euro|pound|yen|length|mass|duration|calendar|power|energy|data)$/.test(high.dimension)
  if (!(dashed || worded || between) || !alike || !ranged) return null
  // "3 to 5 years": the first number has the unit of the second, which may have been brought to another base.
  const factor = low.dimension === high.dimension ? 1 : (high.unit ?? 1)
  const least = low.value * factor
  return least < high.value ? { ...high, range: [least, high.value], from: low.from } : null
}
