import type { HtmlToTextOptions } from 'html-to-text'
import { MemvidError } from '../../index.js'

const options: HtmlToTextOptions = {
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'h1', options: { uppercase: false } },
    { selector: 'h2', options: { uppercase: false } },
    { selector: 'h3', options: { uppercase: false } },
    { selector: 'h4', options: { uppercase: false } },
    { selector: 'h5', options: { uppercase: false } },
    { selector: 'h6', options: { uppercase: false } },
    { selector: 'table', options: { uppercaseHeaderCells: false } },
  ],
}

/** A page as plain text, and its title where it has one. Scripts and styles are left out. */
export async function htmlDocument(html: string): Promise<{ text: string; title: string | undefined }> {
  const { convert } = await import('html-to-text')
  try {
    const title = convert(html, { wordwrap: false, baseElements: { selectors: ['title'], returnDomByDefault: false } }).trim()
    return { text: convert(html, options), title: title || undefined }
  } catch (cause) {
    // The parser follows elements into each other by calls: a page that is nested some thousand deep ends the stack, not the program.
    if (!(cause instanceof RangeError)) throw cause
    throw new MemvidError('InvalidInput', 'the page is nested too deep to be read', { cause, hint: 'Give its text instead, with --format text.' })
  }
}
