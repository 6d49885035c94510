/** JSON Lines: one document a line, read as a stream, so that a file of any size takes little memory. */
import { MemvidError, type PutItem } from '../../index.js'

/** A line longer than this is refused before it is gathered. */
const MAX_LINE_CHARACTERS = 256 * 1024 * 1024

const checks: Record<string, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  title: (value) => typeof value === 'string',
  uri: (value) => typeof value === 'string',
  tags: (value) => Array.isArray(value) && value.every((tag) => typeof tag === 'string'),
  metadata: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  timestamp: (value) => typeof value === 'string' || typeof value === 'number',
  vector: (value) => Array.isArray(value) && value.every((component) => typeof component === 'number'),
}

/** Splits at line feeds only: a JSON string may hold U+2028, which other splitters take for a line's end. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > MAX_LINE_CHARACTERS) throw new RangeError(`longer than ${MAX_LINE_CHARACTERS} characters`)
    yield* parts
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}

function parseLine(row: string): PutItem {
  const value: unknown = JSON.parse(row)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new TypeError('it is not an object')
  for (const [key, field] of Object.entries(value)) {
    const check = checks[key]
    if (!check) throw new TypeError(`the field ${JSON.stringify(key)} is not known (known: ${Object.keys(checks).join(', ')})`)
    if (!check(field)) throw new TypeError(`the field ${JSON.stringify(key)} has the wrong type`)
  }
  if (!('text' in value)) throw new TypeError('the field "text" is missing')
  return value as PutItem
}

/** The documents of a JSONL stream. A bad line is an error that names it. */
export async function* jsonlDocuments(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<PutItem> {
  let number = 0
  const bad = (reason: string): MemvidError =>
    new MemvidError('InvalidInput', `line ${number + 1} of the JSONL input can't be used: ${reason}`, {
      path: name,
      details: { line: number + 1 },
    })
  try {
    for await (const row of lines(chunks)) {
      if (row.trim() !== '') yield parseLine(row)
      number += 1
    }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) throw bad(error.message)
    throw error
  }
}
