import type { Secret } from '../ask/secrets.js'
import { MemvidError } from '../errors.js'
import { invalid, OptionReader, requiredText, wellFormed } from '../memory/options.js'
import { withoutAbsent, type Store } from '../memory/store.js'
import { encodeAction } from './codec.js'
import { sessionIdText } from './id.js'
import type { RecordedError, ToolCallRecord } from './record.js'
import { noActiveSession } from './recorder.js'
import { environmentSecrets, scrubText, scrubValue } from './scrub-value.js'
import type { RecordResult, ToolCall } from './types.js'

const NAMES = ['name', 'input', 'output', 'error', 'startedAtMs', 'durationMs'] as const
const MAX_TIME_MS = 8.64e15
/** The code of an error that was given without one. */
const TOOL_ERROR = 'ToolError'

/** Writes an agent's own event into the active session. `NoActiveSession` when there is none: an event is never dropped in silence. */
export async function recordToolCall(store: Store, given: ToolCall): Promise<RecordResult> {
  const record = readToolCall(store, given)
  store.refresh()
  const session = store.native.activeSession()
  if (!session) throw noActiveSession(store)
  const { commit, events } = await store.commit({ events: [{ type: 'action', session, payload: encodeAction(record) }] })
  return { sessionId: sessionIdText(session), number: events[0]!.sequence, commit }
}

function readToolCall(store: Store, given: ToolCall): ToolCallRecord {
  const options = new OptionReader('record', given, NAMES)
  const secrets = environmentSecrets()
  const startedAtMs = options.number('startedAtMs', -MAX_TIME_MS, MAX_TIME_MS)
  const durationMs = options.number('durationMs', 0, MAX_TIME_MS)
  return {
    kind: 'tool-call',
    client: store.client,
    name: scrubText(requiredText('record: the name', given.name), secrets),
    ...withoutAbsent<Pick<ToolCallRecord, 'input' | 'output' | 'startedAtMs' | 'durationMs'>>({
      input: jsonText('input', given.input, secrets),
      output: jsonText('output', given.output, secrets),
      startedAtMs,
      durationMs: durationMs ?? (startedAtMs === undefined ? undefined : Math.max(0, Date.now() - startedAtMs)),
    }),
    error: readError(given.error, secrets),
  }
}

/** The value as JSON text without secrets; undefined where nothing was given. */
function jsonText(name: string, value: unknown, secrets: readonly Secret[]): string | undefined {
  if (value === undefined) return undefined
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new MemvidError('InvalidInput', `record: the ${name} has no JSON form: ${(cause as Error).message}`, { cause })
  }
  if (text === undefined) throw invalid(`record: the ${name} has no JSON form: it is a ${typeof value}`)
  return wellFormed(JSON.stringify(scrubValue(JSON.parse(text), secrets)))
}

function readError(error: ToolCall['error'], secrets: readonly Secret[]): RecordedError | undefined {
  if (error === undefined || error === null) return undefined
  if (typeof error === 'string') return { code: TOOL_ERROR, message: wellFormed(scrubText(error, secrets)) }
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof message !== 'string') throw invalid('record: the error is a text, an Error, or { code, message }')
  const named = typeof code === 'string' && code !== '' ? code : TOOL_ERROR
  return { code: wellFormed(scrubText(named, secrets)), message: wellFormed(scrubText(message, secrets)) }
}
