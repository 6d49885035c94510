import type { BulkResult } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { invalid, OptionReader } from './options.js'
import { packPuts } from './pack-puts.js'
import { putEvents, type PutAction } from './put.js'
import { readItem, type ReadItem } from './put-item.js'
import type { Store } from './store.js'
import type * as T from './types.js'

/** A batch of `putMany` ends at either of these: the lock is held batch by batch, and memory stays bounded. */
const BATCH_ITEMS = 1000
const BATCH_BYTES = 8 * 1024 * 1024
/** Batches that are read ahead of the one that is being written. */
const READ_AHEAD = 2
/** So many documents may be committed before they are indexed. */
const MAX_UNSEALED = 81_920

export async function putMany(
  store: Store,
  items: Iterable<T.PutItem> | AsyncIterable<T.PutItem>,
  given: T.PutManyOptions,
): Promise<T.PutManyResult> {
  const options = new OptionReader('putMany', given, ['durability', 'onProgress', 'signal'])
  const durability = options.oneOf('durability', ['durable', 'group', 'none']) === 'none' ? 'none' : 'durable'
  const onProgress = options.call<NonNullable<T.PutManyOptions['onProgress']>>('onProgress')
  const signal = options.signal('signal')
  if (!isIterable(items)) throw invalid('putMany: the items are an array, an iterable or an async iterable')
  const total = Array.isArray(items) ? items.length : undefined
  const result: T.PutManyResult = { count: 0, frameIds: [], commit: store.refresh().commit, commits: 0, durability }
  const load = new Load(store, result, () => onProgress?.({ done: result.count, total }))
  try {
    for await (const batch of batches(items, signal, () => load.end())) await load.add(batch)
  } catch (error) {
    // The caller's items may end with an error of their own. Nothing goes on behind the caller's back after it.
    await load.end().catch(() => {})
    throw error
  }
  await load.end()
  store.maintain('settle')
  await store.maintained()
  return result
}

/** Batches on their way into the file, in order: while one is written, the next is prepared, and the one after that is read. */
class Load {
  readonly #store: Store
  readonly #result: T.PutManyResult
  readonly #onCommit: () => void
  #added = 0
  #unsealed = 0
  /** The commits that are not done yet, oldest first. Each waits for the one before it. */
  #waiting: Promise<void>[] = []

  constructor(store: Store, result: T.PutManyResult, onCommit: () => void) {
    this.#store = store
    this.#result = result
    this.#onCommit = onCommit
  }

  /** Returns when the next batch may be read. Throws what went wrong with this one or one before it. */
  async add(items: ReadItem[]): Promise<void> {
    const action = { kind: 'put-many', batch: this.#added++, items, durability: this.#result.durability, started: performance.now() } as const
    const commit = this.#commit(action, this.#prepare(items), this.#waiting.at(-1))
    commit.catch(() => {})
    this.#waiting.push(commit)
    // The first one decides what vectors the file holds, which the second is prepared by.
    const ahead = this.#added === 1 ? 0 : READ_AHEAD
    while (this.#waiting.length > ahead) await this.#waiting.shift()
    if (this.#unsealed > MAX_UNSEALED) {
      await this.#store.maintained()
      this.#unsealed = 0
    }
  }

  /** Waits for all that was added, and says how many documents are committed. */
  async end(): Promise<number> {
    while (this.#waiting.length > 0) await this.#waiting.shift()
    return this.#result.count
  }

  async #prepare(items: ReadItem[]): Promise<number> {
    const { puts, embedder } = await this.#store.embedder.complete({ puts: items })
    return this.#store.native.prepare({ ...packPuts(puts ?? []), ...(embedder && { embedder }), nowMs: Date.now() })
  }

  async #commit(action: PutAction, preparing: Promise<number>, before: Promise<void> | undefined): Promise<void> {
    try {
      await before
    } catch (error) {
      preparing.then((prepared) => this.#store.native.discard(prepared)).catch(() => {})
      throw error
    }
    const { commit, firstFrame, count } = await this.#write(action, await preparing)
    for (let frame = firstFrame; frame < firstFrame + count; frame++) this.#result.frameIds.push(frame)
    this.#result.count += count
    this.#result.commit = commit
    this.#result.commits++
    this.#unsealed += count
    this.#store.maintain()
    this.#onCommit()
  }

  /** One commit. Its action is only made where there is a session to record it: for many small documents it is as much work as the rest. */
  async #write(action: PutAction, prepared: number): Promise<BulkResult> {
    const { native } = this.#store
    const commit = (number: number, isRecorded: boolean): Promise<BulkResult> => {
      const rest = isRecorded ? { events: putEvents(this.#store, action) } : { onlyUnrecorded: true }
      return native.commitPrepared(number, { ...rest, durability: action.durability, nowMs: Date.now() })
    }
    const isRecorded = native.activeSession() !== null
    try {
      return await commit(prepared, isRecorded)
    } catch (error) {
      if (isRecorded || !(error instanceof MemvidError) || error.code !== 'SessionActive') throw error
      return commit(await this.#prepare(action.items), true)
    }
  }
}

/** Reads items into bounded batches. A bad item or an abort ends the work; its error says how many were committed before. */
async function* batches(
  items: Iterable<T.PutItem> | AsyncIterable<T.PutItem>,
  signal: AbortSignal | undefined,
  committed: () => Promise<number>,
) {
  let batch: ReadItem[] = []
  let bytes = 0
  let index = 0
  for await (const item of items) {
    if (signal?.aborted) throw aborted(await committed())
    const read = await readNumbered(item, index++, committed)
    batch.push(read)
    bytes += read.sizeBytes
    if (batch.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (signal?.aborted) throw aborted(await committed())
  if (batch.length > 0) yield batch
}

async function readNumbered(item: T.PutItem, index: number, committed: () => Promise<number>): Promise<ReadItem> {
  try {
    return await readItem('putMany', item)
  } catch (cause) {
    if (!(cause instanceof MemvidError)) throw cause
    const { code, message, hint, path } = cause
    throw new MemvidError(code, `item ${index}: ${message}`, { hint, path, cause, details: { index, committed: await committed() } })
  }
}

function aborted(committed: number): MemvidError {
  return new MemvidError('Aborted', `putMany was stopped after ${committed} documents`, {
    hint: 'The documents that were committed stay.',
    details: { committed },
  })
}

function isIterable(items: unknown): boolean {
  if (items === null || typeof items !== 'object') return false
  return Symbol.iterator in items || Symbol.asyncIterator in items
}
