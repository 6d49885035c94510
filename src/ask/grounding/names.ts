import { DEMONYMS } from '../text/lexicon.js'
import { FAMILY_PREFIX } from '../text/related.js'
import type { Token } from '../text/tokens.js'
import type { Quantity } from './quantities.js'
import { MONTHS } from './units.js'

/** A run of capitalised words: a person, a place, an organisation. */
export interface Name {
  /** Token indexes, end exclusive. */
  from: number
  to: number
  /** Stems of its words, titles and function words left out. */
  stems: string[]
}

const TITLES = new Set(
  `mr mrs ms dr prof president vice senator representative general secretary governor judge justice sir king queen the state st
  captain colonel major lieutenant sergeant admiral councillor councilor chief minister ambassador congressman congresswoman
  bishop pope lord lady`.split(/\s+/)
)
const COUNTRIES = new Set(DEMONYMS.values())
const NO_NAMES = new Set('i mr mrs ms sir monday tuesday wednesday thursday friday saturday sunday according yes no well sure'.split(' '))

/** Finds names. The first word of a sentence is one only when it is followed by another or is no common sentence opening. */
export function findNames(tokens: readonly Token[], quantities: readonly Quantity[], known: ReadonlySet<string>): Name[] {
  const names: Name[] = []
  const inQuantity = (at: number) => quantities.some((quantity) => at >= quantity.from && at < quantity.to)
  let first = true
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    if (token.kind === 'symbol') continue
    const opensSentence = first
    first = false
    if (!isNameWord(token) || inQuantity(at)) continue
    let to = at + 1
    while (to < tokens.length) {
      const next = tokens[to]!
      if (isNameWord(next) || (next.text === '.' && tokens[to - 1]!.text.length <= 3 && isNameWord(tokens[to + 1]))) to++
      else if (next.lower === 'of' && isNameWord(tokens[to + 1]) && tokens[at]!.lower !== 'president') to += 2
      else break
    }
    const stems = tokens
      .slice(at, to)
      .filter((part) => part.kind === 'word' && !part.stop && !TITLES.has(part.lower))
      .map((part) => part.stem)
    const war = worldWar(tokens, at, to)
    if (war !== undefined) stems.splice(0, stems.length, war)
    // A single capitalised word that opens a sentence is most often an ordinary word; demonyms and initialisms are not.
    const ordinary =
      opensSentence &&
      !known.has(token.stem) &&
      to === at + 1 &&
      !DEMONYMS.has(token.lower) &&
      !COUNTRIES.has(token.lower) &&
      !/\p{Lu}.*\p{Lu}/u.test(token.text)
    if (stems.length > 0 && !(ordinary && looksOrdinary(tokens, at))) names.push({ from: at, to, stems })
    at = to - 1
  }
  return names
}

/** "World War I", "the First World War" and "World War One" are one name. */
function worldWar(tokens: readonly Token[], from: number, to: number): string | undefined {
  const words = tokens.slice(from, to + 1).map((token) => token.lower)
  if (!words.includes('world') || !words.includes('war')) return undefined
  if (words.some((word) => /^(?:second|ii|two|2)$/.test(word))) return 'world war ii'
  return words.some((word) => /^(?:first|i|one|1)$/.test(word)) ? 'world war i' : undefined
}

function isNameWord(token: Token | undefined): boolean {
  return (
    token !== undefined && token.kind === 'word' && token.capital && !token.stop && !NO_NAMES.has(token.lower) && !MONTHS.has(token.lower)
  )
}

/** An opening word is taken for a name when a verb in the third person or a comma follows: "Spain ceded", "Lincoln, who". */
function looksOrdinary(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]
  if (next === undefined) return true
  if (/(ly|ing|ed|tion|ment|ness|ers|ies)$/.test(tokens[at]!.lower)) return true
  return !(
    /^(is|was|are|were|has|have|had|did|does|will|would|must|may|can|could|should|shall|who|which|'s)$/.test(next.lower) ||
    /(ed|es)$/.test(next.lower) ||
    /['’]s$/.test(tokens[at]!.text)
  )
}

/** True when one name is part of the other (a surname, a title left out), they share most words, or one is the other's initials. */
export function namesMatch(a: Name, b: Name): boolean {
  const shared = a.stems.filter((part) => b.stems.some((other) => wordsMatch(part, other))).length
  if (shared > 0 && (shared === Math.min(a.stems.length, b.stems.length) || 2 * shared > Math.max(a.stems.length, b.stems.length)))
    return true
  return initialsOf(a) === b.stems.join('') || initialsOf(b) === a.stems.join('')
}

/** Of two forms of a name, such as Belgium and Belgian, so much is the same. */
const FAMILY_SHARE = 0.7
const DEMONYM_ENDING = /^(?:i?ans?|ns?|ese|is?|ish|e?rs?|s|ns?|a|ia|ic)$/

/** The same word, or one is made from the other: Botswana and Botswanan, Nepal and Nepali, Mongol and Mongolia. */
export function wordsMatch(a: string, b: string): boolean {
  if (a === b) return true
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (short.length >= 4 && long.startsWith(short) && DEMONYM_ENDING.test(long.slice(short.length))) return true
  let common = 0
  while (common < short.length && short[common] === long[common]) common++
  return common >= FAMILY_PREFIX && common >= FAMILY_SHARE * long.length
}

function initialsOf(name: Name): string {
  return name.stems.length < 2 ? '-' : name.stems.map((part) => part[0]).join('')
}
