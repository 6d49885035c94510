/** The answer cache of a file: read by key, listed, cleared. */

import { MemvidError } from '../errors.js'
import type { CachedAnswer as NativeAnswer } from '../native/binding.js'
import type { Store } from '../memory/store.js'
import { decodePayload, encodePayload } from '../session/codec.js'
import { isCachedAnswer } from '../session/read-record.js'
import type { CachedAnswer } from '../session/record.js'
import type { CacheClearResult, CacheEntry, CacheListing } from './types.js'

/** The key of no answer: an entry under it hides all that was written before (format-spec/07-sessions). */
const CLEAR_KEY = Buffer.alloc(32)

/** A cached answer, and when it was written. */
export type FoundAnswer = CachedAnswer & { timeMs: number }

/** The answer under a key, at most `ttlMs` old. A damaged entry, or one of a newer version, is as good as none: the model is asked. */
export async function readCache(store: Store, key: Buffer, ttlMs: number | undefined): Promise<FoundAnswer | undefined> {
  try {
    const found = await store.native.cacheGet(key)
    if (!found || (ttlMs !== undefined && Date.now() - found.timeMs > ttlMs)) return undefined
    return readEntry(found)
  } catch (error) {
    if (error instanceof MemvidError && (error.code === 'Corrupt' || error.code === 'Unsupported')) return undefined
    throw error
  }
}

/** The answers that the next asks could be given, oldest first. */
export async function listCache(store: Store): Promise<CacheListing> {
  store.refresh()
  const { answers, damaged } = await store.native.cacheList()
  const entries: CacheEntry[] = []
  let unreadable = damaged
  for (const found of answers) {
    const entry = entryOf(found)
    if (entry) entries.push(entry)
    else unreadable++
  }
  return { entries, damaged: unreadable }
}

/** Hides every cached answer, whichever process wrote it. The bytes stay in the file's history, as with everything in it. */
export async function clearCache(store: Store): Promise<CacheClearResult> {
  store.refresh()
  const { answers, damaged } = await store.native.cacheList()
  const cleared = answers.length + damaged
  if (cleared === 0) return { cleared, commit: null }
  const { commit } = await store.commit({ events: [{ type: 'cache', key: CLEAR_KEY, payload: encodePayload({}) }] })
  return { cleared, commit }
}

function readEntry({ payload, timeMs }: NativeAnswer): FoundAnswer | undefined {
  const entry = decodePayload(payload, 'the cached answer')
  return isCachedAnswer(entry) ? { ...(entry as unknown as CachedAnswer), timeMs } : undefined
}

function entryOf(found: NativeAnswer): CacheEntry | undefined {
  try {
    const entry = readEntry(found)
    if (!entry) return undefined
    const { answer, question = null, model, response, cost, timeMs } = entry
    return { key: found.key.toString('hex'), timeMs, model: model.label, question, answer, usage: response.usage, cost }
  } catch (error) {
    if (error instanceof MemvidError) return undefined
    throw error
  }
}
