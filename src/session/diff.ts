import { diffArrays } from 'diff'
import type { WordDiffPart } from './replay-types.js'

const words = new Intl.Segmenter('und', { granularity: 'word' })
const characters = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Scripts written without spaces, where a word is a guess: they are compared character by character. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** Two texts with more differences than this share nothing worth showing, and finding it out would take quadratic time. */
const MAX_EDITS = 4000

/** The words that differ between two answers, in reading order; the parts without `added` give the first text. */
export function wordDiff(before: string, after: string): WordDiffPart[] {
  const changes = diffArrays(tokens(before), tokens(after), { maxEditLength: MAX_EDITS })
  if (!changes) {
    return [
      { value: before, change: 'removed' },
      { value: after, change: 'added' },
    ]
  }
  return changes.map(({ value, added, removed }) => {
    const text = value.join('')
    if (added) return { value: text, change: 'added' }
    return removed ? { value: text, change: 'removed' } : { value: text }
  })
}

function tokens(text: string): string[] {
  return Array.from(words.segment(text)).flatMap(({ segment }) =>
    UNSPACED.test(segment) ? Array.from(characters.segment(segment), (character) => character.segment) : [segment],
  )
}
