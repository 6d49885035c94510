import { MemvidError } from '../errors.js'
import type { Secret } from '../ask/secrets.js'

/** A reply that is larger is not an answer: 8 MiB is a hundred times what any model writes. */
export const REPLY_LIMIT_BYTES = 8 * 1024 * 1024
const ERROR_BODY_LIMIT_BYTES = 64 * 1024

/** What the packages are given instead of the key. They never hold the real one, so none of their errors or logs can. */
export const PLACEHOLDER_KEY = 'memvid-placeholder'

/** A reply with a status of 400 or more, or a redirect, as it came. */
export interface HttpFailure {
  status: number
  headers: Headers
  body: string
}

/** What one call sent and got, filled in by the transport as it happens. */
export interface Exchange {
  /** The parsed body of the last request. The key is in a header, so it is not in here. */
  requestBody: unknown
  failure: HttpFailure | undefined
  /** Thrown by the transport itself, which the packages would wrap into an error of theirs. */
  transportError: MemvidError | undefined
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface TransportOptions {
  apiKey: Secret | undefined
  fetch: Fetch
  exchange: Exchange
}

/**
 * The headers of the wire format, with the key where the package put its placeholder. What the packages add to tell about the
 * machine stays here; without a key, so does the placeholder.
 */
function headersToSend(given: RequestInit['headers'], options: TransportOptions): Headers {
  const headers = new Headers({ 'user-agent': 'memvid' })
  const source = new Headers(given)
  for (const name of ['content-type', 'accept', 'anthropic-version']) {
    const value = source.get(name)
    if (value !== null) headers.set(name, value)
  }
  const key = options.apiKey?.reveal()
  for (const name of ['authorization', 'x-api-key']) {
    const value = source.get(name)
    if (key !== undefined && value?.includes(PLACEHOLDER_KEY)) headers.set(name, value.replace(PLACEHOLDER_KEY, key))
  }
  return headers
}

/** Reads at most `limit` bytes of a body and lets go of the rest. */
async function readLimited(response: Response, limit: number): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    while (size < limit) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      size += value.byteLength
    }
  } catch {
    // A broken error body still has a status, and that decides.
  }
  await reader.cancel().catch(() => undefined)
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8')
}

function limitedBody(body: ReadableStream<Uint8Array>, exchange: Exchange): ReadableStream<Uint8Array> {
  let size = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength
        if (size <= REPLY_LIMIT_BYTES) return controller.enqueue(chunk)
        exchange.transportError = new MemvidError('ProviderMalformed', `the reply is larger than ${REPLY_LIMIT_BYTES >> 20} MiB`)
        controller.error(exchange.transportError)
      },
    }),
  )
}

/**
 * The `fetch` that the packages are handed: it puts the key in, keeps what was sent, bounds what comes back, and keeps an
 * error's body before a package can shorten it. Redirects are not followed: the key would go along.
 */
export function createTransport(options: TransportOptions): Fetch {
  const { exchange } = options
  return async (input, init = {}) => {
    exchange.failure = undefined
    exchange.transportError = undefined
    exchange.requestBody = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : null
    const response = await options.fetch(input, { ...init, headers: headersToSend(init.headers, options), redirect: 'manual' })
    if (response.status >= 300) {
      const body = await readLimited(response, ERROR_BODY_LIMIT_BYTES)
      exchange.failure = { status: response.status, headers: response.headers, body }
      return new Response(body, { status: response.status, headers: { 'content-type': 'text/plain' } })
    }
    const body = response.body === null ? null : limitedBody(response.body, exchange)
    return new Response(body, { status: response.status, headers: response.headers })
  }
}
