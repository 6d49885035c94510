/** What `ask` takes and gives. */

import type { AdaptiveOptions, Fusion, RecordingError, SearchFilters, SearchMode } from '../memory/types.js'
import type { Cost, Grounding, TokenUsage } from '../types.js'

export interface AskOptions extends SearchFilters {
  /** `provider:model` or a provider's name. Default: `MEMVID_MODEL`, else `local:extractive`, which needs no network. */
  model?: string
  /** Most passages. Default 8. */
  k?: number
  mode?: SearchMode
  vector?: Float32Array | number[]
  adaptive?: boolean | AdaptiveOptions
  alpha?: number
  fusion?: Fusion
  /** Compare the question with every vector, however many there are. Default false. */
  exact?: boolean
  /** Neither read nor write the answer cache. Default false. */
  noCache?: boolean
  /** Ask the model whatever the cache holds, and cache its answer. Default false. */
  refresh?: boolean
  /** A cached answer older than this many milliseconds counts as none. Default: any age. */
  cacheTtlMs?: number
  /** Called with each piece of the answer as it comes. */
  onToken?: (text: string) => void
  signal?: AbortSignal
  /** The provider's server, instead of its usual one. */
  baseUrl?: string
  /** Time limit of the provider's call. Default 120000. */
  timeoutMs?: number
  /** A file of your own prices. Default: the one that `MEMVID_PRICES` names. */
  prices?: string
  maxContextTokens?: number
  maxOutputTokens?: number
  temperature?: number
  seed?: number
  /**
   * A second opinion on the grounding: `provider:model` or a provider's name. It costs a call of that model; what it says stands in
   * `grounding.judge` with its cost, beside the scorer's result.
   */
  judge?: string
  /** The judge's server, instead of its usual one. */
  judgeBaseUrl?: string
}

export interface AskUsage {
  inputTokens: number
  outputTokens: number
  totalTokens: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  reasoningTokens?: number
  /** 0 for a cached or local answer; null when the price is unknown. */
  costUsd: number | null
}

/** A `[n]` marker of the answer, or a quoted sentence, and the passage that it names. */
export interface Citation {
  /** From 1, as in the answer. */
  marker: number
  frameId: number
  uri: string
  title: string | null
  /** UTF-8 byte span of the passage in the document's text. */
  span: { start: number; length: number }
  /** Whether the passage by itself bears out a sentence that cites it; null where no such sentence makes a claim. */
  supported: boolean | null
}

/** An answer in the cache of the file. */
export interface CacheEntry {
  /** Hex. */
  key: string
  timeMs: number
  /** `provider:model` as it was asked. */
  model: string
  /** Null in files of an earlier version. */
  question: string | null
  answer: string
  usage: TokenUsage | null
  /** What the answer cost, and so what each use of it saves. */
  cost: Cost
}

export interface CacheListing {
  /** Oldest first; of several answers to one key only the newest. */
  entries: CacheEntry[]
  /** How many more the file holds that can't be read. */
  damaged: number
}

export interface CacheClearResult {
  cleared: number
  /** Null when there was nothing to clear. */
  commit: number | null
}

export interface AskResult {
  answer: string
  /** `provider:model` as asked. */
  model: string
  /** What the provider says answered; null when none was asked. */
  responseModel: string | null
  /** `stop` | `length` | `filtered` | `refusal` | `partial` | `not-asked` (nothing was found to ask about). */
  finish: string
  usage: AskUsage
  /** The exact cost and the price table behind it. */
  cost: Cost
  grounding: Grounding
  cached: boolean
  /** What the cached answer did not cost again. Null when its price is unknown; absent when not cached. */
  savedUsd?: number | null
  citations: Citation[]
  /** Ids of the frames in the context, in the order of the prompt. */
  frames: number[]
  mode: SearchMode
  latencyMs: number
  timeToFirstTokenMs: number | null
  retries: number
  /** For the user, e.g. that the server read less of the prompt than it was sent. */
  warnings: string[]
  /** Set when a session is active and the action could not be recorded in it. The answer is whole all the same. */
  recordingError?: RecordingError
}
