import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { pack } from 'msgpackr/pack'
import type { PutInput } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import type { PutRecord } from '../session/record.js'
import { invalid, OptionReader, wellFormed } from './options.js'
import { withoutAbsent } from './store.js'
import type { PutItem } from './types.js'

const ITEM_FIELDS = ['text', 'bytes', 'path', 'mimeType', 'title', 'uri', 'tags', 'metadata', 'timestamp', 'vector'] as const
const CONTENT_FIELDS = ['text', 'bytes', 'path'] as const

/** The largest file that `path` reads: a JavaScript text can't be much longer. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

const MIME_TYPES: Record<string, string> = {
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
  '.xml': 'application/xml',
}

/** A checked item with its content read. */
export type ReadItem = PutInput & { sizeBytes: number }

/** Checks an item and reads its content: at once, but for what `path` names. */
export function readItem(method: string, item: unknown): ReadItem | Promise<ReadItem> {
  const content = CONTENT_FIELDS.filter((name) => (item as Record<string, unknown> | null)?.[name] !== undefined)
  const fields = readFields(method, item)
  if (content.length !== 1) {
    const found = content.length === 0 ? 'none of them' : content.join(' and ')
    throw invalid(`${method}: a document is given by exactly one of text, bytes and path, got ${found}`)
  }
  const read = readContent(method, item as PutItem)
  return read instanceof Promise ? read.then((file) => ({ ...file, ...fields })) : { ...read, ...fields }
}

/** The fields of an item besides its content, checked; those that were not given are absent. */
export function readFields(method: string, item: unknown): Omit<PutInput, 'text' | 'bytes'> {
  const reader = new OptionReader(method, item, ITEM_FIELDS)
  return withoutAbsent<Omit<PutInput, 'text' | 'bytes'>>({
    mimeType: reader.text('mimeType'),
    title: reader.text('title'),
    uri: nonEmpty(method, 'uri', reader.text('uri')),
    tags: reader.texts('tags'),
    metadata: packMetadata(method, reader.raw('metadata')),
    timestampMs: reader.moment('timestamp'),
    vector: reader.vector('vector'),
  })
}

export function readContent(method: string, { text, bytes, path }: PutItem): ReadItem | Promise<ReadItem> {
  if (text !== undefined) {
    if (typeof text !== 'string') throw invalid(`${method}: text is a text, got ${typeof text}`)
    return { text: wellFormed(text), sizeBytes: Buffer.byteLength(text) }
  }
  if (bytes !== undefined) {
    if (!(bytes instanceof Uint8Array)) throw invalid(`${method}: bytes is a Buffer or Uint8Array, got ${typeof bytes}`)
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), sizeBytes: bytes.byteLength }
  }
  if (typeof path !== 'string' || path === '') throw invalid(`${method}: path is the name of a file`)
  return readPath(path)
}

/** What a session records of an item: everything but its content and metadata, which stand in the frame. */
export function itemRecord(item: ReadItem): PutRecord['items'][number] {
  return {
    uri: item.uri ?? null,
    title: item.title ?? null,
    mimeType: item.mimeType ?? null,
    tags: item.tags ?? [],
    timestampMs: item.timestampMs ?? null,
    sizeBytes: item.sizeBytes,
    hasMetadata: item.metadata !== undefined,
    hasVector: item.vector !== undefined,
  }
}

async function readPath(path: string): Promise<ReadItem> {
  const bytes = await readRegularFile(path)
  const title = basename(path)
  const mimeType = MIME_TYPES[extname(path).toLowerCase()]
  const known = mimeType === undefined ? {} : { mimeType }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { text, title, ...known, sizeBytes: bytes.length }
  } catch {
    return { bytes, title, ...known, sizeBytes: bytes.length }
  }
}

async function readRegularFile(path: string): Promise<Buffer> {
  try {
    // Looked at first: reading a FIFO would wait for ever.
    const status = await stat(path)
    if (!status.isFile()) throw new MemvidError('NotAFile', 'the document to put is not a regular file', { path })
    if (status.size > MAX_FILE_BYTES) {
      throw new MemvidError('InvalidInput', `the document to put has ${status.size} bytes, at most ${MAX_FILE_BYTES} are taken`, { path })
    }
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof MemvidError) throw cause
    const codes: Record<string, string> = { ENOENT: 'NotFound', EACCES: 'PermissionDenied', EPERM: 'PermissionDenied' }
    const code = codes[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'Io'
    throw new MemvidError(code, `the document to put could not be read: ${(cause as Error).message}`, { path, cause })
  }
}

function packMetadata(method: string, metadata: unknown): Buffer | undefined {
  if (metadata === undefined) return undefined
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) throw invalid(`${method}: metadata is an object`)
  // Through JSON, so that what comes back is what a JSON of it would hold, and nothing that MessagePack only knows here.
  return pack(JSON.parse(JSON.stringify(metadata)))
}

function nonEmpty(method: string, name: string, text: string | undefined): string | undefined {
  if (text === '') throw invalid(`${method}: ${name} is empty`)
  return text
}
