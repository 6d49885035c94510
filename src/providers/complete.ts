import { setTimeout as sleep } from 'node:timers/promises'
import { MemvidError } from '../errors.js'
import { estimateTokens } from '../ask/tokens.js'
import { CATALOG } from './catalog.js'
import { completeByChatCompletions } from './chat-completions.js'
import { completeByClaudeMessages } from './claude-messages.js'
import { emptyResult, partialResult, TextCollector, type StreamState } from './collector.js'
import { failureOf } from './failure.js'
import type { ResolvedModel } from './model.js'
import { createTransport, type Exchange } from './transport.js'
import type { Completion, CompletionRequest, PartialReason, WireResult } from './types.js'

export type { Completion, CompletionRequest, Finish, PartialReason } from './types.js'

const DEFAULT_TIMEOUT_MS = 120_000
const RETRIES_MAX = 2
/** A provider that wants a longer pause gets an error instead, which says how long. */
const RETRY_AFTER_MAX_MS = 30_000
const RETRY_FIRST_MS = 500

const ADAPTERS = { 'chat-completions': completeByChatCompletions, 'claude-messages': completeByClaudeMessages } as const

/** Ends a call by the caller's signal or by the clock, and says which it was. */
class CallLimit {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #given: AbortSignal | undefined
  timedOut = false

  constructor(given: AbortSignal | undefined, timeoutMs: number) {
    this.#given = given
    this.#timer = setTimeout(() => {
      this.timedOut = true
      this.#controller.abort()
    }, timeoutMs)
    given?.addEventListener('abort', this.#abort, { once: true })
    if (given?.aborted) this.#abort()
  }

  readonly #abort = (): void => this.#controller.abort()

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get aborted(): boolean {
    return this.#given?.aborted === true
  }

  release(): void {
    clearTimeout(this.#timer)
    this.#given?.removeEventListener('abort', this.#abort)
  }
}

/**
 * Asks a model once, over the network. Statuses 408, 409, 429, 5xx and 529 are tried again at most twice, with the pause
 * that the provider asks for, as long as no text has come; a quota that is used up is not. A stream that breaks off after
 * its first text is an answer with `finish: 'partial'`, since it was paid for.
 *
 * @throws MemvidError `ProviderAuth`, `ProviderModelNotFound`, `ProviderRateLimited`, `ProviderQuota`, `ProviderOverloaded`,
 *   `ProviderTimeout`, `ProviderMalformed`, `ProviderError`, `Aborted`; `details` has `status`, `retries` and, where text had
 *   come before an abort, `partialText`. No message and no detail holds the key.
 */
export async function complete(model: ResolvedModel, request: CompletionRequest): Promise<Completion> {
  const wireFormat = CATALOG[model.provider].wireFormat
  if (wireFormat === 'none') throw new MemvidError('InvalidInput', `${model.label} is not asked over the network`)
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const limit = new CallLimit(request.signal, timeoutMs)
  const startedAt = performance.now()
  const exchange: Exchange = { requestBody: null, failure: undefined, transportError: undefined }
  const transport = createTransport({
    apiKey: model.apiKey,
    fetch: request.fetch ?? globalThis.fetch,
    exchange,
  })
  try {
    for (let retries = 0; ; retries += 1) {
      const state: StreamState = { collector: new TextCollector(request.onToken), result: emptyResult() }
      const outcome = await attempt(() => ADAPTERS[wireFormat](model, request, transport, limit.signal, state), state, limit, exchange)
      if ('result' in outcome) return finished(model, request, withoutKey(outcome.result, model), state, exchange, startedAt, retries)
      await pauseOrThrow(model, outcome.thrown, exchange, limit, timeoutMs, state, retries)
    }
  } finally {
    limit.release()
  }
}

/** Shorter ones are words such as `none` or `test` for servers that ask for no key, and may well stand in an answer. */
const REAL_KEY_CHARACTERS = 16

/** A server may give back what it was sent, so the answer is looked through for the key before it is kept anywhere. */
function withoutKey<T>(value: T, model: ResolvedModel): T {
  const key = model.apiKey?.reveal()
  if (key === undefined || key.length < REAL_KEY_CHARACTERS || !JSON.stringify(value).includes(JSON.stringify(key).slice(1, -1))) return value
  const clean = (part: unknown): unknown => {
    if (typeof part === 'string') return part.replaceAll(key, String(model.apiKey))
    if (Array.isArray(part)) return part.map(clean)
    if (part === null || typeof part !== 'object') return part
    return Object.fromEntries(Object.entries(part).map(([name, field]) => [name, clean(field)]))
  }
  return clean(value) as T
}

/** Runs one attempt; a stream that gave text has a result even where it broke. */
async function attempt(
  run: () => Promise<WireResult>,
  state: StreamState,
  limit: CallLimit,
  exchange: Exchange,
): Promise<{ result: WireResult } | { thrown: unknown }> {
  try {
    const result = await run()
    // The packages end an aborted stream as if it had come to its end.
    if (result.partialReason === undefined || !limit.signal.aborted) {
      if (result.partialReason === undefined || result.text !== '') return { result }
      return { thrown: new MemvidError('ProviderMalformed', 'the stream ended before any text') }
    }
    return brokenStream(state, limit, exchange, undefined)
  } catch (thrown) {
    return brokenStream(state, limit, exchange, thrown)
  }
}

