import { block } from '../output/escape.js'

/** Markup that is safe to put into a page. Only `html` makes it. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, markup stays, lists are joined, and what is absent is nothing. */
export type Part = string | number | Html | null | undefined | false | readonly Part[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for element content and quoted attributes. Controls and marks that turn the reading direction are shown, not obeyed. */
export function escaped(text: string): string {
  return block(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** A template whose every value is escaped unless it is markup made by this very function. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((made, literal, index) => made + rendered(parts[index - 1]) + literal))
}

function rendered(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  return typeof part === 'object' ? part.map(rendered).join('') : escaped(String(part))
}
