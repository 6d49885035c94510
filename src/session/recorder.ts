import type { EventInput, FindRequest, FindResponse } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { requiredText, wellFormed, invalid } from '../memory/options.js'
import { SDK_VERSION, type Store } from '../memory/store.js'
import type { RecordingError } from '../memory/types.js'
import { parseErrorData } from '../native/errors.js'
import { engineVersion } from '../native/index.js'
import { scrub, type Secret } from '../ask/secrets.js'
import { encodeAction, encodeActionAround, encodePayload } from './codec.js'
import { eachAction } from './events.js'
import { newSessionId, sessionIdText } from './id.js'
import { sessionInfo, type FoundSession } from './lookup.js'
import type { ActionRecord, CheckpointRecord, EndPayload, FindRecord, ForkRecord, RecordedError, StartPayload } from './record.js'
import { Tally } from './totals.js'
import { SessionTree } from './tree.js'
import type { CheckpointInfo, SessionSummary } from './types.js'

export async function startSession(store: Store, name: string, forkedFrom?: ForkRecord): Promise<string> {
  const sessionName = requiredText('sessionStart: the name', name)
  const timeMs = Date.now()
  const session = newSessionId(timeMs)
  const program = { client: store.client, sdkVersion: SDK_VERSION, engineVersion: engineVersion() }
  const payload: StartPayload = { name: sessionName, timeMs, ...program, ...(forkedFrom ? { forkedFrom } : {}) }
  await store.commit({ events: [{ type: 'start', session, payload: encodePayload(payload) }] })
  return sessionIdText(session)
}

export async function endSession(store: Store): Promise<SessionSummary> {
  store.refresh()
  const active = await activeSession(store)
  const { session } = active
  const tally = new Tally()
  const tree = new SessionTree(session)
  const timeMs = Date.now()
  const commit = await commitEnd(store, active, tally, tree, timeMs)
  const summary = (await store.native.sessions()).find((each) => each.session.equals(session))
  if (!summary) throw new MemvidError('Internal', 'the session that was ended is not in the list of sessions')
  const info = sessionInfo(summary)
  return { ...info, actions: tally.actions, totals: tally.totals(), durationMs: timeMs - info.startedAtMs, commit }
}

/** Sums up all actions and writes the end. Should another process have added one meanwhile, the engine refuses it: then that is added too. */
async function commitEnd(store: Store, { session }: FoundSession, tally: Tally, tree: SessionTree, timeMs: number): Promise<number> {
  while (true) {
    for await (const action of eachAction(store, await activeSession(store), tally.count)) {
      tally.add(action)
      tree.add(action.event)
    }
    const root = tree.root()
    const payload: EndPayload = { timeMs, actionCount: tally.count, actions: tally.actions, totals: tally.totals(), ...(root && { root }) }
    try {
      const event = { type: 'end', session, payload: encodePayload(payload), actionCount: tally.count }
      return (await store.commit({ events: [event] })).commit
    } catch (error) {
      if (!(error instanceof MemvidError) || error.code !== 'SessionChanged') throw error
      store.refresh()
    }
  }
}

export async function checkpoint(store: Store, name: string | undefined): Promise<CheckpointInfo> {
  const started = performance.now()
  if (name !== undefined && typeof name !== 'string') throw invalid(`sessionCheckpoint: the name is a text, got ${typeof name}`)
  const snapshot = store.refresh()
  const active = await activeSession(store)
  const { session } = active
  const names: string[] = []
  for await (const { record } of eachAction(store, active)) {
    if (record?.['kind'] === 'checkpoint') names.push(String(record['name']))
  }
  const chosen = name === undefined ? `checkpoint-${names.length + 1}` : wellFormed(name.trim())
  if (chosen === '') throw invalid('sessionCheckpoint: the name is empty')
  if (names.includes(chosen)) throw invalid(`sessionCheckpoint: this session has a checkpoint "${chosen}" already`)
  const durationMs = performance.now() - started
  const record: CheckpointRecord = { kind: 'checkpoint', client: store.client, name: chosen, snapshot, durationMs }
  const { events } = await store.commit({ events: [{ type: 'action', session, payload: encodeAction(record) }] })
  const { commit, chainHash, frameCount, liveFrameCount } = snapshot
  return {
    sessionId: sessionIdText(session),
    number: names.length + 1,
    action: events[0]?.sequence ?? 0,
    name: chosen,
    commit,
    chainHash: chainHash.toString('hex'),
    frameCount,
    liveFrameCount,
  }
}

/**
 * Writes an action into the session that was active when it began, with whatever else belongs into the same commit. What the action
 * gave is not lost by a failure here, so the failure is returned. `encoded`: entries of the record that the engine has encoded.
 */
export async function recordAction(
  store: Store,
  session: Buffer | null,
  record: ActionRecord,
  { events = [], encoded }: { events?: EventInput[]; encoded?: Record<string, Buffer> } = {},
): Promise<RecordingError | undefined> {
  if (!session && events.length === 0) return undefined
  const action: EventInput[] = session ? [{ type: 'action', session, payload: encodeAction(record, encoded) }] : []
  try {
    await store.commit({ events: [...action, ...events] })
    return undefined
  } catch (error) {
    // Without a session only the cache entry is lost, and a cache may be empty at any time.
    return session ? recordedError(error) : undefined
  }
}

/** Searches, and writes the search into the session, in one trip to the engine. `elapsedMs`: what the action has taken so far. */
export async function findRecorded(
  store: Store,
  session: Buffer,
  request: FindRequest,
  record: FindRecord,
  elapsedMs: number,
): Promise<{ response: FindResponse; recordingError: RecordingError | undefined }> {
  const [before, between, after] = encodeActionAround(record, ['durationMs', 'retrieval']) as [Buffer, Buffer, Buffer]
  const response = await store.findRecorded(request, { session, before, between, after, elapsedMs, nowMs: Date.now() })
  const failure = response.recordingError
  return { response, recordingError: failure === undefined ? undefined : recordedError(parseErrorData(failure)) }
}

/** Records that an action failed, and returns the error to throw: the action's own, with what went wrong in recording it. */
export async function recordFailure(
  store: Store,
  session: Buffer | null,
  record: ActionRecord,
  error: unknown,
  encoded?: Record<string, Buffer>,
): Promise<unknown> {
  const recordingError = await recordAction(store, session, record, encoded && { encoded })
  if (recordingError && error instanceof MemvidError) error.details['recordingError'] = recordingError
  return error
}

/** An error as it is recorded, without secrets. */
export function recordedError(error: unknown, secrets: readonly (Secret | undefined)[] = []): RecordedError {
  const message = scrub(error instanceof Error ? error.message : String(error), secrets)
  return { code: error instanceof MemvidError ? error.code : 'Internal', message }
}

async function activeSession(store: Store): Promise<FoundSession> {
  const active = (await store.native.sessions()).find((summary) => summary.status === 'active')
  if (active) return { session: active.session, info: sessionInfo(active) }
  throw noActiveSession(store)
}

export function noActiveSession(store: Store): MemvidError {
  return new MemvidError('NoActiveSession', 'no session is active in this file', {
    hint: 'Start one with `memvid session start <file> --name <name>`.',
    path: store.path,
  })
}