function brokenStream(state: StreamState, limit: CallLimit, exchange: Exchange, thrown: unknown) {
  if (state.collector.callbackError !== null) throw state.collector.callbackError.error
  if (limit.aborted) return { thrown }
  // The finish reason had come: only the counts after it, if any, are missing.
  if (state.result.finishReasons.length > 0) return { result: { ...state.result, text: state.collector.text } }
  if (state.collector.isEmpty) return { thrown }
  return { result: partialResult(state, partialReason(limit, exchange, thrown)) }
}

function partialReason(limit: CallLimit, exchange: Exchange, thrown: unknown): PartialReason {
  if (limit.timedOut) return 'timeout'
  if (exchange.transportError !== undefined) return 'too-large'
  if (thrown instanceof SyntaxError || thrown instanceof MemvidError) return 'malformed'
  return typeof (thrown as { error?: unknown } | undefined)?.error === 'object' ? 'stream-error' : 'connection-lost'
}

/** Waits before the next attempt, or throws what the failed one means. */
async function pauseOrThrow(
  model: ResolvedModel,
  thrown: unknown,
  exchange: Exchange,
  limit: CallLimit,
  timeoutMs: number,
  state: StreamState,
  retries: number,
): Promise<void> {
  throwIfEnded(model, limit, timeoutMs, state, retries)
  const failure = failureOf(model, thrown, exchange)
  failure.error.details['retries'] = retries
  if (failure.retryAfterMs === undefined || retries >= RETRIES_MAX) throw failure.error
  // Spread by a quarter, so that many clients that were refused together do not come back together.
  const pauseMs = failure.retryAfterMs ?? RETRY_FIRST_MS * 2 ** retries * (0.75 + Math.random() / 2)
  if (pauseMs > RETRY_AFTER_MAX_MS) throw failure.error
  await sleep(pauseMs, undefined, { signal: limit.signal }).catch(() => undefined)
  throwIfEnded(model, limit, timeoutMs, state, retries)
}

function throwIfEnded(model: ResolvedModel, limit: CallLimit, timeoutMs: number, state: StreamState, retries: number): void {
  const details = { provider: model.provider, model: model.apiModel, retries }
  if (limit.aborted) {
    const partialText = withoutKey(state.collector.text, model)
    throw new MemvidError('Aborted', `asking ${model.label} was aborted`, {
      details: partialText === '' ? details : { ...details, partialText },
    })
  }
  if (!limit.timedOut) return
  throw new MemvidError(
    'ProviderTimeout',
    `${CATALOG[model.provider].title} gave no answer for ${model.label} within ${timeoutMs / 1000} s`,
    {
      hint: 'Try again, send fewer passages, or use another model.',
      details,
    },
  )
}

function finished(
  model: ResolvedModel,
  request: CompletionRequest,
  result: WireResult,
  state: StreamState,
  exchange: Exchange,
  startedAt: number,
  retries: number,
): Completion {
  // An answer without a word must not pass for one, nor be kept as one.
  const empty = result.finish === 'stop' && result.text.trim() === ''
  const cut = cutPromptWarnings(model, request, result)
  return {
    ...result,
    ...(empty ? { finish: 'partial', partialReason: 'empty' } : {}),
    latencyMs: performance.now() - startedAt,
    timeToFirstTokenMs: state.collector.firstTokenAt === null ? null : state.collector.firstTokenAt - startedAt,
    retries,
    requestBody: exchange.requestBody,
    baseUrl: model.baseUrl,
    warnings: [...unsentWarnings(model, request), ...cut],
    promptCut: cut.length > 0,
  }
}

/** A parameter that the provider does not take is left out, and that is said. */
function unsentWarnings(model: ResolvedModel, request: CompletionRequest): string[] {
  const { title, sampling, seedField } = CATALOG[model.provider]
  const unsent = [
    request.temperature !== undefined && !sampling ? 'temperature' : '',
    request.seed !== undefined && seedField === null ? 'seed' : '',
  ].filter((name) => name !== '')
  return unsent.length === 0 ? [] : [`${title} takes no ${unsent.join(' and no ')}; it was not sent.`]
}

/** Contexts are sized in steps of this many tokens, and a prompt that was cut fills one to its end, or nearly. */
const CONTEXT_STEP_TOKENS = 1024
const UNUSED_AT_MOST_TOKENS = 16

/**
 * Whether the count that came back says that the prompt was cut. It is compared with an estimate, so it must be off by half, or by a tenth
 * and just as long as a context would be.
 */
function isCut(read: number, sent: number): boolean {
  const unused = (CONTEXT_STEP_TOKENS - (read % CONTEXT_STEP_TOKENS)) % CONTEXT_STEP_TOKENS
  return read * 2 < sent || (read * 1.1 < sent && unused <= UNUSED_AT_MOST_TOKENS)
}

/**
 * Ollama reads as much of a prompt as its context holds and drops the rest without a word; how large the context is can't be said over the
 * format that it shares with others.
 */
function cutPromptWarnings(model: ResolvedModel, request: CompletionRequest, result: WireResult): string[] {
  if (model.provider !== 'ollama' || result.usage === null) return []
  const sent = request.messages.reduce((sum, message) => sum + estimateTokens(message.content), 0)
  if (!isCut(result.usage.inputTokens, sent)) return []
  return [
    `Ollama read ${result.usage.inputTokens} tokens of a prompt of about ${sent}: it cuts what is longer than its context. ` +
      'Raise OLLAMA_CONTEXT_LENGTH on the server, or use a smaller --top-k.',
  ]
}
