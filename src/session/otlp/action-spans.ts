import type { ChatMessage } from '../../types.js'
import type { Action } from '../events.js'
import { keptFrames } from '../replay-find.js'
import type { ContextStatus } from '../replay-types.js'
import type { AskRecord, FindRecord, RetrievalRecord, SearchParameters, ToolCallRecord } from '../record.js'
import { CLIENT, INTERNAL, span, type Span, type SpanFields } from './span.js'
import { Double } from './value.js'

/** What the spans of one session share. */
export interface TraceContext {
  sessionId: string
  /** The file's own id: the data source of every retrieval. */
  dataSource: string
}

/** The frozen context of an ask, as an audit found it. */
export interface SentContext {
  status: ContextStatus
  /** What the model was sent; absent unless the context is VERIFIED. */
  messages?: readonly ChatMessage[]
}

/** Of the session itself, above all others. */
export const ROOT = 'session'

/** Providers by the names of the conventions; others go by their own. */
const PROVIDER_NAMES: Record<string, string> = {
  claude: 'anthropic',
  gemini: 'gcp.gemini',
  xai: 'x_ai',
  mistral: 'mistral_ai',
  'openai-compatible': 'openai',
  local: 'memvid',
}

/** The spans of one action: one, or for an ask one with its retrieval and its model call below it. */
export function actionSpans(trace: TraceContext, action: Action, sent: SentContext | undefined): Span[] {
  const { record } = action
  switch (record?.kind) {
    case 'find':
      return [findSpan(trace, action, record)]
    case 'ask':
      return askSpans(trace, action, record, sent)
    case 'tool-call':
      return [toolSpan(trace, action, record)]
    default:
      return [plainSpan(trace, action)]
  }
}

/** When an action was carried out: it is recorded as soon as it has ended. */
function times({ timeMs, record }: Action): { startMs: number; endMs: number } {
  const duration = record?.['durationMs']
  const startMs = timeMs - (typeof duration === 'number' ? duration : 0)
  return { startMs, endMs: timeMs }
}

function common({ sessionId }: TraceContext, action: Action): Record<string, unknown> {
  return { 'gen_ai.conversation.id': sessionId, 'memvid.action.number': action.number, 'memvid.commit': action.commit }
}

interface Search {
  query: string
  parameters: SearchParameters | null
  retrieval?: RetrievalRecord
}

function retrievalSpan(trace: TraceContext, action: Action, { query, parameters, retrieval }: Search) {
  const documents = retrieval && keptFrames(retrieval).map((frameId, index) => {
    const score = new Double(retrieval.candidates.score[index] ?? 0)
    return { id: retrieval.uris[index] ?? `mv2://frames/${frameId}`, score, 'memvid.frame.id': frameId }
  })
  return {
    name: `retrieval ${trace.dataSource}`,
    kind: CLIENT,
    attributes: {
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.provider.name': 'memvid',
      'gen_ai.data_source.id': trace.dataSource,
      ...common(trace, action),
      'gen_ai.retrieval.query.text': query,
      'gen_ai.retrieval.top_k': parameters?.k,
      'gen_ai.retrieval.documents': documents,
      'memvid.retrieval.mode': retrieval?.mode ?? parameters?.mode,
      'memvid.retrieval.snapshot': retrieval?.snapshot.commit,
    },
  }
}

function findSpan(trace: TraceContext, action: Action, record: FindRecord): Span {
  const retrieval = retrievalSpan(trace, action, record)
  return span(trace.sessionId, { part: String(action.number), parent: ROOT, ...retrieval, ...times(action), error: record.error })
}

function askSpans(trace: TraceContext, action: Action, record: AskRecord, sent: SentContext | undefined): Span[] {
  const { sessionId } = trace
  const part = String(action.number)
  const { startMs, endMs } = times(action)
  const { retrieval, response, answer, cached, cost } = record
  const found = startMs + (retrieval?.latencyMs ?? 0)
  const ask: SpanFields = {
    part,
    parent: ROOT,
    name: 'ask',
    kind: INTERNAL,
    startMs,
    endMs,
    attributes: {
      ...common(trace, action),
      'memvid.question': record.question,
      'memvid.answer': answer,
      'memvid.cached': cached,
      'memvid.cost.usd': cost?.usd,
      'memvid.context.status': sent?.status,
    },
    events: evaluation(record),
    error: record.error,
  }
  const spans = [span(sessionId, ask)]
  if (retrieval) {
    const below = retrievalSpan(trace, action, { query: record.question, parameters: record.parameters, retrieval })
    spans.push(span(sessionId, { part: `${part} retrieval`, parent: part, ...below, startMs, endMs: Math.min(found, endMs) }))
  }
  // A cached answer, and a question for which nothing was found, called no model.
  const called = !cached && record.model && (response ? response.finish !== 'not-asked' : record.request !== undefined)
  if (called) {
    const ended = response ? Math.min(found + response.latencyMs, endMs) : endMs
    const call = { part: `${part} chat`, parent: part, startMs: Math.min(found, endMs), endMs: ended }
    spans.push(span(sessionId, { ...call, ...chatSpan(trace, action, record, sent) }))
  }
  return spans
}

