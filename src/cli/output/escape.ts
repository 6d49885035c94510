/**
 * Characters that must not reach a terminal raw: C0 and C1 controls, DEL, the line separators, and the marks that turn
 * the reading direction around, with which a title could forge other output.
 */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const UNSAFE_IN_BLOCK = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeCharacter(character: string): string {
  return NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Text from a file or a model as one safe line: titles, URIs, snippets, messages. */
export function line(text: string): string {
  return text.replace(UNSAFE, escapeCharacter)
}

/** Text of several lines for a terminal: line breaks and tabs stay. */
export function block(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(UNSAFE_IN_BLOCK, escapeCharacter)
}

/** A string in quotes, escaped as in JSON; letters of every script stay as they are. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSAFE, escapeCharacter)
}
