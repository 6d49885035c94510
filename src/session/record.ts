/** The payloads of a session's events, as format-spec/07-sessions lays them down. */

import type { AdaptiveRule, Cut, Fusion, SearchMode } from '../memory/types.js'
import type { Cost, Grounding, TokenUsage } from '../types.js'
import type { ActionKind, SessionTotals } from './types.js'

export interface StartPayload {
  name: string
  timeMs: number
  client: string
  sdkVersion: string
  engineVersion: string
  /** Of a fork: what it goes on from. */
  forkedFrom?: ForkRecord
}

/** The session and the place in it that a fork goes on from, and the state that the file had there. */
export interface ForkRecord {
  session: Uint8Array
  name: string
  /** Number of the last action that is taken as given. */
  action: number
  checkpoint?: string
  commit: number
  chainHash: Uint8Array
}

export interface EndPayload {
  timeMs: number
  /** Actions of each kind, and the sums, over the first `actionCount` actions. */
  actionCount: number
  actions: Partial<Record<ActionKind, number>>
  totals: SessionTotals
  /** Of the Merkle tree over these actions (format-spec/09-proof); absent when one of them could not be read. */
  root?: Buffer
}

export interface RecordedError {
  code: string
  message: string
}

/** What every action has. */
export interface ActionRecord {
  kind: ActionKind
  client: string
  durationMs: number
  error?: RecordedError | undefined
  /** Names of fields that were erased since. */
  erased?: string[]
}

/** Put and put-many: one entry per frame of the event's envelope, in the same order. */
export interface PutRecord extends ActionRecord {
  kind: 'put' | 'put-many' | 'update'
  durability: string
  items: {
    /** Null: the frame's own `mv2://frames/<id>`. */
    uri: string | null
    title: string | null
    mimeType: string | null
    tags: string[]
    timestampMs: number | null
    sizeBytes: number
    hasMetadata: boolean
    hasVector: boolean
  }[]
  /** Update: the frame that was replaced. Put-many: which batch of the call this was, from 0. */
  supersedes?: number
  batch?: number
  /** Update: which fields were given. */
  changed?: string[]
}

export interface DeleteRecord extends ActionRecord {
  kind: 'delete'
  durability: string
  uri: string
}

/** Every parameter in force, defaults included. */
export interface SearchParameters {
  mode: SearchMode
  k: number
  candidates: number
  alpha: number
  fusion: Fusion
  adaptive: { rule: AdaptiveRule; threshold: number; min: number; max: number } | null
  asOf: number | null
  scope: string | null
  tags: string[]
  afterMs: number | null
  beforeMs: number | null
  snippetChars: number
  /** The caller's query vector, f32 little endian. */
  vector: Uint8Array | null
  /** Every vector was compared, however many there are. */
  exact?: boolean
}

/** Ranked candidates as columns: one list per field, entry i being rank i + 1. */
export interface CandidateColumns {
  frameId: number[]
  start: number[]
  length: number[]
  /** 32 bytes each. */
  contentHash: Uint8Array
  score: number[]
  textScore: (number | null)[]
  vectorScore: (number | null)[]
  textRank: (number | null)[]
  vectorRank: (number | null)[]
}

export interface SnapshotRecord {
  commit: number
  chainHash: Uint8Array
  timeMs: number
  frameCount: number
  liveFrameCount: number
}

/** One search and what it gave, far below the cut. */
export interface RetrievalRecord {
  snapshot: SnapshotRecord
  embedder: string | null
  mode: SearchMode
  queryKind: string
  total: number
  cut: Cut
  candidates: CandidateColumns
  /** URIs and titles of the hits, the first `cut.kept` candidates. */
  uris: string[]
  titles: (string | null)[]
  latencyMs: number
}

export interface FindRecord extends ActionRecord {
  kind: 'find'
  query: string
  parameters: SearchParameters
  /** Absent when the search failed. */
  retrieval?: RetrievalRecord
}

/** The context as it was sent: spans and hashes, not the text, which stands in the frames. */
export interface ContextRecord {
  template: string
  delimiter: string
  /** SHA-256 of the rendered context's UTF-8 bytes. */
  sha256: Uint8Array
  tokensEstimate: number
  /** What counted them; absent: an estimate by the letters. */
  tokenizer?: string
  maxContextTokens: number | null
  frameId: number[]
  start: number[]
  length: number[]
  contentHash: Uint8Array
  uri: string[]
  title: (string | null)[]
  /** Rank of each passage among the candidates, from 1. */
  rank: number[]
  leftOut: { rank: number; reason: string }[]
}

export interface ModelRecord {
  label: string
  provider: string
  model: string
  apiModel: string
  baseUrl: string | null
}

export interface RequestRecord {
  /** The body as JSON text, with `PROMPT_MARK` where the rendered user message stood. */
  body: string
  /** SHA-256 of the body as JSON text with that message in it. */
  sha256: Uint8Array
}

export interface ResponseRecord {
  responseModel: string | null
  responseId: string | null
  finishReasons: string[]
  finish: string
  partialReason?: string
  usage: TokenUsage | null
  /** The provider's own usage object, JSON text. */
  rawUsage: string | null
  latencyMs: number
  timeToFirstTokenMs: number | null
  retries: number
}

export interface AskRecord extends ActionRecord {
  kind: 'ask'
  question: string
  parameters: SearchParameters | null
  answerParameters: Record<string, number | boolean | null>
  model: ModelRecord | null
  retrieval?: RetrievalRecord
  context?: ContextRecord
  request?: RequestRecord
  response?: ResponseRecord
  answer?: string
  /** What had come of an answer before it failed. */
  partialAnswer?: string
  cost?: Cost
  grounding?: Grounding
  cached: boolean
  cacheKey?: Uint8Array
  /** When the cached answer was written, and what it had cost. */
  cache?: { timeMs: number; usage: TokenUsage | null; cost: Cost }
}

export interface CheckpointRecord extends ActionRecord {
  kind: 'checkpoint'
  name: string
  snapshot: SnapshotRecord
}

/** An agent's own event. Its values are kept as JSON text: their keys and numbers are not ours. */
export interface ToolCallRecord extends Omit<ActionRecord, 'durationMs'> {
  kind: 'tool-call'
  name: string
  /** JSON text; absent when the call had none. */
  input?: string
  output?: string
  startedAtMs?: number
  durationMs?: number
}

/** Payload of a `cache` event: what is needed to give the answer again. */
export interface CachedAnswer {
  /** Absent in files of an earlier version. */
  question?: string
  answer: string
  response: ResponseRecord
  cost: Cost
  model: ModelRecord
}

/** Stands in a recorded request where the rendered user message stood. */
export const PROMPT_MARK = '\u{F0000}prompt\u{F0000}'
