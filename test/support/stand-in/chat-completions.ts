/**
 * The chat-completions wire format as OpenAI documents it, with the differences that the compatible providers are known
 * for: where reasoning is counted, which fields they refuse, and what their errors look like.
 */
import type { StandInProvider, StandInReply, StandInRequest, StandInUsage } from './types.js'

const FINISH = { stop: 'stop', length: 'length', filtered: 'content_filter', refusal: 'stop' } as const

/** Mistral answers 422 to any field that it does not know; these are the ones of its public reference that we could send. */
const MISTRAL_FIELDS = new Set([
  'model',
  'messages',
  'max_tokens',
  'temperature',
  'top_p',
  'random_seed',
  'stream',
  'stop',
  'n',
  'response_format',
])

/** The provider's usage object. Gemini and xAI leave reasoning out of `completion_tokens` and count it in the total only. */
export function usageObject(provider: StandInProvider, usage: StandInUsage): Record<string, unknown> {
  const reasoning = usage.reasoning ?? 0
  const reasoningApart = provider === 'gemini' || provider === 'xai'
  const object: Record<string, unknown> = {
    prompt_tokens: usage.input,
    completion_tokens: reasoningApart ? usage.output - reasoning : usage.output,
    total_tokens: usage.input + usage.output,
  }
  if (usage.cacheRead !== undefined || usage.cacheWrite !== undefined) {
    object['prompt_tokens_details'] = {
      cached_tokens: usage.cacheRead ?? 0,
      ...(usage.cacheWrite === undefined ? {} : { cache_write_tokens: usage.cacheWrite }),
    }
  }
  // Gemini's compatible endpoint names no thoughts at all: they show only as total minus the two parts.
  if (usage.reasoning !== undefined && provider !== 'gemini') object['completion_tokens_details'] = { reasoning_tokens: reasoning }
  return object
}

function reasoningField(provider: StandInProvider): string {
  return provider === 'groq' || provider === 'ollama' ? 'reasoning' : 'reasoning_content'
}

/** The whole answer as one JSON object. */
export function completionObject(
  provider: StandInProvider,
  request: StandInRequest,
  reply: StandInReply,
  text: string,
  usage: StandInUsage | null,
): unknown {
  const refusal = reply.finish === 'refusal'
  return {
    id: `chatcmpl-${request.index}`,
    object: 'chat.completion',
    created: 1_764_547_200,
    model: reply.model ?? request.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: refusal ? null : text,
          refusal: refusal ? text : null,
          ...(reply.thinking === undefined ? {} : { [reasoningField(provider)]: reply.thinking }),
        },
        logprobs: null,
        finish_reason: FINISH[reply.finish ?? 'stop'],
      },
    ],
    ...(usage === null ? {} : { usage: usageObject(provider, usage) }),
  }
}

/** The answer as the `data:` payloads of a stream. Usage is in the last one, and only when it was asked for. */
export function* completionChunks(
  provider: StandInProvider,
  request: StandInRequest,
  reply: StandInReply,
  pieces: string[],
  usage: StandInUsage | null,
): Generator<string> {
  const chunk = (choices: unknown[], more: Record<string, unknown> = {}): string =>
    JSON.stringify({
      id: `chatcmpl-${request.index}`,
      object: 'chat.completion.chunk',
      created: 1_764_547_200,
      model: reply.model ?? request.model,
      choices,
      ...more,
    })
  const delta = (content: Record<string, unknown>): string => chunk([{ index: 0, delta: content, logprobs: null, finish_reason: null }])
  const wanted = (request.body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true
  const usageInLast = usage !== null && (provider === 'mistral' || provider === 'gemini')

  yield delta({ role: 'assistant', content: '' })
  if (reply.thinking !== undefined) yield delta({ [reasoningField(provider)]: reply.thinking })
  for (const piece of pieces) yield delta(reply.finish === 'refusal' ? { refusal: piece } : { content: piece })
  yield chunk(
    [{ index: 0, delta: {}, logprobs: null, finish_reason: FINISH[reply.finish ?? 'stop'] }],
    usageInLast ? { usage: usageObject(provider, usage) } : {},
  )
  if (wanted && usage !== null && !usageInLast) yield chunk([], { usage: usageObject(provider, usage) })
  yield '[DONE]'
}

/** An error body in the provider's own shape. */
export function errorObject(provider: StandInProvider, status: number, message: string, code: string | null): unknown {
  switch (provider) {
    case 'gemini':
      return [{ error: { code: status, message, status: code ?? 'UNKNOWN' } }]
    case 'xai':
      return { code: code ?? 'The caller does not have permission to execute the specified operation', error: message }
    case 'mistral':
      return status === 401
        ? { detail: message }
        : { object: 'error', message, type: code ?? 'invalid_request_error', param: null, code: null, raw_status_code: status }
    default:
      return { error: { message, type: code ?? 'invalid_request_error', param: null, code } }
  }
}

/** What the real server would refuse in this request: status and message, or null. */
export function refuseRequest(provider: StandInProvider, body: Record<string, unknown>): { status: number; message: string } | null {
  if (typeof body['model'] !== 'string') return { status: 400, message: 'you must provide a model parameter' }
  if (!Array.isArray(body['messages']) || body['messages'].length === 0)
    return { status: 400, message: "'messages' must be a non-empty array" }
  if (provider === 'mistral') {
    const extra = Object.keys(body).find((field) => !MISTRAL_FIELDS.has(field))
    if (extra !== undefined) return { status: 422, message: `extra_forbidden: body.${extra}: Extra inputs are not permitted` }
  }
  if (body['stream_options'] !== undefined && body['stream'] !== true)
    return { status: 400, message: "'stream_options' is only allowed when 'stream' is enabled" }
  if (provider === 'openai' && /^(o\d|gpt-5|gpt-6)/.test(body['model'])) {
    if (body['max_tokens'] !== undefined)
      return { status: 400, message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." }
    if (body['temperature'] !== undefined && body['temperature'] !== 1)
      return { status: 400, message: "Unsupported value: 'temperature' does not support this value." }
  }
  return null
}
