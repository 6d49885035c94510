import type { MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/messages'
import { MemvidError } from '../errors.js'
import { emptyResult, partialResult, type StreamState } from './collector.js'
import type { ResolvedModel } from './model.js'
import { PLACEHOLDER_KEY, type Fetch } from './transport.js'
import type { CompletionRequest, Finish, WireResult } from './types.js'
import { claudeUsage } from './usage.js'

/** The API demands a limit. Room for a long answer and for thinking, and still allowed without streaming. */
const DEFAULT_MAX_OUTPUT_TOKENS = 8192

function requestBody(model: ResolvedModel, request: CompletionRequest): MessageCreateParamsNonStreaming {
  const ofRole = (role: string) => request.messages.filter((message) => message.role === role).map((message) => message.content)
  const system = ofRole('system')
  return {
    model: model.apiModel,
    max_tokens: request.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    messages: ofRole('user').map((content) => ({ role: 'user' as const, content })),
  }
}

const FINISHES: ReadonlyMap<string, Finish> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'refusal'],
  // No tools are offered; a turn that waits for one, or was paused, is not whole.
  ['tool_use', 'partial'],
  ['pause_turn', 'partial'],
])

interface LooseMessage {
  id?: unknown
  model?: unknown
  content?: { type?: unknown; text?: unknown }[]
  stop_reason?: unknown
  usage?: unknown
}

interface LooseEvent {
  type?: unknown
  message?: LooseMessage
  content_block?: { type?: unknown; text?: unknown }
  delta?: { type?: unknown; text?: unknown; stop_reason?: unknown }
  usage?: unknown
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function wholeReply(reply: LooseMessage | string | null | undefined): WireResult {
  if (typeof reply !== 'object' || reply === null || !Array.isArray(reply.content)) {
    throw new MemvidError('ProviderMalformed', 'the reply holds no answer in the Messages format')
  }
  const reason = text(reply.stop_reason)
  return {
    text: reply.content.map((block) => (block.type === 'text' ? (text(block.text) ?? '') : '')).join(''),
    responseModel: text(reply.model),
    responseId: text(reply.id),
    finishReasons: reason === null ? [] : [reason],
    finish: FINISHES.get(reason ?? 'end_turn') ?? 'stop',
    usage: claudeUsage(reply.usage),
    rawUsage: reply.usage ?? null,
  }
}

/** Counts of a stream: `message_start` has the input, `message_delta` the final ones; a null says nothing new. */
function mergeUsage(known: unknown, more: unknown): unknown {
  if (typeof more !== 'object' || more === null) return known
  const merged: Record<string, unknown> = { ...(known as Record<string, unknown> | null) }
  for (const [name, value] of Object.entries(more)) if (value !== null && value !== undefined) merged[name] = value
  return merged
}

/** Everything that the package would take from the environment or from its profile files is set here. */
async function createClient(model: ResolvedModel, fetch: Fetch) {
  const { default: Anthropic } = await import('@anthropic-ai/sdk')
  return new Anthropic({
    apiKey: PLACEHOLDER_KEY,
    authToken: null,
    webhookKey: null,
    baseURL: model.baseUrl,
    maxRetries: 0,
    fetch,
    openTelemetry: false,
    logLevel: 'off',
  })
}

/**
 * One attempt by Claude's Messages API, with the `@anthropic-ai/sdk` package. Streams into `state.collector` when
 * `request.onToken` is given. Throws what the package throws; `complete` tells what it means.
 */
export async function completeByClaudeMessages(
  model: ResolvedModel,
  request: CompletionRequest,
  fetch: Fetch,
  signal: AbortSignal,
  state: StreamState,
): Promise<WireResult> {
  const client = await createClient(model, fetch)
  const body = requestBody(model, request)
  const options = { signal, timeout: 2 ** 31 - 1 }
  // The method without `stream` may print a warning about old models to the console; the client's own `post` does not.
  if (request.onToken === undefined) {
    return wholeReply((await client.post('/v1/messages', { body, ...options })) as LooseMessage | string)
  }

  const stream = await client.post('/v1/messages', { body: { ...body, stream: true }, ...options, stream: true })
  const result = (state.result = emptyResult())
  let finished = false
  for await (const event of stream as AsyncIterable<unknown>) {
    if (typeof event !== 'object' || event === null)
      throw new MemvidError('ProviderMalformed', 'the stream holds something that is no event')
    const { type, message, content_block: block, delta, usage } = event as LooseEvent
    if (type === 'message_start') {
      result.responseId = text(message?.id)
      result.responseModel = text(message?.model)
      result.rawUsage = mergeUsage(result.rawUsage, message?.usage)
    }
    if (type === 'content_block_start' && block?.type === 'text') state.collector.add(block.text)
    if (type === 'content_block_delta' && delta?.type === 'text_delta') state.collector.add(delta.text)
    if (type === 'message_delta') {
      result.rawUsage = mergeUsage(result.rawUsage, usage)
      result.usage = claudeUsage(result.rawUsage)
      const reason = text(delta?.stop_reason)
      if (reason === null) continue
      finished = true
      result.finishReasons = [reason]
      result.finish = FINISHES.get(reason) ?? 'stop'
    }
  }
  if (!finished) return partialResult(state, 'connection-lost')
  return { ...result, text: state.collector.text }
}
