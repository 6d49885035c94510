/** What the session methods take and give. */

import type { GroundingLabel } from '../types.js'
import type { AnswerStatus, FindStatus, WordDiffPart } from './replay-types.js'

export type ActionKind = 'put' | 'put-many' | 'update' | 'delete' | 'find' | 'ask' | 'checkpoint' | 'tool-call' | 'unknown'

export interface SessionInfo {
  /** UUIDv7, lower case with hyphens. */
  sessionId: string
  name: string
  status: 'active' | 'ended'
  actionCount: number
  startedAtMs: number
  /** Null while it is active. */
  endedAtMs: number | null
  startedCommit: number
  /** Of a fork: what it goes on from. Absent for other sessions. */
  forkedFrom?: ForkOrigin
}

/** The session and the place in it that a fork goes on from, and the state that the file had there. */
export interface ForkOrigin {
  sessionId: string
  /** As the session was called then. */
  name: string
  /** Number of the last action that is taken as given, from 0. */
  action: number
  /** Null when the place was given as an action. */
  checkpoint: string | null
  commit: number
  /** Hex; of that commit. */
  chainHash: string
}

export interface SessionForkOptions {
  name: string
  /** Go on after this checkpoint: its name, or its number among the session's checkpoints, from 1. */
  fromCheckpoint?: string | number
  /** Go on after the action of this number, from 0. */
  fromAction?: number
}

export interface SessionForkResult {
  sessionId: string
  name: string
  forkedFrom: ForkOrigin
}

/** Sums over the asks of a session, the calls of their judges among them. */
export interface SessionTotals {
  inputTokens: number
  outputTokens: number
  totalTokens: number
  /** Exact decimal sum of the known costs. */
  costUsd: string
  /** Asks and judges whose cost is unknown; they are not in the sum. */
  unknownCosts: number
  savedUsd: string
  cachedAnswers: number
  /** Actions that ended in an error. */
  failures: number
}

export interface CostOptions {
  /** Only this session: its id, any unambiguous beginning of the id, or its name. */
  session?: string
}

/** Sums over asks; money as exact decimals in US dollars. */
export interface CostSums {
  asks: number
  /** Second opinions on grounding; their tokens and costs are in the sums. */
  judges: number
  /** Answers that saved replays asked a model for. A replay that was not saved left no trace. */
  replayedAnswers: number
  /** Asks and judges answered from the cache, for which nothing was paid again. */
  cachedAnswers: number
  inputTokens: number
  /** The three kinds that input tokens are billed as. */
  uncachedInputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  outputTokens: number
  /** Part of the output. */
  reasoningTokens: number
  totalTokens: number
  costUsd: string
  /** Asks and judges whose cost is not known; they are not in the sum. */
  unknownCosts: number
  /** What the cached answers had cost when they were made. */
  savedUsd: string
  /** Cached answers whose cost is not known. */
  unknownSavings: number
}

/** What the recorded asks cost. Asks while no session was active are not recorded. */
export interface CostReport {
  sessions: number
  totals: CostSums
  /** By `provider:model`, as asked. */
  models: (CostSums & { model: string })[]
  /** By day, UTC, `YYYY-MM-DD`. */
  days: (CostSums & { day: string })[]
  /** Actions and saved replays that can't be read, so whose cost is not in here. */
  damagedActions: number
}

export interface SessionSummary extends SessionInfo {
  /** How many actions of each kind. */
  actions: Partial<Record<ActionKind, number>>
  totals: SessionTotals
  durationMs: number
  commit: number
}

export interface SessionViewOptions {
  /** First action. Default 0. */
  offset?: number
  /** Most actions. Default 100. */
  limit?: number
  /** Give each action's whole record, not only its summary. Default true. */
  records?: boolean
}