function chatSpan(trace: TraceContext, action: Action, record: AskRecord, sent: SentContext | undefined) {
  const { model, response, answerParameters, error } = record
  const usage = response?.usage
  const operation = model!.provider === 'gemini' ? 'generate_content' : 'chat'
  const firstTokenMs = response?.timeToFirstTokenMs
  return {
    name: `${operation} ${model!.apiModel}`,
    kind: model!.provider === 'local' ? INTERNAL : CLIENT,
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': PROVIDER_NAMES[model!.provider] ?? model!.provider,
      ...common(trace, action),
      'gen_ai.output.type': 'text',
      'gen_ai.request.model': model!.apiModel,
      'gen_ai.request.max_tokens': answerParameters['maxOutputTokens'],
      'gen_ai.request.temperature': typeof answerParameters['temperature'] === 'number' ? new Double(answerParameters['temperature']) : undefined,
      'gen_ai.request.seed': answerParameters['seed'],
      'gen_ai.request.stream': answerParameters['streamed'],
      'gen_ai.response.id': response?.responseId,
      'gen_ai.response.model': response?.responseModel,
      'gen_ai.response.finish_reasons': response?.finishReasons,
      'gen_ai.response.time_to_first_chunk': typeof firstTokenMs === 'number' ? new Double(firstTokenMs / 1000) : undefined,
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': usage?.cacheReadTokens,
      'gen_ai.usage.cache_write.input_tokens': usage?.cacheWriteTokens,
      'gen_ai.usage.reasoning.output_tokens': usage?.reasoningTokens,
      'server.address': model!.baseUrl ? hostOf(model!.baseUrl).address : undefined,
      'server.port': model!.baseUrl ? hostOf(model!.baseUrl).port : undefined,
      ...messages(record, sent),
    },
    error,
  }
}

/** What went to the model, where the file still proves it, and what came back. */
function messages({ answer, partialAnswer, response }: AskRecord, sent: SentContext | undefined): Record<string, unknown> {
  const part = (content: string) => ({ type: 'text', content })
  const instructions = sent?.messages?.filter(({ role }) => role === 'system').map(({ content }) => part(content))
  const input = sent?.messages?.filter(({ role }) => role !== 'system').map(({ role, content }) => ({ role, parts: [part(content)] }))
  const said = answer ?? partialAnswer
  const output = said === undefined ? undefined : [{ role: 'assistant', parts: [part(said)], finish_reason: finishReason(response?.finish) }]
  return { 'gen_ai.system_instructions': instructions, 'gen_ai.input.messages': input, 'gen_ai.output.messages': output }
}

/** In the words of the conventions' schema of output messages. */
function finishReason(finish: string | undefined): string {
  return { stop: 'stop', length: 'length', filtered: 'content_filter', refusal: 'content_filter' }[finish ?? ''] ?? 'error'
}

/** The grounding score as an evaluation of the answer. */
function evaluation({ grounding }: AskRecord): SpanFields['events'] {
  if (!grounding || grounding.score === null) return undefined
  const fields = {
    'gen_ai.evaluation.name': 'groundedness',
    'gen_ai.evaluation.score.value': new Double(grounding.score),
    'gen_ai.evaluation.score.label': grounding.label,
  }
  return [{ name: 'gen_ai.evaluation.result', attributes: fields }]
}

function toolSpan(trace: TraceContext, action: Action, record: ToolCallRecord): Span {
  const { name, input, output, startedAtMs, durationMs, error } = record
  const { startMs, endMs } = times(action)
  const began = startedAtMs ?? startMs
  return span(trace.sessionId, {
    part: String(action.number),
    parent: ROOT,
    name: `execute_tool ${name}`,
    kind: INTERNAL,
    startMs: began,
    endMs: startedAtMs === undefined ? endMs : began + (durationMs ?? 0),
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      ...common(trace, action),
      'gen_ai.tool.name': name,
      'gen_ai.tool.call.arguments': parsed(input),
      'gen_ai.tool.call.result': parsed(output),
    },
    error,
  })
}

/** A recorded JSON text as the value that it stands for. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

/** Puts, updates, deletes, checkpoints; what was erased; and a record that can't be read, which is an error. */
function plainSpan(trace: TraceContext, action: Action): Span {
  const { record, frames, error, kind } = action
  const recordError = record && 'error' in record ? (record.error as SpanFields['error']) : undefined
  const isErased = error?.code === 'Erased'
  return span(trace.sessionId, {
    part: String(action.number),
    parent: ROOT,
    name: record?.kind ?? kind ?? 'unreadable action',
    kind: INTERNAL,
    ...times(action),
    attributes: {
      ...common(trace, action),
      'memvid.frame.ids': frames.length === 0 ? undefined : frames.map(({ frameId }) => frameId),
      'memvid.erased': isErased || undefined,
      'memvid.checkpoint.name': record?.kind === 'checkpoint' ? record.name : undefined,
    },
    error: recordError ?? (isErased ? undefined : error),
  })
}

function hostOf(baseUrl: string): { address?: string; port?: number } {
  try {
    const { hostname, port, protocol } = new URL(baseUrl)
    return { address: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }
  } catch {
    return {}
  }
}
