/** Texts in a file, one a line as JSON: who reads them one by one needs no memory for the corpus. */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'

const CHUNK_BYTES = 1 << 20
const NEWLINE = 10

export function writeLines(path: string, texts: readonly string[]): void {
  writeFileSync(path, texts.map((text) => `${JSON.stringify(text)}\n`).join(''))
}

/** The texts of such a file, in order, read as they are asked for. */
export function* linesIn(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    let bytes = Buffer.alloc(0)
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      bytes = Buffer.concat([bytes, chunk.subarray(0, count)])
      let start = 0
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        yield JSON.parse(bytes.toString('utf8', start, end)) as string
        start = end + 1
      }
      bytes = bytes.subarray(start)
    }
  } finally {
    closeSync(file)
  }
}
