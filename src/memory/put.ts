import type { BatchResult, EventInput, PutInput } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { encodeAction } from '../session/codec.js'
import type { DeleteRecord, PutRecord } from '../session/record.js'
import { keptImport } from './kept-import.js'
import { invalid, OptionReader } from './options.js'
import { itemRecord, readContent, readFields, readItem, type ReadItem } from './put-item.js'
import { checkFrame } from './read.js'
import type { Store } from './store.js'
import type * as T from './types.js'

export async function put(store: Store, item: T.PutItem, given: T.PutOneOptions): Promise<T.PutResult> {
  const started = performance.now()
  const options = new OptionReader('put', given, ['durability', 'blocking'])
  const durability = options.oneOf('durability', DURABILITIES) ?? 'durable'
  const blocking = options.flag('blocking') ?? false
  if (durability === 'group' && blocking) throw invalid('put: a put that waits for others can not be blocking')
  const read = readItem('put', item)
  // A thousand puts at a time spend much of theirs on turns of the microtask queue: none where nothing is waited for.
  const input = read instanceof Promise ? await read : read
  if (durability === 'group') {
    const group = grouping()
    return await (group instanceof Promise ? await group : group).putInGroup(store, input, started)
  }
  return putResult(await commitPuts(store, { kind: 'put', items: [input], durability, started }, blocking))
}

/** A put with a commit of its own. */
export async function putAlone(store: Store, item: ReadItem, durability: T.Durability, started: number): Promise<T.PutResult> {
  return putResult(await commitPuts(store, { kind: 'put', items: [item], durability, started }))
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
  return { frameId, uri, commit }
}

export type PutAction = Pick<PutRecord, 'kind' | 'supersedes' | 'batch' | 'changed'> & {
  items: ReadItem[]
  durability: T.Durability
  /** By `performance.now()`. */
  started: number
}

/** One commit for the frames and, when a session is active, for their action. */
async function commitPuts(store: Store, action: PutAction, blocking = false): Promise<BatchResult> {
  const puts = action.items.map(({ sizeBytes: _, ...input }) => input)
  const commit = (rest: { onlyUnrecorded: true } | { events: EventInput[] }) => {
    const batch = { puts, ...rest, durability: action.durability }
    return blocking ? store.commitBlocking(batch) : store.commit(batch)
  }
  if (store.native.activeSession() === null) {
    try {
      return await commit({ onlyUnrecorded: true })
    } catch (error) {
      // Begun by another process since this one last looked.
      if (!(error instanceof MemvidError) || error.code !== 'SessionActive') throw error
    }
  }
  return commit({ events: putEvents(store, action) })
}

/** What a session records of puts. */
export function putEvents(store: Store, { items, started, ...action }: PutAction): EventInput[] {
  const record: PutRecord = { ...action, client: store.client, items: items.map(itemRecord), durationMs: performance.now() - started }
  return [{ type: 'action', payload: encodeAction(record), withFrames: true }]
}

function putResult(result: BatchResult): T.PutResult {
  const [frame] = result.frames
  if (!frame) throw new MemvidError('Internal', 'the engine acknowledged a put without a frame')
  const { frameId, uri, contentHash } = frame
  return { frameId, uri, contentHash, commit: result.commit, durability: result.durability as T.Durability }
}

/** Loaded with the first put that waits for others. */
const grouping = keptImport(() => import('./put-group.js'))

const DURABILITIES = ['durable', 'group', 'none'] as const

/** How an action that is one commit by itself is acknowledged. */
export function readDurability(method: string, given: T.PutOptions): Exclude<T.Durability, 'group'> {
  const durability = new OptionReader(method, given, ['durability']).oneOf('durability', DURABILITIES)
  return durability === 'none' ? 'none' : 'durable'
}
