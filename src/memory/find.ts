import type { FindRecord } from '../session/record.js'
import { clockMs } from '../clock.js'
import { findHit, snapshotInfo } from './convert.js'
import { keptImport } from './kept-import.js'
import { invalid, OptionReader, wellFormed } from './options.js'
import { cutInfo, retrievalRecord, retrieve, SEARCH_OPTIONS, searchParameters } from './retrieve.js'
import type { Store } from './store.js'
import type { FindOptions, FindResult, SearchMode } from './types.js'

const MAX_SNIPPET_CHARS = 10_000

/** Loaded only where a session is active. */
const recording = keptImport(() => import('../session/recorder.js'))

export async function find(store: Store, query: string, given: FindOptions): Promise<FindResult> {
  const started = clockMs()
  const options = new OptionReader('find', given, [...SEARCH_OPTIONS, 'snippetChars', 'blocking'])
  const blocking = options.flag('blocking') ?? false
  if (typeof query !== 'string') throw invalid(`find: the query is a text, got ${typeof query}`)
  const text = wellFormed(query)
  await store.maintained()
  store.refresh()
  const session = store.native.activeSession()
  const defaults = await searchParameters(store, 'find', options, text)
  const parameters = { ...defaults, snippetChars: options.integer('snippetChars', 0, MAX_SNIPPET_CHARS) ?? defaults.snippetChars }
  if (text.trim() === '' && parameters.vector === null) throw invalid('find: the query is empty')
  const record: FindRecord = { kind: 'find', client: store.client, query: text, parameters, durationMs: 0 }
  const duration = () => clockMs() - started
  try {
    const retrieval = await retrieve(store, text, parameters, { hitsOnly: session === null, columns: session !== null, blocking })
    const { response, latencyMs } = retrieval
    const complete = (): FindRecord => ({ ...record, retrieval: retrievalRecord(retrieval), durationMs: duration() })
    const recordingError = session ? await (await recording()).recordAction(store, session, complete()) : undefined
    return {
      mode: response.mode as SearchMode,
      total: response.total,
      snapshot: snapshotInfo(response.snapshot),
      cut: cutInfo(response.cut),
      hits: response.hits.map(findHit),
      queryKind: response.queryKind,
      latencyMs,
      ...(recordingError ? { recordingError } : {}),
    }
  } catch (error) {
    if (!session) throw error
    const { recordedError, recordFailure } = await recording()
    throw await recordFailure(store, session, { ...record, error: recordedError(error), durationMs: duration() }, error)
  }
}
