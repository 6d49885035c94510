import { diffArrays } from 'diff'
import type { WordDiffPart } from './replay-types.js'

const words = new Intl.Segmenter('und', { granularity: 'word' })

/**
 * White space, and characters of scripts that are written without it, each with its marks: there a word is a guess, so they are
 * compared one by one.
 */
const PIECES =
  /(\s+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*)/u

/** A piece without white space that is longer than this is no word, and the segmenter's memory grows with the square of a text. */
const MAX_WORD_LENGTH = 500

/** Two texts with more differences than this share nothing worth showing, and finding it out would take quadratic time. */
const MAX_EDITS = 1000

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
  return text.split(PIECES).flatMap((piece) => {
    if (piece.length <= 1 || piece.length > MAX_WORD_LENGTH) return piece === '' ? [] : [piece]
    return Array.from(words.segment(piece), ({ segment }) => segment)
  })
}
