/**
 * Shapes that more than one part of the SDK speaks of. Money is a decimal string until it is shown: a float would lose
 * the last digits that an audit compares.
 */

/** A provider's tokens in the OpenTelemetry sense, kinds kept apart. `inputTokens` counts all input, cached or not. */
export interface TokenUsage {
  inputTokens: number
  outputTokens: number
  /** Part of `inputTokens` that was read from the provider's prompt cache. */
  cacheReadTokens?: number
  /** Part of `inputTokens` that was written to the provider's prompt cache. */
  cacheWriteTokens?: number
  /** Part of `outputTokens` that was reasoning. */
  reasoningTokens?: number
}

/** What an answer cost, or why that is not known. */
export interface Cost {
  /** Exact decimal in US dollars, e.g. `0.00860376`; null when a price is unknown. */
  usd: string | null
  /** Which table the rates came from, e.g. `memvid-2025-12`, `genai-prices`, `override:<file>`, or null. */
  priceTable: string | null
  /** Date of that table, `YYYY-MM-DD` or `YYYY-MM`, or null. */
  priceDate: string | null
}

export type GroundingLabel = 'HIGH' | 'MEDIUM' | 'LOW'
export type SentenceVerdict = 'SUPPORTED' | 'WEAK' | 'UNSUPPORTED' | 'CONTRADICTED' | 'NOT_CHECKABLE'

/** Where in the contexts a sentence finds its best evidence. */
export interface Evidence {
  /** Index into the contexts, and offsets in the text of that one, UTF-16 units. */
  context: number
  start: number
  end: number
  text: string
  /** Where the context is a span of a frame: the frame, and the UTF-8 byte span of the evidence in the frame's text. */
  frameId?: number
  span?: { start: number; length: number }
}

export interface SentenceGrounding {
  sentence: string
  /** Offsets in the answer, UTF-16 units. */
  start: number
  end: number
  verdict: SentenceVerdict
  /** 0..1 */
  score: number
  /** Why a sentence is CONTRADICTED: `number` | `negation` | `name` | `antonym`. */
  reason?: string
  /** The best evidence. */
  evidence?: Evidence
  /** Context numbers cited by `[n]` markers in the sentence (0-based), and those that do not exist. */
  citations?: number[]
  invalidCitations?: number[]
}

/** What a model says of an answer's sentences, asked for with `judge`. It never changes the scorer's own result. */
export interface GroundingJudge {
  /** `provider:model` as named, and what the provider says has answered. */
  model: string
  responseModel: string | null
  /** 0..1 by the judge's verdicts; null when it gave none. */
  score: number | null
  label: GroundingLabel | null
  /** For each sentence of the grounding; null where none was asked for or none came. */
  verdicts: (SentenceVerdict | null)[]
  usage: TokenUsage | null
  cost: Cost
  /** The reply came from the cache of the file, and what it had cost; null when that is not known, absent when not cached. */
  cached: boolean
  savedUsd?: string | null
  latencyMs: number
  /** Why there is no verdict. */
  error?: { code: string; message: string }
}

export interface Grounding {
  /** 0..1; null when the answer abstained. */
  score: number | null
  label: GroundingLabel | null
  sentenceCount: number
  groundedSentences: number
  /** True when the label is LOW. */
  hasWarning: boolean
  /** The answer refuses or says that the context does not hold it. */
  abstained: boolean
  /** Abstained although the context seems to hold an answer. */
  answerMayExist?: boolean
  sentences: SentenceGrounding[]
  /** Present when a judge was asked. */
  judge?: GroundingJudge
}

/** A span of a frame's text as it goes into a prompt. */
export interface ContextPassage {
  frameId: number
  uri: string
  title?: string
  text: string
  /** UTF-8 byte span in the frame's text. */
  start: number
  length: number
  /** Hex BLAKE3 of the frame's whole content. */
  contentHash: string
}

export interface ChatMessage {
  role: 'system' | 'user'
  content: string
}
