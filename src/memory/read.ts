import type { Stats, VectorView, VerifyReport } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { snapshotInfo, timelineEntry } from './convert.js'
import { keptImport } from './kept-import.js'
import { invalid, momentMs, OptionReader } from './options.js'
import { withoutAbsent, type Store } from './store.js'
import type * as T from './types.js'

const MAX_PAGE = 1_000_000

const viewing = keptImport(() => import('./frame-view.js'))

export async function get(store: Store, frame: number | string, given: T.GetOptions): Promise<T.FrameView> {
  const options = new OptionReader('get', given, ['asOf'])
  checkFrame('get', frame)
  store.refresh()
  const found = await store.native.get(frame, await asOfCommit(store, 'get', options.raw('asOf')))
  if (typeof frame === 'string' && found.status !== 'active') {
    throw new MemvidError('FrameNotFound', `the document ${frame} was ${found.status}`, {
      hint: `Its last version is frame ${found.frameId}.`,
      path: store.path,
    })
  }
  const { frameView } = await viewing()
  return frameView(found)
}

export async function timeline(store: Store, given: T.TimelineOptions): Promise<T.TimelineEntry[]> {
  const options = new OptionReader('timeline', given, ['limit', 'offset', 'after', 'before', 'reverse', 'asOf'])
  const page = {
    limit: options.integer('limit', 0, MAX_PAGE) ?? 100,
    offset: options.integer('offset', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    afterMs: options.moment('after'),
    beforeMs: options.moment('before'),
    // The engine's own order is newest first.
    reverse: !(options.flag('reverse') ?? false),
  }
  store.refresh()
  const asOf = await asOfCommit(store, 'timeline', options.raw('asOf'))
  const frames = await store.native.timeline(withoutAbsent<Parameters<typeof store.native.timeline>[0]>({ ...page, asOf }))
  return frames.map(timelineEntry)
}

/** Newest first. Commit 0 is the empty file. A commit that a repair set aside is left out. */
export async function commits(store: Store, given: T.CommitsOptions): Promise<T.SnapshotInfo[]> {
  const options = new OptionReader('commits', given, ['before', 'limit', 'step'])
  const newest = store.refresh().commit
  const before = options.integer('before', 0, Number.MAX_SAFE_INTEGER) ?? newest + 1
  const limit = options.integer('limit', 0, MAX_PAGE) ?? 100
  const step = options.integer('step', 1, Number.MAX_SAFE_INTEGER) ?? 1
  const found: T.SnapshotInfo[] = []
  for (let commit = Math.min(newest, before - 1); commit >= 0 && found.length < limit; commit -= step) {
    const snapshot = await store.native.snapshotAt(commit).catch((error: MemvidError) => {
      if (error.code !== 'InvalidInput') throw error
    })
    if (snapshot) found.push(snapshotInfo(snapshot))
  }
  return found
}

export async function stats(store: Store): Promise<Stats> {
  store.refresh()
  return store.native.stats()
}

export async function verify(store: Store, given: T.VerifyOptions): Promise<VerifyReport> {
  const options = new OptionReader('verify', given, ['deep', 'onProgress'])
  const deep = options.flag('deep') ?? true
  const onProgress = options.call<NonNullable<T.VerifyOptions['onProgress']>>('onProgress')
  store.refresh()
  return store.native.verify(deep ? 2 : 0, onProgress && ((done, total) => onProgress({ done, total })))
}

export async function vectors(store: Store): Promise<VectorView[]> {
  store.refresh()
  return store.native.vectors()
}

/** Refuses what is neither a frame id nor a URI. */
export function checkFrame(method: string, frame: unknown): void {
  if (typeof frame === 'number' && Number.isSafeInteger(frame) && frame >= 0) return
  if (typeof frame === 'string' && frame !== '') return
  throw invalid(`${method}: a document is named by its frame id or its URI, got ${JSON.stringify(frame)}`)
}

/** The commit that an `asOf` option means: a number is the commit itself, a `Date` or a text is a moment. */
export async function asOfCommit(store: Store, method: string, asOf: unknown): Promise<number | undefined> {
  if (asOf === undefined || asOf === null) return undefined
  if (typeof asOf === 'number' && Number.isSafeInteger(asOf) && asOf >= 0) return asOf
  const moment = typeof asOf === 'number' ? undefined : momentMs(asOf)
  if (moment === undefined) throw invalid(`${method}: asOf is a commit number, a Date, or an ISO 8601 text, got ${JSON.stringify(asOf)}`)
  return store.native.commitAtTime(moment)
}
