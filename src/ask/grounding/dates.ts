import type { Token } from '../text/tokens.js'
import { MONTHS } from './units.js'

/** The parts of a date that a text names. */
export interface CalendarDate {
  year?: number
  month?: number
  day?: number
  /** `03/04/1861` may be the fourth of March or the third of April. */
  swapped?: { month: number; day: number }
}

/** A date that begins at `from`, with the index behind it: March 4, 1861 · 4 March 1861 · 4th of March · 1861-03-04 · 03/04/1861. */
export function readDate(tokens: readonly Token[], from: number): (CalendarDate & { to: number }) | null {
  const token = tokens[from]!
  if (token.kind === 'number') return readIso(tokens, from) ?? readSlashes(tokens, from) ?? readDayFirst(tokens, from)
  const month = monthAt(tokens, from)
  if (month === undefined) return null
  let at = from + 1
  if (tokens[at]?.text === '.') at++
  const day = smallNumber(tokens[at], 31)
  if (day === undefined) {
    if (tokens[at]?.text === ',') at++
    if (tokens[at]?.lower === 'of') at++
    const year = yearAt(tokens[at])
    if (year !== undefined) return { month, year, to: at + 1 }
    return namesMonth(tokens, from) ? { month, to: from + 1 } : null
  }
  at++
  if (/^(st|nd|rd|th)$/.test(tokens[at]?.lower ?? '')) at++
  return withYear(tokens, at, { month, day })
}

function readDayFirst(tokens: readonly Token[], from: number): (CalendarDate & { to: number }) | null {
  const day = smallNumber(tokens[from], 31)
  if (day === undefined) return null
  let at = from + 1
  if (/^(st|nd|rd|th|d)$/.test(tokens[at]?.lower ?? '')) at++
  if (tokens[at]?.lower === 'day') at++
  if (tokens[at]?.lower === 'of') at++
  const month = tokens[at] ? monthAt(tokens, at) : undefined
  return month === undefined ? null : withYear(tokens, at + 1, { month, day })
}

function readIso(tokens: readonly Token[], from: number): (CalendarDate & { to: number }) | null {
  const [year, first, month, second, day] = tokens.slice(from, from + 5)
  if (!/^\d{4}$/.test(year!.text) || first?.text !== '-' || second?.text !== '-') return null
  const monthNumber = smallNumber(month, 12)
  const dayNumber = smallNumber(day, 31)
  if (monthNumber === undefined || dayNumber === undefined) return null
  return { year: Number(year!.text), month: monthNumber, day: dayNumber, to: from + 5 }
}

function readSlashes(tokens: readonly Token[], from: number): (CalendarDate & { to: number }) | null {
  const [first, slash, second, slashAgain, year] = tokens.slice(from, from + 5)
  if (slash?.text !== '/' || slashAgain?.text !== '/' || !/^\d{4}$/.test(year?.text ?? '')) return null
  const month = smallNumber(first, 31)
  const day = smallNumber(second, 31)
  if (month === undefined || day === undefined) return null
  return { year: Number(year!.text), month, day, swapped: { month: day, day: month }, to: from + 5 }
}

function withYear(tokens: readonly Token[], from: number, date: CalendarDate): CalendarDate & { to: number } {
  let at = from
  if (tokens[at]?.text === ',' || tokens[at]?.lower === 'of') at++
  const year = yearAt(tokens[at])
  return year === undefined ? { ...date, to: from } : { ...date, year, to: at + 1 }
}

/** A month by itself: "in August", "since last July"; May and March only behind such a word. */
function namesMonth(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.lower ?? ''
  if (/^(in|since|of|last|next|by|until|till|from|to|and|between|early|late|mid|during|before|after|this)$/.test(before)) return true
  return !/^(may|march)$/.test(tokens[at]!.lower) && !/^(mar|jun|jul|sep|jan|dec)$/.test(tokens[at]!.lower)
}

/** May and March are months only with a capital and a number beside them, which the callers see to. */
function monthAt(tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at]!
  return token.capital ? MONTHS.get(token.lower) : undefined
}

function smallNumber(token: Token | undefined, limit: number): number | undefined {
  if (token === undefined || !/^\d{1,2}$/.test(token.text)) return undefined
  const value = Number(token.text)
  return value >= 1 && value <= limit ? value : undefined
}

function yearAt(token: Token | undefined): number | undefined {
  return token !== undefined && /^\d{4}$/.test(token.text) ? Number(token.text) : undefined
}

/** True when the two dates name no part differently. */
export function datesAgree(a: CalendarDate, b: CalendarDate): boolean {
  const agree = (left: CalendarDate, right: CalendarDate) =>
    (['year', 'month', 'day'] as const).every((part) => left[part] === undefined || right[part] === undefined || left[part] === right[part])
  return (
    agree(a, b) ||
    (a.swapped !== undefined && agree({ ...a, ...a.swapped }, b)) ||
    (b.swapped !== undefined && agree(a, { ...b, ...b.swapped }))
  )
}
