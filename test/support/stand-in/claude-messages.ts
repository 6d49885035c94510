/** Claude's Messages wire format, API version 2026-10-21, as its public reference and the package's types document it. */
import type { StandInReply, StandInRequest, StandInUsage } from './types.js'

const STOP_REASON = { stop: 'end_turn', length: 'max_tokens', filtered: 'refusal', refusal: 'refusal' } as const

/** `input_tokens` leaves out what was read from or written to the cache; reasoning is inside `output_tokens`. */
export function claudeUsage(usage: StandInUsage): Record<string, unknown> {
  const read = usage.cacheRead ?? 0
  const written = usage.cacheWrite ?? 0
  return {
    input_tokens: usage.input - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    output_tokens: usage.output,
    ...(usage.reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: usage.reasoning } }),
    service_tier: 'standard',
  }
}

function messageObject(
  request: StandInRequest,
  reply: StandInReply,
  content: unknown[],
  stopReason: string | null,
  usage: unknown,
): Record<string, unknown> {
  return {
    id: `msg_${request.index}`,
    type: 'message',
    role: 'assistant',
    model: reply.model ?? request.model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    stop_details: null,
    container: null,
    ...(usage === null ? {} : { usage }),
  }
}

/** The whole answer as one JSON object. */
export function claudeMessage(request: StandInRequest, reply: StandInReply, text: string, usage: StandInUsage | null): unknown {
  const content: unknown[] = []
  if (reply.thinking !== undefined) content.push({ type: 'thinking', thinking: reply.thinking, signature: 'c2lnbmF0dXJl' })
  content.push({ type: 'text', text, citations: null })
  return messageObject(request, reply, content, STOP_REASON[reply.finish ?? 'stop'], usage === null ? null : claudeUsage(usage))
}

/** The answer as events of a stream: `[event, data]`. */
export function* claudeEvents(
  request: StandInRequest,
  reply: StandInReply,
  pieces: string[],
  usage: StandInUsage | null,
): Generator<[string, string]> {
  const event = (type: string, more: Record<string, unknown>): [string, string] => [type, JSON.stringify({ type, ...more })]
  const counted = usage === null ? { input_tokens: 0, output_tokens: 0 } : claudeUsage(usage)
  yield event('message_start', { message: messageObject(request, reply, [], null, { ...counted, output_tokens: 1 }) })
  let index = 0
  if (reply.thinking !== undefined) {
    yield event('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } })
    yield event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking: reply.thinking } })
    yield event('content_block_delta', { index, delta: { type: 'signature_delta', signature: 'c2lnbmF0dXJl' } })
    yield event('content_block_stop', { index })
    index += 1
  }
  yield event('content_block_start', { index, content_block: { type: 'text', text: '' } })
  yield event('ping', {})
  for (const piece of pieces) yield event('content_block_delta', { index, delta: { type: 'text_delta', text: piece } })
  yield event('content_block_stop', { index })
  yield event('message_delta', { delta: { stop_reason: STOP_REASON[reply.finish ?? 'stop'], stop_sequence: null }, usage: counted })
  yield event('message_stop', {})
}

/** An error body: `{ type: 'error', error: { type, message } }`. */
export function claudeError(status: number, message: string, code: string | null): unknown {
  const types: Record<number, string> = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    429: 'rate_limit_error',
    529: 'overloaded_error',
  }
  return { type: 'error', error: { type: code ?? types[status] ?? 'api_error', message }, request_id: 'req_stand_in' }
}

/**
 * What the real server would refuse in this request: status and message, or null. API version 2026-10-21 refuses every
 * sampling parameter, even at its default; 2023-06-01 still takes them.
 */
export function refuseClaudeRequest(
  headers: Record<string, string>,
  body: Record<string, unknown>,
): { status: number; message: string } | null {
  const version = headers['anthropic-version'] ?? ''
  if (!['2023-06-01', '2026-10-21'].includes(version)) {
    return { status: 400, message: 'anthropic-version: header is required and must be a known version' }
  }
  if (typeof body['max_tokens'] !== 'number') return { status: 400, message: 'max_tokens: Field required' }
  if (!Array.isArray(body['messages'])) return { status: 400, message: 'messages: Field required' }
  const allowed = ['model', 'messages', 'system', 'max_tokens', 'stream', ...(version === '2023-06-01' ? ['temperature'] : [])]
  const extra = Object.keys(body).find((field) => !allowed.includes(field))
  return extra === undefined ? null : { status: 400, message: `${extra}: Extra inputs are not permitted` }
}
