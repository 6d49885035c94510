import { MemvidError } from '../errors.js'
import { scrub } from '../ask/secrets.js'
import { CATALOG } from './catalog.js'
import type { ResolvedModel } from './model.js'
import { nearestNames } from './nearest.js'
import type { Exchange, HttpFailure } from './transport.js'

/** What one failed attempt means. */
export interface Failure {
  error: MemvidError
  /** The provider's own wish, or null; undefined when another attempt cannot help. */
  retryAfterMs: number | null | undefined
}

interface ProviderWords {
  message: string
  /** Codes, types and statuses of the body, lower case, for matching. */
  codes: string
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/**
 * Message and codes out of an error body. Each provider has its own shape: `{ error: { message, code, type } }`, the same in
 * an array (Gemini), `{ code, error: "message" }` (xAI), `{ message, type }` or `{ detail }` (Mistral).
 */
function providerWords(body: string): ProviderWords {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return { message: body.trim(), codes: '' }
  }
  const outer: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  const error = field(outer, 'error')
  const candidates = [field(error, 'message'), error, field(outer, 'message'), field(outer, 'detail')]
  const message = candidates.find((candidate) => typeof candidate === 'string' && candidate !== '') ?? JSON.stringify(outer) ?? ''
  const codes = [error, outer].flatMap((holder) => ['code', 'type', 'status'].map((name) => field(holder, name)))
  return {
    message: String(message),
    codes: codes
      .filter((code) => typeof code === 'string')
      .join(' ')
      .toLowerCase(),
  }
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. Null when there is none that can be read. */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const milliseconds = Number(headers.get('retry-after-ms') ?? NaN)
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
  const value = headers.get('retry-after')
  if (value === null || value.trim() === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

const BAD_KEY = /incorrect api key|invalid api key|api key not valid|api_key_invalid|invalid x-api-key|invalid_api_key/i
const NO_MONEY = /insufficient_quota|billing|credit balance|exceeded your current quota|spend(ing)?[ _]limit/i
const NO_MODEL = /model_not_found|invalid_model|invalid model|model .{0,200}(does not exist|not found)|not_found_error/i
const TOO_LONG = /context_length_exceeded|maximum context length|prompt is too long|exceed.{0,40}context/i

/** Code and hint for a status and what the provider said with it. */
function classify(model: ResolvedModel, failure: HttpFailure, words: ProviderWords): { code: string; hint: string; retry: boolean } {
  const { status } = failure
  const said = `${words.codes} ${words.message}`
  const variable = model.keyVariable ?? 'the key'
  if (status === 401 || status === 403 || (status === 400 && BAD_KEY.test(said))) {
    const hint = model.apiKey === undefined ? `Set ${variable}.` : `Check ${variable}: the key was refused or may not use this model.`
    return { code: 'ProviderAuth', hint, retry: false }
  }
  if (status === 402 || ([400, 403, 429].includes(status) && NO_MONEY.test(said))) {
    return { code: 'ProviderQuota', hint: 'The account behind the key has no credit left; another attempt cannot help.', retry: false }
  }
  if (status === 404 || (status === 400 && NO_MODEL.test(said)))
    return { code: 'ProviderModelNotFound', hint: modelHint(model), retry: false }
  if (status === 429) return { code: 'ProviderRateLimited', hint: 'Wait a little, or ask fewer questions side by side.', retry: true }
  if (status === 408 || status === 504) return { code: 'ProviderTimeout', hint: 'Try again, or send fewer passages.', retry: true }
  if (status === 503 || status === 529)
    return { code: 'ProviderOverloaded', hint: 'Try again in a while, or use another model.', retry: true }
  if (status === 413 || TOO_LONG.test(said)) {
    return { code: 'ProviderError', hint: 'The prompt is longer than the model reads. Use a smaller --top-k.', retry: false }
  }
  if (status >= 300 && status < 400) return { code: 'ProviderError', hint: 'Redirects are not followed. Check the base URL.', retry: false }
  return { code: 'ProviderError', hint: 'See what the provider says.', retry: status === 409 || status >= 500 }
}

function formatHint(model: ResolvedModel): string {
  return `Check that the base URL ${model.baseUrl} speaks this provider's format.`
}

function modelHint(model: ResolvedModel): string {
  const known = CATALOG[model.provider].models.map(({ name }) => name)
  const near = nearestNames(model.model, known, 3)
  const names = near.length > 0 ? `Near names: ${near.map((name) => `${model.provider}:${name}`).join(', ')}.` : 'See `memvid models`.'
  return `${names} If the name is right, check the base URL ${model.baseUrl}.`
}

/** The MemvidError for a reply with an error status, with the provider's words in it and no trace of the key. */
export function httpFailure(model: ResolvedModel, failure: HttpFailure): Failure {
  const words = providerWords(failure.body)
  const { code, hint, retry } = classify(model, failure, words)
  const said = scrub(words.message, [model.apiKey]).replace(/\s+/g, ' ').slice(0, 500)
  const title = CATALOG[model.provider].title
  const wanted = retryAfterMs(failure.headers, Date.now())
  const error = new MemvidError(code, `${title} answered ${failure.status} for ${model.label}${said === '' ? '' : `: ${said}`}`, {
    hint,
    details: {
      status: failure.status,
      provider: model.provider,
      model: model.apiModel,
      ...(wanted === null ? {} : { retryAfterMs: wanted }),
    },
  })
  return { error, retryAfterMs: retry ? wanted : undefined }
}

/** The status that an error inside a stream would have had; the stream itself began with 200. */
function streamStatus(codes: string): number {
  if (/overloaded/.test(codes)) return 529
  if (/rate_limit/.test(codes)) return 429
  return /server|internal|api_error|timeout|unavailable/.test(codes) ? 500 : 400
}

function streamFailure(model: ResolvedModel, thrown: unknown): Failure | undefined {
  const error = field(thrown, 'error')
  if (typeof error !== 'object' || error === null) return undefined
  // One package hands over the whole body, the other what stands under `error` in it.
  const body = JSON.stringify('error' in error ? error : { error })
  return httpFailure(model, { status: streamStatus(providerWords(body).codes), headers: new Headers(), body })
}

/** The system's own code for a connection that failed, e.g. `ECONNREFUSED`, from however deep in the causes it is. */
function connectionCode(thrown: unknown): string | undefined {
  let error: unknown = thrown
  for (let depth = 0; depth < 5 && error !== undefined; depth += 1) {
    const code = field(error, 'code')
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code
    error = field(error, 'cause') ?? (field(error, 'errors') as unknown[] | undefined)?.[0]
  }
  return undefined
}

/** What a failed attempt means, from what the transport saw and what the package threw. */
export function failureOf(model: ResolvedModel, thrown: unknown, exchange: Exchange): Failure {
  if (exchange.failure !== undefined) return httpFailure(model, exchange.failure)
  const own = exchange.transportError ?? (thrown instanceof MemvidError ? thrown : undefined)
  const details = { provider: model.provider, model: model.apiModel }
  const title = CATALOG[model.provider].title
  if (own !== undefined) {
    const hint = own.hint ?? formatHint(model)
    return { error: new MemvidError(own.code, `${title}, ${model.label}: ${own.message}`, { hint, details }), retryAfterMs: undefined }
  }
  const inStream = streamFailure(model, thrown)
  if (inStream !== undefined) return inStream
  if (thrown instanceof SyntaxError) {
    const hint = formatHint(model)
    const error = new MemvidError('ProviderMalformed', `${title}, ${model.label}: the reply is not valid JSON`, { hint, details })
    return { error, retryAfterMs: undefined }
  }
  const code = connectionCode(thrown)
  const message = scrub(thrown instanceof Error ? thrown.message : String(thrown), [model.apiKey])
  const error = new MemvidError('ProviderError', `no answer from ${title} at ${model.baseUrl}: ${code ?? message}`, {
    hint: 'Check the network and the base URL.',
    details: { ...details, ...(code === undefined ? {} : { connection: code }) },
  })
  return { error, retryAfterMs: undefined }
}
