import { splitSentences } from '../text/sentences.js'

const MARKER = /\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]/g

export interface CitationCheck {
  sentence: string
  /** Offsets in the answer, UTF-16 units. */
  start: number
  end: number
  /** Contexts that `[n]` markers name, 0-based, and 1-based numbers of markers that name none. */
  valid: number[]
  invalid: number[]
}

/**
 * Checks the `[n]` markers of each sentence of an answer against the number of contexts. `[1, 3]` and `[1-3]` are read as
 * lists and ranges; a marker directly behind a letter or a bracket, as in code (`items[0]`), is none.
 */
export function checkCitations(answer: string, contextsCount: number): CitationCheck[] {
  return splitSentences(answer).map(({ start, end, kind }) => {
    const sentence = answer.slice(start, end)
    return { sentence, start, end, ...(kind === 'code' ? { valid: [], invalid: [] } : readMarkers(sentence, contextsCount)) }
  })
}

export function readMarkers(sentence: string, contextsCount: number): { valid: number[]; invalid: number[] } {
  const valid = new Set<number>()
  const invalid = new Set<number>()
  for (const match of sentence.matchAll(MARKER)) {
    if (/[A-Za-z0-9_)]/.test(sentence[match.index - 1] ?? '') && /^\[0\]/.test(match[0])) continue
    for (const number of numbersOf(match[1]!)) {
      if (number >= 1 && number <= contextsCount) valid.add(number - 1)
      else invalid.add(number)
    }
  }
  return { valid: [...valid].sort((a, b) => a - b), invalid: [...invalid].sort((a, b) => a - b) }
}

function numbersOf(list: string): number[] {
  return list.split(/[,;]/).flatMap((part) => {
    const [first, last] = part.split(/[–-]/).map((text) => Number(text.trim())) as [number, number | undefined]
    if (last === undefined || last < first) return last === undefined ? [first] : [first, last]
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** The sentence without its markers; offsets change, so this is for reading only. */
export function withoutMarkers(sentence: string): string {
  return sentence.replace(MARKER, ' ')
}
