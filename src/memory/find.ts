import type { FindResponse } from '../native/binding.js'
import type { FindRecord } from '../session/record.js'
import { clockMs } from '../clock.js'
import { findHit, snapshotInfo } from './convert.js'
import { keptImport } from './kept-import.js'
import { invalid, OptionReader, wellFormed } from './options.js'
import { cutInfo, findRequest, retrieve, SEARCH_OPTIONS, searchParameters } from './retrieve.js'
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
  if (!session) return findResult(await retrieve(store, text, parameters, { hitsOnly: true, blocking }))
  const { findRecorded, recordedError, recordFailure } = await recording()
  try {
    const request = findRequest(text, parameters)
    const { response, recordingError } = await findRecorded(store, session, request, record, clockMs() - started)
    return { ...findResult(response), ...(recordingError ? { recordingError } : {}) }
  } catch (error) {
    throw await recordFailure(store, session, { ...record, error: recordedError(error), durationMs: clockMs() - started }, error)
  }
}

function findResult(response: FindResponse): FindResult {
  return {
    mode: response.mode as SearchMode,
    total: response.total,
    snapshot: snapshotInfo(response.snapshot),
    cut: cutInfo(response.cut),
    hits: response.hits.map(findHit),
    queryKind: response.queryKind,
    latencyMs: response.latencyMs,
  }
}
