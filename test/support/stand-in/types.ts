/**
 * Shapes of the stand-in servers: loopback HTTP servers that speak the providers' public wire formats, so that tests and
 * the CLI can be run against them without a key or a network.
 */

export const STAND_IN_PROVIDERS = ['openai', 'claude', 'gemini', 'xai', 'groq', 'mistral', 'ollama', 'openai-compatible'] as const
export type StandInProvider = (typeof STAND_IN_PROVIDERS)[number]

/** One request as it came in. `headers` hold the key, so that a test can say that it was (or was not) sent. */
export interface StandInRequest {
  /** 0-based. */
  index: number
  method: string
  path: string
  headers: Record<string, string>
  /** The parsed body; `{}` when it was no JSON. */
  body: Record<string, unknown>
  rawBody: string
  model: string
  stream: boolean
  /** All text of the system prompt. */
  system: string
  /** All text of the user's messages. */
  user: string
  /** True when the client closed the connection before the reply was finished. */
  disconnected: boolean
}

/** Tokens as a provider counts them in plain words; each wire format spreads them over its own fields. */
export interface StandInUsage {
  /** All input, cached or not. */
  input: number
  /** All output, reasoning included. */
  output: number
  cacheRead?: number
  cacheWrite?: number
  reasoning?: number
}

export type StandInFinish = 'stop' | 'length' | 'filtered' | 'refusal'

/** What the server answers. Everything is optional: `{}` is a normal answer with made-up usage. */
export interface StandInReply {
  text?: string
  /** The model's reasoning, sent in the provider's own place for it; never part of the answer. */
  thinking?: string
  usage?: StandInUsage | null
  finish?: StandInFinish
  /** The model that the reply names. Default: the requested one. */
  model?: string
  /** Streams: how many characters a piece has. Default 8. */
  pieceLength?: number
  /** Streams: the socket is destroyed after so many characters of text. */
  cutAfter?: number
  /** Wait before the first byte. */
  delayMs?: number
  /** Streams: wait between two pieces. */
  pieceDelayMs?: number
  /** An error in the provider's own format when it is 400 or more. */
  status?: number
  errorMessage?: string
  /** The provider's own error code or type, e.g. `insufficient_quota`. */
  errorCode?: string
  headers?: Record<string, string>
  /** Sent as it is instead of a JSON body or of the stream's events. */
  rawBody?: string
  /** Streams: an error event in the stream after so many characters of text. */
  errorAfter?: number
  /** Text of so many bytes instead of `text`. */
  hugeBytes?: number
}

export type Responder = (request: StandInRequest) => StandInReply | string | Promise<StandInReply | string>

export interface StandInOptions {
  /** Default `openai`. Decides path, error shape, usage fields and which request fields are refused. */
  provider?: StandInProvider
  /** Default: a short answer that cites `[1]`. A string is `{ text }`. */
  reply?: Responder
  /** When given, any other key is answered with 401 (xAI: 400, as it does). */
  key?: string
  /** Models that exist; any other is answered with the provider's 404. Default: every one. */
  models?: readonly string[]
  /** 0 (default) takes a free port. */
  port?: number
}

export interface StandIn {
  provider: StandInProvider
  /** The value for the provider's base URL variable. */
  baseUrl: string
  /** Name of that variable, e.g. `OPENAI_BASE_URL`. Null for `openai-compatible`, which takes `--base-url`. */
  baseUrlVariable: string | null
  /** Environment that points the provider at this server, with a key that the server takes. */
  env: Record<string, string>
  requests: StandInRequest[]
  /** Replaces the responder. */
  setReply(reply: Responder): void
  close(): Promise<void>
}
