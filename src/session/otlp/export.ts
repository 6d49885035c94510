import { requiredText } from '../../memory/options.js'
import { SDK_VERSION, type Store } from '../../memory/store.js'
import { auditContext } from '../audit.js'
import type { Action } from '../events.js'
import { findSession } from '../lookup.js'
import { eachActionReadAhead } from '../read-ahead.js'
import type { SessionInfo } from '../types.js'
import { actionSpans, ROOT, type SentContext, type TraceContext } from './action-spans.js'
import { INTERNAL, span, type Span } from './span.js'
import { attributes } from './value.js'

/**
 * A session as one OTLP JSON document of spans by OpenTelemetry's conventions for generative AI, in parts. The messages of a model
 * call are in it only where the file still proves what the model was sent.
 */
export async function* exportOtlp(store: Store, session: string): AsyncGenerator<string> {
  const found = await findSession(store, requiredText('sessionOtlp: the session', session))
  const { info } = found
  const { fileUuid } = await store.native.stats()
  const trace: TraceContext = { sessionId: info.sessionId, dataSource: fileUuid }
  const resource = { attributes: attributes({ 'service.name': 'memvid', 'service.version': SDK_VERSION, 'memvid.file.uuid': fileUuid }) }
  const scope = { name: 'memvid', version: SDK_VERSION }
  yield `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":[\n`
  let lastMs = info.startedAtMs
  for await (const action of eachActionReadAhead(store, found, 0, { asks: true, finds: false })) {
    lastMs = Math.max(lastMs, action.timeMs)
    for (const each of actionSpans(trace, action, await sentContext(store, action))) yield `${JSON.stringify(each)},\n`
  }
  yield `${JSON.stringify(rootSpan(trace, info, lastMs))}\n]}]}]}\n`
}

async function sentContext(store: Store, { record, commit }: Action): Promise<SentContext | undefined> {
  if (record?.kind !== 'ask' || !record.context || record.context.frameId.length === 0) return undefined
  const { status, verified } = await auditContext(store, record, record.context, commit)
  return { status, ...(verified ? { messages: verified.prompt.messages } : {}) }
}

/** The whole session. One that is still active ends with its last action. */
function rootSpan({ sessionId }: TraceContext, { name, startedAtMs, endedAtMs, status, actionCount }: SessionInfo, lastMs: number): Span {
  return span(sessionId, {
    part: ROOT,
    name: `session ${name}`,
    kind: INTERNAL,
    startMs: startedAtMs,
    endMs: endedAtMs ?? lastMs,
    attributes: {
      'gen_ai.conversation.id': sessionId,
      'memvid.session.name': name,
      'memvid.session.status': status,
      'memvid.session.actions': actionCount,
    },
  })
}
