import type { WordDiffPart } from '../../index.js'
import { line } from './escape.js'

/** The words that differ, as `[-removed-]` and `{+added+}`. */
export function formatWordDiff(parts: WordDiffPart[]): string {
  return parts
    .map(({ value, change }) => (change === 'added' ? `{+${line(value)}+}` : change === 'removed' ? `[-${line(value)}-]` : line(value)))
    .join('')
}
