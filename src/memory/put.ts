import type { BatchResult, PutInput } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { encodeAction } from '../session/codec.js'
import type { DeleteRecord, PutRecord } from '../session/record.js'
import { hex } from './convert.js'
import { invalid, OptionReader } from './options.js'
import { itemRecord, readContent, readFields, readItem, type ReadItem } from './put-item.js'
import { checkFrame } from './read.js'
import type { Store } from './store.js'
import type * as T from './types.js'

/** A batch of `putMany` ends at either of these: the lock is held batch by batch, and memory stays bounded. */
const BATCH_ITEMS = 1000
const BATCH_BYTES = 8 * 1024 * 1024

export async function put(store: Store, item: T.PutItem, given: T.PutOptions): Promise<T.PutResult> {
  const started = performance.now()
  const durability = readDurability('put', given)
  const input = await readItem('put', item)
  const result = await commitPuts(store, { kind: 'put', items: [input], durability, started })
  return putResult(result)
}

export async function putMany(
  store: Store,
  items: Iterable<T.PutItem> | AsyncIterable<T.PutItem>,
  given: T.PutManyOptions,
): Promise<T.PutManyResult> {
  const options = new OptionReader('putMany', given, ['durability', 'onProgress', 'signal'])
  const durability = options.oneOf('durability', ['durable', 'none']) ?? 'durable'
  const onProgress = options.call<NonNullable<T.PutManyOptions['onProgress']>>('onProgress')
  const signal = options.signal('signal')
  if (!isIterable(items)) throw invalid('putMany: the items are an array, an iterable or an async iterable')
  const total = Array.isArray(items) ? items.length : undefined
  const result: T.PutManyResult = { count: 0, frameIds: [], commit: store.refresh().commit, commits: 0, durability }
  for await (const batch of batches(items, signal, () => result.count)) {
    const action = { kind: 'put-many', batch: result.commits, items: batch, durability, started: performance.now() } as const
    const committed = await commitPuts(store, action)
    for (const frame of committed.frames) result.frameIds.push(frame.frameId)
    result.count += batch.length
    result.commit = committed.commit
    result.commits++
    onProgress?.({ done: result.count, total })
  }
  return result
}

export async function update(store: Store, frame: number | string, changes: T.PutItem, given: T.PutOptions): Promise<T.UpdateResult> {
  const started = performance.now()
  const durability = readDurability('update', given)
  checkFrame('update', frame)
  const fields = readFields('update', changes)
  const contents = [changes.text, changes.bytes, changes.path].filter((content) => content !== undefined)
  if (contents.length > 1) throw invalid('update: the new content is given by one of text, bytes and path')
  const content = contents.length === 1 ? await readContent('update', changes) : undefined
  const changed = Object.keys(changes).filter((name) => changes[name as keyof T.PutItem] !== undefined)
  if (changed.length === 0) throw invalid('update: nothing to change was given')
  store.refresh()
  const old = await store.native.get(frame)
  if (old.status !== 'active') {
    throw new MemvidError('FrameNotFound', `frame ${old.frameId} was ${old.status} and can't be updated`, {
      hint: old.supersededBy === undefined ? undefined : `Its newer version is frame ${old.supersededBy}.`,
    })
  }
  const kept: PutInput = { mimeType: old.mimeType, uri: old.uri, tags: old.tags, timestampMs: old.timestampMs }
  if (old.title !== undefined) kept.title = old.title
  if (old.metadata !== undefined) kept.metadata = old.metadata
  const oldContent = old.text === undefined ? { bytes: old.bytes ?? Buffer.alloc(0) } : { text: old.text }
  const input: ReadItem = { ...kept, ...(content ?? { ...oldContent, sizeBytes: old.sizeBytes }), ...fields, supersedes: old.frameId }
  const result = await commitPuts(store, { kind: 'update', items: [input], durability, started, supersedes: old.frameId, changed })
  return { ...putResult(result), supersedes: old.frameId }
}

export async function remove(store: Store, frame: number | string, given: T.PutOptions): Promise<T.DeleteResult> {
  const started = performance.now()
  const durability = readDurability('delete', given)
  checkFrame('delete', frame)
  store.refresh()
  const { frameId, uri, status } = await store.native.get(frame)
  if (status === 'deleted') throw new MemvidError('FrameNotFound', `frame ${frameId} is deleted already`)
  const record: DeleteRecord = { kind: 'delete', client: store.client, durability, uri, durationMs: performance.now() - started }
  const events = [{ type: 'action', payload: encodeAction(record), withFrames: true }]
  const { commit } = await store.commit({ deletes: [frameId], events, durability })
  store.maintain()
  return { frameId, uri, commit }
}

type PutAction = Pick<PutRecord, 'kind' | 'supersedes' | 'batch' | 'changed'> & {
  items: ReadItem[]
  durability: T.Durability
  /** By `performance.now()`. */
  started: number
}

/** One commit for the frames and for their action: the engine leaves the action out when no session is active. */
async function commitPuts(store: Store, { items, started, ...action }: PutAction): Promise<BatchResult> {
  const record: PutRecord = { ...action, client: store.client, items: items.map(itemRecord), durationMs: performance.now() - started }
  const puts = items.map(({ sizeBytes: _, ...input }) => input)
  const events = [{ type: 'action', payload: encodeAction(record), withFrames: true }]
  const result = await store.commit({ puts, events, durability: action.durability })
  store.maintain()
  return result
}

function putResult(result: BatchResult): T.PutResult {
  const [frame] = result.frames
  if (!frame) throw new MemvidError('Internal', 'the engine acknowledged a put without a frame')
  const { frameId, uri, contentHash } = frame
  return { frameId, uri, contentHash: hex(contentHash), commit: result.commit, durability: result.durability as T.Durability }
}

/** Reads items into bounded batches. A bad item or an abort ends the work; its error says how many were committed before. */
async function* batches(items: Iterable<T.PutItem> | AsyncIterable<T.PutItem>, signal: AbortSignal | undefined, committed: () => number) {
  let batch: ReadItem[] = []
  let bytes = 0
  let index = 0
  for await (const item of items) {
    if (signal?.aborted) throw aborted(committed())
    const read = await readNumbered(item, index++, committed)
    batch.push(read)
    bytes += read.sizeBytes
    if (batch.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (signal?.aborted) throw aborted(committed())
  if (batch.length > 0) yield batch
}

async function readNumbered(item: T.PutItem, index: number, committed: () => number): Promise<ReadItem> {
  try {
    return await readItem('putMany', item)
  } catch (cause) {
    if (!(cause instanceof MemvidError)) throw cause
    const { code, message, hint, path } = cause
    throw new MemvidError(code, `item ${index}: ${message}`, { hint, path, cause, details: { index, committed: committed() } })
  }
}

function aborted(committed: number): MemvidError {
  return new MemvidError('Aborted', `putMany was stopped after ${committed} documents`, {
    hint: 'The documents that were committed stay.',
    details: { committed },
  })
}

function readDurability(method: string, given: T.PutOptions): T.Durability {
  return new OptionReader(method, given, ['durability']).oneOf('durability', ['durable', 'none']) ?? 'durable'
}

function isIterable(items: unknown): boolean {
  if (items === null || typeof items !== 'object') return false
  return Symbol.iterator in items || Symbol.asyncIterator in items
}
