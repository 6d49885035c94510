import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import { MemvidError } from '../errors.js'
import { CATALOG } from './catalog.js'
import { emptyResult, partialResult, type StreamState } from './collector.js'
import type { ResolvedModel } from './model.js'
import { PLACEHOLDER_KEY, type Fetch } from './transport.js'
import type { CompletionRequest, Finish, WireResult } from './types.js'
import { chatCompletionsUsage } from './usage.js'

/** Only these are ever set; no sampling parameter goes out that the user did not ask for. */
function requestBody(model: ResolvedModel, request: CompletionRequest): ChatCompletionCreateParamsNonStreaming {
  const facts = CATALOG[model.provider]
  const body: Record<string, unknown> = { model: model.apiModel, messages: request.messages }
  // A compatible server may pass on to OpenAI, whose reasoning models know only the newer field.
  const limitField =
    /^(o\d|gpt-[5-9])/.test(model.apiModel) && facts.seedField === 'seed' ? 'max_completion_tokens' : facts.outputLimitField
  if (request.maxOutputTokens !== undefined) body[limitField] = request.maxOutputTokens
  if (request.temperature !== undefined) body['temperature'] = request.temperature
  if (request.seed !== undefined && facts.seedField !== null) body[facts.seedField] = request.seed
  return body as unknown as ChatCompletionCreateParamsNonStreaming
}

const FINISHES: ReadonlyMap<string, Finish> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'filtered'],
  // No tools are offered and nothing runs one; an answer that ends in a call of one is not whole.
  ['tool_calls', 'partial'],
  ['function_call', 'partial'],
  ['error', 'partial'],
])

function finishOf(reason: string, refused: boolean): Finish {
  return refused ? 'refusal' : (FINISHES.get(reason) ?? 'stop')
}

/** Text of a message or a delta: a string, or Mistral's list of parts, of which only text is answer. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part: { type?: unknown; text?: unknown }) => (part.type === 'text' && typeof part.text === 'string' ? part.text : ''))
    .join('')
}

interface LooseChoice {
  message?: { content?: unknown; refusal?: unknown }
  delta?: { content?: unknown; refusal?: unknown }
  finish_reason?: unknown
}

/** What compatible servers send is checked, not believed: any field may be missing. */
interface LooseReply {
  id?: unknown
  model?: unknown
  choices?: LooseChoice[]
  usage?: unknown
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function wholeReply(reply: LooseReply | string | null | undefined): WireResult {
  const choice = typeof reply === 'object' && reply !== null && Array.isArray(reply.choices) ? reply.choices[0] : undefined
  if (choice?.message === undefined || typeof reply !== 'object' || reply === null) {
    throw new MemvidError('ProviderMalformed', 'the reply holds no answer in the chat-completions format')
  }
  const refusal = text(choice.message.refusal)
  const reason = text(choice.finish_reason)
  return {
    text: refusal ?? contentText(choice.message.content),
    responseModel: text(reply.model),
    responseId: text(reply.id),
    finishReasons: reason === null ? [] : [reason],
    finish: finishOf(reason ?? 'stop', refusal !== null),
    usage: chatCompletionsUsage(reply.usage),
    rawUsage: reply.usage ?? null,
  }
}

/** One client a call: it costs little, and no two calls can share a header or a log. */
async function createClient(model: ResolvedModel, fetch: Fetch) {
  const { default: OpenAI } = await import('openai')
  return new OpenAI({
    apiKey: PLACEHOLDER_KEY,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: model.baseUrl,
    maxRetries: 0,
    fetch,
    logLevel: 'off',
  })
}

/**
 * One attempt by the chat-completions wire format, with the `openai` package. Streams into `state.collector` when
 * `request.onToken` is given. Throws what the package throws; `complete` tells what it means.
 */
export async function completeByChatCompletions(
  model: ResolvedModel,
  request: CompletionRequest,
  fetch: Fetch,
  signal: AbortSignal,
  state: StreamState,
): Promise<WireResult> {
  const client = await createClient(model, fetch)
  const body = requestBody(model, request)
  const options = { signal, timeout: 2 ** 31 - 1 }
  if (request.onToken === undefined) {
    return wholeReply((await client.chat.completions.create(body, options)) as unknown as LooseReply | string)
  }

  const streamOptions = CATALOG[model.provider].streamOptions ? { stream_options: { include_usage: true } } : {}
  const stream = await client.chat.completions.create({ ...body, stream: true, ...streamOptions }, options)
  const result = (state.result = emptyResult())
  let refused = false
  let finished = false
  for await (const chunk of stream as AsyncIterable<unknown>) {
    if (typeof chunk !== 'object' || chunk === null)
      throw new MemvidError('ProviderMalformed', 'the stream holds something that is no chunk')
    const { id, model: responseModel, choices, usage } = chunk as LooseReply
    result.responseId ??= text(id)
    result.responseModel ??= text(responseModel)
    if (usage !== undefined && usage !== null) {
      result.rawUsage = usage
      result.usage = chatCompletionsUsage(usage)
    }
    const choice = Array.isArray(choices) ? choices[0] : undefined
    if (text(choice?.delta?.refusal) !== null) refused = true
    state.collector.add(text(choice?.delta?.refusal) ?? contentText(choice?.delta?.content))
    const reason = text(choice?.finish_reason)
    if (reason === null) continue
    finished = true
    result.finishReasons = [reason]
    result.finish = finishOf(reason, refused)
  }
  if (!finished) return partialResult(state, 'connection-lost')
  return { ...result, text: state.collector.text }
}
