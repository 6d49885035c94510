import { ANTONYM_PAIRS, SYNONYM_GROUPS } from './related-words.js'
import { stem } from './stems.js'

function groupsOf(lines: string): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  lines.split('|').forEach((line, group) => {
    for (const word of line.trim().split(/\s+/)) {
      const key = stem(word)
      groups.set(key, [...(groups.get(key) ?? []), group])
    }
  })
  return groups
}

function pairsOf(lines: string): Map<string, Set<string>> {
  const opposites = new Map<string, Set<string>>()
  const add = (from: string, to: string) => opposites.set(from, (opposites.get(from) ?? new Set()).add(to))
  for (const pair of lines.trim().split(/\s+/)) {
    const [left, right] = pair.split(':').map(stem) as [string, string]
    if (left === right) continue
    add(left, right)
    add(right, left)
  }
  return opposites
}

let synonymGroups: Map<string, number[]> | undefined
let antonyms: Map<string, Set<string>> | undefined
const NO_GROUPS: readonly number[] = []
const NO_OPPOSITES: ReadonlySet<string> = new Set()

/** The synonym groups that a stem belongs to, by number. The table is built when it is first asked for. */
export function groupsOfStem(stemmed: string): readonly number[] {
  synonymGroups ??= groupsOf(SYNONYM_GROUPS)
  return synonymGroups.get(stemmed) ?? NO_GROUPS
}

/** Put before a word, each makes its opposite. */
export const NEGATIVE_PREFIXES = ['un', 'in', 'im', 'ir', 'il', 'dis', 'non', 'mis'] as const

/** The stems of the opposites of a stem. */
export function oppositesOf(stemmed: string): ReadonlySet<string> {
  antonyms ??= pairsOf(ANTONYM_PAIRS)
  return antonyms.get(stemmed) ?? NO_OPPOSITES
}

const nearOpposites = new Map<string, string[]>()
let members: Map<number, string[]> | undefined

/** The stems of words that mean about the same as an opposite of a stem, the opposites themselves and synonyms of the stem left out. */
export function nearOppositesOf(stemmed: string): readonly string[] {
  const opposites = oppositesOf(stemmed)
  if (opposites.size === 0) return []
  const known = nearOpposites.get(stemmed)
  if (known !== undefined) return known
  groupsOfStem(stemmed)
  members ??= membersOf(synonymGroups!)
  const near = new Set<string>()
  for (const opposite of opposites)
    for (const group of groupsOfStem(opposite)) for (const other of members.get(group) ?? []) near.add(other)
  const list = [...near].filter((other) => other !== stemmed && !opposites.has(other) && !areSynonyms(other, stemmed))
  nearOpposites.set(stemmed, list)
  return list
}

function membersOf(groups: ReadonlyMap<string, number[]>): Map<number, string[]> {
  const members = new Map<number, string[]>()
  for (const [word, numbers] of groups) for (const group of numbers) members.set(group, [...(members.get(group) ?? []), word])
  return members
}

export function areSynonyms(a: string, b: string): boolean {
  const groups = groupsOfStem(b)
  return groups.length > 0 && groupsOfStem(a).some((group) => groups.includes(group))
}

/** Letters that words of one family begin with. */
export const FAMILY_PREFIX = 5

/** Words of one family that the stemmer keeps apart, such as "acquire" and "acquisition": a long common beginning. */
export function areRelatives(a: string, b: string): boolean {
  let common = 0
  while (common < a.length && a[common] === b[common]) common++
  return common >= FAMILY_PREFIX && common >= 0.6 * Math.max(a.length, b.length)
}
