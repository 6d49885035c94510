/** The user's document, from which the tests take the lines that have to come out, so that they can't drift apart from it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

export const userDocument = readFileSync(new URL('../../../../fixtures/user-document/session-replay.md', import.meta.url), 'utf8')

/** The lines from the first that begins with `first` after the text `heading`, until an empty line. */
export function documentBlock(heading: string, first: string): string[] {
  const from = userDocument.indexOf(heading)
  assert.ok(from >= 0, `the document has "${heading}"`)
  const lines = userDocument.slice(from).split('\n')
  const start = lines.findIndex((line) => line.startsWith(first))
  assert.ok(start >= 0, `the document has "${first}" after "${heading}"`)
  const end = lines.findIndex((line, index) => index > start && line.trim() === '')
  return lines.slice(start, end)
}

/** True when the document shows this line, behind a `#` of its shell blocks or plain. */
export function documentShows(line: string): boolean {
  return userDocument.split('\n').some((row) => row === line || row === `# ${line}` || row === `#${line}`)
}