/** One recorded action. */
export interface ActionView {
  /** From 0, in the order of recording. */
  number: number
  kind: ActionKind
  timeMs: number
  /** The commit that it was carried out on. */
  commit: number
  /** Frames that it put, replaced or deleted. */
  frameIds: number[]
  /** The few facts of its line, in the order to print: `{ query, mode: 'Hybrid', resultCount }`, `{ query, provider, model }`, … */
  summary: Record<string, string | number | boolean | null>
  /** Everything that was recorded (format-spec/07-sessions), or what an erasure left; bytes as hex. Null when it is damaged or was not asked for. */
  record: Record<string, unknown> | null
  /** Why the record could not be read. */
  error?: { code: string; message: string }
}

/** What one action took and gave, for a chart or a list of a session. Null: not captured, or no such thing for its kind. */
export interface ActionMeasures {
  /** From 0. */
  number: number
  kind: ActionKind
  /** When it was recorded, which is when it ended. */
  timeMs: number
  /** Of the whole action. */
  durationMs: number | null
  /** The query, question, URI or name that it is about; empty where it has none. */
  about: string
  /** `provider:model` as asked. */
  model: string | null
  /** Of the search or of the provider's call, and to its first token. */
  latencyMs: number | null
  timeToFirstTokenMs: number | null
  inputTokens: number | null
  outputTokens: number | null
  /** Exact decimal; null also where the price is unknown. */
  costUsd: string | null
  cached: boolean | null
  /** 0..1 */
  grounding: number | null
  groundingLabel: GroundingLabel | null
  /** Code of the error that it ended in, or of what makes its record unreadable. */
  error: string | null
}

export interface SessionMeasuresOptions {
  /** First action. Default 0. */
  offset?: number
  /** Most actions. Default 100000. */
  limit?: number
}

export interface SessionMeasures extends SessionInfo {
  offset: number
  /** Sums over the actions that are listed. */
  totals: SessionTotals
  actions: ActionMeasures[]
}

export interface SessionView extends SessionInfo {
  offset: number
  actions: ActionView[]
}

export interface CheckpointInfo {
  sessionId: string
  /** Its number among the session's checkpoints, from 1. */
  number: number
  /** The action's number in the session, from 0. */
  action: number
  name: string
  commit: number
  /** Hex. */
  chainHash: string
  frameCount: number
  liveFrameCount: number
}

/** Something that an agent did outside this file, e.g. a call of one of its tools. */
export interface ToolCall {
  /** Of the tool or event, e.g. `search_web`. */
  name: string
  /** Any value that JSON can hold. */
  input?: unknown
  output?: unknown
  /** What went wrong, when something did. */
  error?: string | Error | { code?: string; message: string }
  /** When it began, milliseconds since 1970. */
  startedAtMs?: number
  /** How long it took. Default: from `startedAtMs` to now, where that is given. */
  durationMs?: number
}

export interface RecordResult {
  sessionId: string
  /** The action's number in the session, from 0. */
  number: number
  commit: number
}

export interface SessionDeleteResult {
  sessionId: string
  name: string
  commit: number
}

export interface SessionComparison {
  a: SessionInfo
  b: SessionInfo
  /** Actions aligned by what they are (kind and query), not by position. */
  pairs: ActionPair[]
  onlyA: ActionView[]
  onlyB: ActionView[]
  /** Pairs without a difference. */
  identicalPairs: number
  totals: { a: SessionTotals; b: SessionTotals }
  identical: boolean
}

export interface ActionPair {
  a: number
  b: number
  kind: ActionKind
  /** The query, question, URI or name that both are about. */
  about: string
  identical: boolean
  /** True when the two stand in another order than the pairs around them; else absent. */
  moved?: boolean
  /** Searches and asks: the retrieved frames compared. */
  retrieval?: { status: FindStatus; came: number[]; went: number[]; oldFrames: number[]; newFrames: number[] }
  /** Asks: the answers compared. */
  answer?: { status: AnswerStatus; modelA: string; modelB: string; wordDiff: WordDiffPart[] }
  /** Puts: whether the same contents were put; tool calls: whether input and output are the same. */
  sameContent?: boolean
}
