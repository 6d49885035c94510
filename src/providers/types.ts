import type { ChatMessage, TokenUsage } from '../types.js'
import type { Fetch } from './transport.js'

/** Why an answer ended. Only `stop` and `length` are whole enough to be cached; `length` was cut by the output limit. */
export type Finish = 'stop' | 'length' | 'filtered' | 'refusal' | 'partial'

/** What made an answer partial. */
export type PartialReason = 'connection-lost' | 'stream-error' | 'malformed' | 'too-large' | 'timeout' | 'empty'

export interface CompletionRequest {
  messages: ChatMessage[]
  /** Tokens. Claude's API demands a limit, 8,192 when none is given; others use the model's own. */
  maxOutputTokens?: number | undefined
  /** Sent only when given, and not to Claude: many models refuse any value of it. */
  temperature?: number | undefined
  /** Sent only when given, and not to Claude, which has no such parameter. */
  seed?: number | undefined
  /** Given: the answer is streamed, and each piece of its text is handed over as it comes. */
  onToken?: ((text: string) => void) | undefined
  signal?: AbortSignal | undefined
  /** For all attempts together. Default 120,000. */
  timeoutMs?: number | undefined
  /** Default: the global `fetch`. */
  fetch?: Fetch | undefined
}

export interface Completion {
  text: string
  /** The model that the provider says has answered. */
  responseModel: string | null
  responseId: string | null
  /** In the provider's own words. */
  finishReasons: string[]
  finish: Finish
  partialReason?: PartialReason
  /** Null when the provider sent no counts, as in a stream that broke off. */
  usage: TokenUsage | null
  /** The provider's own usage object, as it came. */
  rawUsage: unknown
  latencyMs: number
  /** Null unless streamed. */
  timeToFirstTokenMs: number | null
  /** How many attempts failed before this one. */
  retries: number
  /** Exactly what was sent, parsed. Holds no key: that goes in a header. */
  requestBody: unknown
  baseUrl: string
  /** For the user, e.g. that the server read less of the prompt than it was sent. */
  warnings: string[]
  /** The server read less of the prompt than it was sent. */
  promptCut: boolean
}

/** What a wire format gives back; `complete` adds the times and the request. */
export type WireResult = Pick<
  Completion,
  'text' | 'responseModel' | 'responseId' | 'finishReasons' | 'finish' | 'partialReason' | 'usage' | 'rawUsage'
>
