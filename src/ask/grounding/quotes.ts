import type { PreparedContexts } from './prepare.js'

const QUOTE = /["“«「『]([^"”»」』]{12,})["”»」』]/g
/** What is left of a sentence's score when it puts words between quotation marks that no context has. */
const ALTERED_QUOTE = 0.6

/** 1 when every longer quotation of a sentence stands word for word in a context, less when one does not. */
export function checkQuotes(sentence: string, contexts: PreparedContexts): number {
  for (const match of sentence.matchAll(QUOTE)) {
    const quoted = normalise(match[1]!)
    if (quoted.split(' ').length < 3 && !/[\u3040-\u9fff]/.test(quoted)) continue
    if (!contexts.normalised().some((text) => text.includes(quoted))) return ALTERED_QUOTE
  }
  return 1
}

/** Lower case, one kind of apostrophe, single spaces, no mark at the end: what may change in a faithful quotation. */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[“”"]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\s.,;:!?…]+$/, '')
}
