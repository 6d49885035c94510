import { ABBREVIATIONS_EITHER, ABBREVIATIONS_INSIDE, SENTENCE_STARTERS } from './lexicon.js'

/** What a unit of text is. Only prose, list items and table rows make statements; code and headings do not. */
export type SentenceKind = 'prose' | 'item' | 'row' | 'heading' | 'code'

export interface SentenceSpan {
  /** Offsets in the text, UTF-16 units; no white space at either end. */
  start: number
  end: number
  kind: SentenceKind
}

const FENCE = /^\s*(```|~~~)/
const ITEM = /^\s*(?:[-*•+–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+/
const HEADING = /^\s*#{1,6}\s/
/** Between bars, or cells with tabs between them. */
const ROW = /^\s*\|.*\|\s*$|^[^\t]*\S\t+\S/
const ROW_RULE = /^[\s|:\-]+$/
const CLOSERS = new Set(['"', '”', '’', "'", ')', ']', '」', '』', '）', '》', '*', '_', '»'])
const CJK_END = new Set(['。', '！', '？', '；', '｡'])

/**
 * Splits a text into sentences, each with its place in the text. Abbreviations, initials, decimals, list items, table rows,
 * code fences, quotes and citation markers (`[1]` stays with the sentence before it) are kept whole; Chinese and Japanese
 * text is split at 。！？；.
 */
export function splitSentences(text: string): SentenceSpan[] {
  const spans: SentenceSpan[] = []
  let paragraphStart = -1
  let paragraphKind: SentenceKind = 'prose'
  let fence: { mark: string; start: number } | null = null
  let position = 0
  const flush = (end: number) => {
    if (paragraphStart >= 0) splitParagraph(text, paragraphStart, end, paragraphKind, spans)
    paragraphStart = -1
  }
  while (position < text.length) {
    const newline = text.indexOf('\n', position)
    const lineEnd = newline < 0 ? text.length : newline
    const line = text.slice(position, lineEnd)
    const mark = FENCE.exec(line)?.[1]
    if (fence !== null) {
      if (mark === fence.mark) {
        push(text, fence.start, lineEnd, 'code', spans)
        fence = null
      }
    } else if (mark !== undefined) {
      flush(position)
      fence = { mark, start: position }
    } else if (line.trim() === '') {
      flush(position)
    } else if (ROW.test(line)) {
      flush(position)
      if (!ROW_RULE.test(line)) push(text, position, lineEnd, 'row', spans)
      else if (spans.at(-1)?.kind === 'row') spans[spans.length - 1]!.kind = 'heading'
    } else if (HEADING.test(line)) {
      flush(position)
      push(text, position, lineEnd, 'heading', spans)
    } else {
      const item = ITEM.exec(line)
      if (item !== null) {
        flush(position)
        paragraphStart = position + item[0].length
        paragraphKind = 'item'
      } else if (paragraphStart < 0) {
        paragraphStart = position
        paragraphKind = 'prose'
      }
    }
    position = lineEnd + 1
  }
  if (fence !== null) push(text, fence.start, text.length, 'code', spans)
  flush(text.length)
  return spans
}

function splitParagraph(text: string, start: number, end: number, kind: SentenceKind, spans: SentenceSpan[]): void {
  let sentenceStart = start
  for (let index = start; index < end; index++) {
    const character = text[index]!
    const isCjkEnd = CJK_END.has(character)
    if (!isCjkEnd && character !== '.' && character !== '!' && character !== '?' && character !== '…') continue
    let after = index + 1
    while (after < end && (text[after] === '.' || text[after] === '!' || text[after] === '?' || CJK_END.has(text[after]!))) after++
    while (after < end && CLOSERS.has(text[after]!)) after++
    // 「…。」と: the sentence goes on behind what is quoted.
    if (isCjkEnd && text[after] === 'と' && text[after - 1] === '」') continue
    if (!isCjkEnd && after < end && !/\s/.test(text[after]!) && !(text[after] === '[' && isSentenceEnd(text, index, after, end))) {
      index = after - 1
      continue
    }
    if (!isCjkEnd && after < end && !isSentenceEnd(text, index, after, end)) continue
    after = takeMarkers(text, after, end)
    push(text, sentenceStart, after, kind, spans)
    sentenceStart = after
    index = after - 1
  }
  push(text, sentenceStart, end, kind, spans)
}

/** Citation markers after the full stop belong to the sentence that they follow. */
function takeMarkers(text: string, from: number, end: number): number {
  const marker = /^\s*(?:\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\])+/.exec(text.slice(from, Math.min(end, from + 60)))
  return marker === null ? from : from + marker[0].length
}

/** Decides whether the mark at `index` ends a sentence, `after` being the first place behind it and its closing quotes. */
function isSentenceEnd(text: string, index: number, after: number, end: number): boolean {
  const rest = text.slice(after, Math.min(end, after + 60)).replace(/^(?:\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\])+/, '')
  const next = /^\s*["'“‘(«「*_]*(\S+)/u.exec(rest)?.[1] ?? ''
  if (next === '') return true
  const startsLower = /^\p{Ll}/u.test(next)
  if (text[index] !== '.') return !startsLower
  if (text[index + 1] === '.' || text[index - 1] === '.') return !startsLower
  const before = /([\p{L}\p{N}.]+)$/u.exec(text.slice(Math.max(0, index - 20), index))?.[1]?.toLowerCase() ?? ''
  const nextWord = next.toLowerCase().replace(/[^\p{L}]+$/u, '')
  if (/^\p{L}$/u.test(before) && /^\p{Lu}$/u.test(text[index - 1] ?? '')) return before === 'i' || SENTENCE_STARTERS.has(nextWord)
  if (ABBREVIATIONS_INSIDE.has(before)) {
    // "No." is a shortening only before a number.
    return /^(no|nos|p|art|sec|ch|fig|vol)$/.test(before) ? !/^\d/.test(next) && !startsLower : false
  }
  if (ABBREVIATIONS_EITHER.has(before) || /^(?:\p{L}\.)+\p{L}$/u.test(before)) return SENTENCE_STARTERS.has(nextWord) && !startsLower
  return !startsLower
}

function push(text: string, start: number, end: number, kind: SentenceKind, spans: SentenceSpan[]): void {
  while (start < end && /\s/.test(text[start]!)) start++
  while (end > start && /\s/.test(text[end - 1]!)) end--
  if (end > start) spans.push({ start, end, kind })
}
