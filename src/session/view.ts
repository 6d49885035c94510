import { OptionReader, wellFormed } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { encodePayload, readable } from './codec.js'
import { readActions, type Action } from './events.js'
import { findSession, sessionInfo } from './lookup.js'
import type { AnyRecord } from './read-record.js'
import type { ToolCallRecord } from './record.js'
import type * as T from './types.js'

const MAX_PAGE = 100_000

export async function listSessions(store: Store): Promise<T.SessionInfo[]> {
  store.refresh()
  const sessions = (await store.native.sessions()).map(sessionInfo)
  return sessions.sort((a, b) => a.startedAtMs - b.startedAtMs || (a.sessionId < b.sessionId ? -1 : 1))
}

export async function viewSession(store: Store, text: string, given: T.SessionViewOptions): Promise<T.SessionView> {
  const options = new OptionReader('sessionView', given, ['offset', 'limit', 'records'])
  const offset = options.integer('offset', 0, Number.MAX_SAFE_INTEGER) ?? 0
  const limit = options.integer('limit', 0, MAX_PAGE) ?? 100
  const withRecords = options.flag('records') ?? true
  const found = await findSession(store, text)
  const actions = await readActions(store, found, offset, limit, !withRecords)
  return { ...found.info, offset, actions: actions.map((action) => actionView(action, withRecords)) }
}

export async function deleteSession(store: Store, text: string): Promise<T.SessionDeleteResult> {
  const { session, info } = await findSession(store, text)
  const { commit } = await store.commit({ events: [{ type: 'delete', session, payload: encodePayload({ timeMs: Date.now() }) }] })
  return { sessionId: info.sessionId, name: info.name, commit }
}

export function actionView({ number, kind, timeMs, commit, frames, record, left, error }: Action, withRecord = true): T.ActionView {
  const shown = record ?? left
  return {
    number,
    kind: record?.kind ?? kind ?? 'unknown',
    timeMs,
    commit,
    frameIds: frames.map((frame) => frame.frameId),
    summary: record ? summaryOf(record, frames) : {},
    record: shown && withRecord ? (readable(shown) as Record<string, unknown>) : null,
    ...(error ? { error: { code: error.code, message: error.message } } : {}),
  }
}

/** `mode` as it is written in output. */
export function modeName(mode: string): string {
  return { hybrid: 'Hybrid', lex: 'Lexical', vec: 'Vector' }[mode] ?? mode
}

function summaryOf(record: AnyRecord, frames: Action['frames']): T.ActionView['summary'] {
  const failed = 'error' in record && record.error ? { error: String((record.error as { code: string }).code) } : {}
  switch (record.kind) {
    case 'find':
      return { query: record.query, mode: modeName(record.parameters.mode), resultCount: record.retrieval?.cut.kept ?? 0, ...failed }
    case 'ask':
      return { query: record.question, provider: record.model?.provider ?? null, model: record.model?.model ?? null, ...failed }
    case 'put':
      return { uri: record.items[0]?.uri ?? `mv2://frames/${frames[0]?.frameId}`, title: record.items[0]?.title ?? null }
    case 'put-many':
      return { count: record.items.length }
    case 'update':
      return { uri: record.items[0]?.uri ?? null, frameId: frames[0]?.frameId ?? null, supersedes: record.supersedes ?? null }
    case 'delete':
      return { uri: record.uri, frameId: frames[0]?.frameId ?? null }
    case 'checkpoint':
      return { name: record.name, commit: record.snapshot.commit }
    case 'tool-call':
      return { ...toolCallSummary(record), ...failed }
    default:
      return { name: String(record['name'] ?? '') }
  }
}

/** Of a long value the line shows the beginning; the record has it whole. */
const SHOWN_CHARS = 80

function toolCallSummary({ name, input, output, durationMs }: ToolCallRecord): T.ActionView['summary'] {
  const shown = (text: string) => (text.length > SHOWN_CHARS ? `${wellFormed(text.slice(0, SHOWN_CHARS))}…` : text)
  return {
    name,
    ...(input === undefined ? {} : { input: shown(input) }),
    ...(output === undefined ? {} : { output: shown(output) }),
    ...(durationMs === undefined ? {} : { durationMs }),
  }
}
