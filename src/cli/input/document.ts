/** One file, or stdin, as one document. */
import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { Option } from 'commander'
import { MemvidError, type PutItem } from '../../index.js'
import { interrupted } from '../signals.js'
import { htmlDocument } from './html.js'
import { markdownTitle } from './markdown.js'

export const formats = ['text', 'markdown', 'html', 'jsonl'] as const
export type Format = (typeof formats)[number]

const byExtension: Record<string, Format> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}

/** A document is held in memory as a whole; what is larger is refused instead of ending the process. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024

export function formatOption(): Option {
  return new Option('--format <format>', "how to read the input (default: by the file's extension)").choices(formats)
}

/** The format that a file's name tells; text where it tells none. */
export function formatOf(path: string): Format {
  return byExtension[extname(path).toLowerCase()] ?? 'text'
}

/** The bytes as text, or undefined when they are not UTF-8 or hold a NUL, as pictures and archives do. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Text in its format as a document: HTML becomes plain text, and a title is taken from the content where it has one. */
export async function documentFrom(text: string, format: Exclude<Format, 'jsonl'>, name?: string): Promise<PutItem> {
  if (format === 'html') {
    const { text: plain, title } = await htmlDocument(text)
    return { text: plain, mimeType: 'text/plain', ...withTitle(title ?? name) }
  }
  if (format === 'markdown') return { text, mimeType: 'text/markdown', ...withTitle(markdownTitle(text) ?? name) }
  return { text, mimeType: 'text/plain', ...withTitle(name) }
}

function withTitle(title: string | undefined): { title?: string } {
  return title === undefined ? {} : { title }
}

/** All of stdin. Ctrl-C ends the wait. */
async function readStdin(): Promise<Buffer> {
  const stop = (): void => void process.stdin.destroy(new MemvidError('Aborted', 'interrupted while reading stdin'))
  interrupted.addEventListener('abort', stop, { once: true })
  try {
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  } finally {
    interrupted.removeEventListener('abort', stop)
  }
}

/** The bytes of a file that is small enough, refusing what is not a file without waiting on it. */
export async function readWhole(path: string): Promise<Buffer> {
  const facts = await stat(path)
  if (!facts.isFile())
    throw new MemvidError('InvalidInput', 'the input is not a file', { path, hint: 'Give a file, a folder, or - for stdin.' })
  if (facts.size > MAX_DOCUMENT_BYTES) {
    throw new MemvidError('InvalidInput', `the input has ${facts.size} bytes, at most ${MAX_DOCUMENT_BYTES} make one document`, {
      path,
      hint: 'Split it, or give it as JSONL, which is read line by line.',
    })
  }
  return readFile(path)
}

/** Reads `path`, or stdin for `-`, as one document. Content that is not text is kept as bytes. */
export async function readDocument(path: string, format?: Format): Promise<PutItem> {
  const fromStdin = path === '-'
  const as = format ?? (fromStdin ? 'text' : formatOf(path))
  if (as === 'jsonl') throw new MemvidError('InvalidInput', 'JSONL holds many documents, one is needed here', { path })
  const bytes = fromStdin ? await readStdin() : await readWhole(path)
  const name = fromStdin ? undefined : basename(path)
  const text = decodeText(bytes)
  return text === undefined ? { bytes, ...withTitle(name) } : documentFrom(text, as, name)
}
