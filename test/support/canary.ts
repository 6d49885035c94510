/**
 * The key that every stand-in provider is asked with. What the tests leave behind is searched for it before it is removed: each file
 * byte by byte, each memory also record by record as its readers decompress it, and what each command printed. A hit fails the test
 * whose traces hold it.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NativeStore } from '../../src/native/binding.js'
import { openNative } from '../../src/native/index.js'

/** A key that no other text resembles. */
export const CANARY = 'canary-Zx81QpLw7Vt3Nf5Ky2Rb9Hm4Gs6'

/** Half a key is a leak, too. */
const PARTS = [CANARY.slice(0, 20), CANARY.slice(-20)]

/** Every way in which a key might stand in bytes that were written somewhere. */
const SPELLINGS: readonly Buffer[] = PARTS.flatMap((part) => {
  // Where the key begins inside a group of three bytes decides its base64; the ends depend on what stands around it.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from(' '.repeat(shift) + part)
      .toString('base64')
      .slice(4, -4),
  )
  const percent = Array.from(Buffer.from(part), (byte) => `%${byte.toString(16)}`).join('')
  const hex = Buffer.from(part).toString('hex')
  const texts = [part, ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')), hex, hex.toUpperCase(), percent]
  return [...new Set(texts)].flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()])
})

/** Whether bytes hold the key in any spelling. */
export function holdsKey(bytes: string | Uint8Array): boolean {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return SPELLINGS.some((spelling) => buffer.includes(spelling))
}

export function assertNoKey(bytes: string | Uint8Array, where: string): void {
  assert.ok(!holdsKey(bytes), `the key stands in ${where}`)
}

/** Everything that the engine reads out of a memory, decompressed. What a damaged file does not give is left out. */
async function* contentsOf(store: NativeStore): AsyncGenerator<[string, string | Uint8Array | undefined]> {
  const { frameCount } = store.refresh()
  for (let id = 0; id < frameCount; id++) {
    const frame = await store.get(id).catch(() => undefined)
    if (!frame) continue
    const { text, bytes, metadata, ...rest } = frame
    yield [`frame ${id}`, text]
    yield [`the bytes of frame ${id}`, bytes]
    yield [`the metadata of frame ${id}`, metadata]
    yield [`the fields of frame ${id}`, JSON.stringify(rest)]
  }
  for (const { session, actionCount, startPayload, endPayload } of await store.sessions().catch(() => [])) {
    const name = session.toString('hex')
    yield [`the start of session ${name}`, startPayload]
    yield [`the end of session ${name}`, endPayload]
    const events = [...(await store.sessionEvents(session, 0, actionCount).catch(() => [])), ...(await store.replays(session).catch(() => []))]
    for (const { type, sequence, payload } of events) yield [`${type} ${sequence} of session ${name}`, payload]
  }
  for (const { key, payload } of (await store.cacheList().catch(() => ({ answers: [] }))).answers) yield [`cached answer ${key.toString('hex')}`, payload]
}

/** Where a memory holds the key. */
async function findInMemory(path: string): Promise<string[]> {
  const store = await openNative(path, { readOnly: true }).catch(() => undefined)
  if (!store) return []
  try {
    const found: string[] = []
    for await (const [where, bytes] of contentsOf(store)) if (bytes !== undefined && holdsKey(bytes)) found.push(`${path}: ${where}`)
    return found
  } finally {
    store.close()
  }
}

/** A file that a test made unreadable, or that went away meanwhile, holds nothing that could be read. */
function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return new Uint8Array()
    throw error
  }
}

/** Every place below a folder that holds the key: names of files, their bytes, and what memories hold. Links are not followed. */
export async function findKey(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (holdsKey(entry.name)) found.push(`the name ${path}`)
    if (entry.isDirectory()) found.push(...(await findKey(path)))
    if (!entry.isFile()) continue
    if (holdsKey(contentOf(path))) found.push(path)
    if (entry.name.endsWith('.mv2')) found.push(...(await findInMemory(path)))
  }
  return found
}

/** Fails when a test left the key behind. */
export async function assertNoTraces(folder: string): Promise<void> {
  assert.deepEqual(await findKey(folder), [], 'the key must stand nowhere in what a test wrote')
}
