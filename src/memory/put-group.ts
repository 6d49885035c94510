import { encodeAction } from '../session/codec.js'
import type { PutRecord } from '../session/record.js'
import type { EventInput } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { hex } from './convert.js'
import { packPuts } from './pack-puts.js'
import { putAlone } from './put.js'
import { itemRecord, type ReadItem } from './put-item.js'
import type { Store } from './store.js'
import type { PutResult } from './types.js'

/** Puts that share a commit at most. */
const GROUP_ITEMS = 1000

/** A put that waits for its commit. */
interface Waiting {
  item: ReadItem
  /** By `performance.now()`. */
  started: number
  resolve: (result: PutResult) => void
  reject: (error: unknown) => void
}

/** Errors that concern the file, not one of the puts: each put gets them, and none is tried alone. */
const FILE_ERRORS = new Set(['Io', 'NoSpace', 'Poisoned', 'Locked', 'ReadOnly', 'PermissionDenied', 'Corrupt', 'Closed'])

const groups = new WeakMap<Store, PutGroup>()

/** A put that shares its commit, and the sync of it, with those that come while another such commit is under way. */
export function putInGroup(store: Store, item: ReadItem, started: number): Promise<PutResult> {
  let group = groups.get(store)
  if (!group) groups.set(store, (group = new PutGroup(store)))
  return group.put(item, started)
}

class PutGroup {
  readonly #store: Store
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(store: Store) {
    this.#store = store
  }

  put(item: ReadItem, started: number): Promise<PutResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, started, resolve, reject })
      if (this.#isRunning) return
      this.#isRunning = true
      // All that is put in this turn of the event loop goes together.
      setImmediate(() => void this.#run())
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP_ITEMS)
      try {
        const results = await this.#commit(group)
        for (const [index, { resolve }] of group.entries()) resolve(results[index]!)
      } catch (error) {
        await this.#fail(group, error)
      }
      this.#store.maintain()
    }
    this.#isRunning = false
  }

  async #commit(group: Waiting[]): Promise<PutResult[]> {
    const { native, embedder } = this.#store
    const { puts, embedder: chosen } = await embedder.complete({ puts: group.map(({ item }) => item) })
    const prepared = await native.prepare({ ...packPuts(puts ?? []), ...(chosen && { embedder: chosen }), nowMs: Date.now() })
    const rest = native.activeSession() === null ? { onlyUnrecorded: true } : { events: group.map((waiting, put) => this.#event(waiting, put)) }
    const { commit, firstFrame, contentHashes } = await native.commitPrepared(prepared, { ...rest, nowMs: Date.now() })
    return group.map(({ item }, index) => ({
      frameId: firstFrame + index,
      uri: item.uri ?? `mv2://frames/${firstFrame + index}`,
      contentHash: hex(contentHashes.subarray(index * 32, index * 32 + 32)),
      commit,
      durability: 'durable',
    }))
  }

  #event({ item, started }: Waiting, put: number): EventInput {
    const durationMs = performance.now() - started
    const record: PutRecord = { kind: 'put', client: this.#store.client, durability: 'group', items: [itemRecord(item)], durationMs }
    return { type: 'action', payload: encodeAction(record), put }
  }

  /** One bad put must not take the others along: each is tried alone, and gets its own answer. */
  async #fail(group: Waiting[], error: unknown): Promise<void> {
    const isOfFile = !(error instanceof MemvidError) || FILE_ERRORS.has(error.code)
    for (const { item, started, resolve, reject } of group) {
      if (isOfFile) reject(error)
      else await putAlone(this.#store, item, 'durable', started).then(resolve, reject)
    }
  }
}
