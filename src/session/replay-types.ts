/** What a replay takes and gives. */

import type { AdaptiveOptions, Cut, Fusion, SearchMode } from '../memory/types.js'
import type { ExpectedReplay, MissCause, MissReason, Standing, SweepRow, SweepSettings } from './miss-types.js'
import type { ChatMessage, ContextPassage, Cost, Grounding, TokenUsage } from '../types.js'
import type { AskComparison, ReplayControls, ReplayExtras } from './replay-control-types.js'
import type { ActionKind, SessionTotals } from './types.js'

export interface ReplayOptions extends ReplayControls {
  /** Freeze retrieval: verify the recorded context instead of searching again. Default false. */
  audit?: boolean
  /** Ask this model, `provider:model` or a provider's name. Several: each is asked over the same context, and they are compared. */
  useModel?: string | string[]
  /** Word-level differences between the answers. Default false. */
  diff?: boolean
  /** Standard replay only: search with the adaptive cut. */
  adaptive?: boolean | AdaptiveOptions
  /** Standard replay only: search with this k. */
  topK?: number
  /** Standard replay only: search in this mode. */
  mode?: SearchMode
  /** Standard replay only: the content to search: today's (default), each action's own commit (`recorded`), or one commit. */
  asOf?: 'recorded' | number
  /** Standard replay only: weight of the vectors in relative-score fusion, 0..1. */
  alpha?: number
  /** Standard replay only: how text and vectors are joined. */
  fusion?: Fusion
  /** Standard replay only: compare with every vector, or, with `false`, with those that the index leads to. */
  exact?: boolean
  /** Standard replay only: `false` searches without the recorded scope, tags and times. */
  filters?: boolean
  /** Standard replay only: token budget of the prompt. */
  maxContextTokens?: number
  /** Standard replay only: asks of one document, by its URI, its frame or a text that stands in it, why each search missed it. */
  expect?: string | number
  /** With `expect`: which settings would have found it, e.g. `top-k=4..64` or `mode,adaptive`. */
  sweep?: string | SweepSettings
  skipAsks?: boolean
  skipFinds?: boolean
  /** Only this action, by its number from 0. */
  action?: number
  /** Give each search's ranked candidates, below the cut too, and in an audit each verified context's passages and messages. Default false. */
  details?: boolean
  /** Begin after this checkpoint: its name, or its number among the session's checkpoints, from 1. */
  fromCheckpoint?: string | number
  /** The server of `useModel`. */
  baseUrl?: string
  timeoutMs?: number
  maxOutputTokens?: number
  temperature?: number
  seed?: number
  /** A file of your own prices. Default: the one that `MEMVID_PRICES` names. */
  prices?: string
  onProgress?: (progress: { step: number; total: number; kind: ActionKind }) => void
  /**
   * Told each step as it ends, in order. Where it returns `false`, an audit that asks no model keeps the step in its result without its
   * details, so that a session of any length takes little memory.
   */
  onStep?: (step: ReplayStep, totalActions: number) => boolean | void
  signal?: AbortSignal
}

/** How one frame of an action stands today. */
export interface FrameCheck {
  frameId: number
  uri: string | null
  /** `active` | `superseded` | `deleted` | `missing` | `damaged` */
  state: string
  /** Whether the bytes re-read today have the recorded hash. */
  hashMatches: boolean
  /** `superseded since` and by what, `deleted since`, or what is wrong; null when nothing is. */
  note: string | null
}

/** `SUPERSEDED`: the bytes are there, but the document was replaced or deleted since, or after a delete put again. */
export type PutStatus = 'IDENTICAL' | 'SUPERSEDED' | 'CHANGED' | 'MISSING' | 'UNVERIFIABLE'
/** `IDENTICAL`: each rank holds the same frame with the same content hash and passage. `REORDERED`: the same ones at other ranks. */
export type FindStatus = 'IDENTICAL' | 'REORDERED' | 'CHANGED'
export type ContextStatus = 'VERIFIED' | 'CHANGED' | 'MISSING' | 'UNVERIFIABLE'
export type AnswerStatus = 'IDENTICAL' | 'CHANGED'
/**
 * `FAILED`: the replay of the step itself failed. `NOT CHECKED`: nothing to compare it with (an agent's own event, a failed
 * action without results).
 */
export type StepStatus = PutStatus | FindStatus | ContextStatus | 'SKIPPED' | 'FAILED' | 'NOT CHECKED'

/** A document that is in one list and not in the other. */
export interface RankChange {
  frameId: number
  uri: string | null
  /** Rank among the recorded candidates, also below the cut; null when it was not among them. */
  oldRank: number | null
  newRank: number | null
  oldScore: number | null
  newScore: number | null
  /** Why the list that lacks it lacks it, the same as `why.reason`. */
  reason: MissReason
  /** The reason as a sentence, e.g. `Document existed at rank 12, adaptive found it`. */
  note: string
  /** What made the difference, the settings or the content. */
  cause: MissCause
  /** Where it stands in the list that lacks it, and what would have been needed. */
  why: Standing
}

/** The prompt of an ask next to the one over today's results: which frames are in it, and what they take. */
export interface PromptReplay {
  oldFrames: number[]
  newFrames: number[]
  /** Estimated tokens of the context. */
  oldTokens: number
  newTokens: number
  /** Hits of both searches that are in one prompt only. */
  came: RankChange[]
  went: RankChange[]
}

/** A document that a search ranked, whether or not the cut kept it. */
export interface RankedCandidate {
  /** From 1. */
  rank: number
  frameId: number
  /** Null where neither the recording nor the file says it. */
  uri: string | null
  title: string | null
  /** UTF-8 byte span of the best passage in the document's text. */
  span: { start: number; length: number }
  /** Hex BLAKE3 of the document's content. */
  contentHash: string
  /** Fused. */
  score: number
  /** Each arm's own, null where the arm did not find it. */
  scores: { text: number | null; vector: number | null }
  ranks: { text: number | null; vector: number | null }
}

/** What differs between two ranked lists besides what came and went. */
export interface ListDifference {
  /** Frames in both lists at another rank. */
  moved: { frameId: number; oldRank: number; newRank: number }[]
  /** Frames in both lists whose content hash is another one. */
  otherContent: number[]
  /** Frames in both lists that were found by another passage. */
  otherPassage: number[]
  /** What became of the first hit where it is not first any more: its rank now, and which frame is first. Else null. */
  displacedTop: { frameId: number; newRank: number | null; by: number | null } | null
}

/** A recorded search next to the same search now. */
export interface FindReplay extends ListDifference {
  step: number
  query: string
  status: FindStatus
  mode: SearchMode
  /** `today`, or the commit that was searched. */
  searched: 'today' | number
  /** What was set differently from the recording, e.g. `{ k: 24 }`. */
  overrides: Record<string, unknown>
  oldFrames: number[]
  newFrames: number[]
  oldCut: Cut
  newCut: Cut
  came: RankChange[]
  went: RankChange[]
  /** Of an ask that had found something. */
  prompt?: PromptReplay
  /** With `expect`. */
  expected?: ExpectedReplay
  /** With `sweep`. */
  sweep?: SweepRow[]
  /** With `asOf: 'recorded'`, `expect` or `sweep`: `REPRODUCED`, or the first difference to the recorded ranking on its own commit. */
  retrieval: string | null
  /** With `details`: everything that this search ranked, hits first. */
  candidates?: RankedCandidate[]
}

export interface WordDiffPart {
  value: string
  /** Absent: in both. */
  change?: 'added' | 'removed'
}

/** The measures of one answer. */
export interface AnswerMeasures {
  usage: TokenUsage | null
  cost: Cost
  latencyMs: number
  grounding: Grounding | null
  cached: boolean
  /** With `offline`: where the answer was taken from. */
  from?: 'record' | 'cache' | 'replay'
}

export interface AskReplay extends AskComparison {
  step: number
  question: string
  status: StepStatus
  originalModel: string
  overrideModel?: string
  /** Ids of the recorded context's frames, in the order of the prompt. */
  frozenFrames: number[]
  /** Audit only. */
  context?: ContextStatus
  /** Audit only: what about the context is not as recorded, one sentence each. Empty when VERIFIED. */
  contextProblems?: string[]
  /** Audit only. */
  frames?: FrameCheck[]
  /** Audit only, with `details` and where the context is VERIFIED: what the model was sent. */
  frozenContext?: { passages: ContextPassage[]; messages: ChatMessage[] }
  /** Frames of the context that have been replaced, or deleted, since. */
  supersededSince: number[]
  deletedSince: number[]
  /** Standard only: the retrieval of this ask, compared. */
  find?: FindReplay
  /** Null when the recorded ask failed. */
  originalAnswer: string | null
  originalError?: { code: string; message: string }
  /** Absent when it was not asked again. */
  newAnswer?: string
  newError?: { code: string; message: string }
  /** `NOT RE-ASKED`, or how the new answer compares. */
  answerStatus: AnswerStatus | 'NOT RE-ASKED'
  /** With `diff`, or whenever there is a new answer. */
  diffStatus?: AnswerStatus
  /** With `diff`. */
  wordDiff?: WordDiffPart[]
  original: AnswerMeasures | null
  replayed?: AnswerMeasures
}

/** A recorded search whose frames were read again instead of searched for. */
export interface FrozenFind {
  step: number
  query: string
  status: ContextStatus
  frozenFrames: number[]
  frames: FrameCheck[]
  /** What is not as recorded, one sentence each. */
  problems: string[]
}

export interface PutReplay {
  step: number
  kind: ActionKind
  status: PutStatus
  frames: FrameCheck[]
}

export interface ReplayStep {
  /** From 1. */
  step: number
  /** The action's number in the session, from 0. */
  number: number
  kind: ActionKind
  status: StepStatus
  /** False when the step shows a difference, a loss or a failure. */
  ok: boolean
  /** One sentence where the status needs it. */
  note: string | null
  find?: FindReplay
  /** Audit of a search: the frames that it had found. */
  frozen?: FrozenFind
  ask?: AskReplay
  put?: PutReplay
  /** With `details`, of a search: the recorded candidates, hits first. */
  candidates?: RankedCandidate[]
  error?: { code: string; message: string }
  durationMs: number
}

export interface ReplayResult extends ReplayExtras {
  sessionId: string
  name: string
  mode: 'standard' | 'audit'
  /** Set when the replay began at a checkpoint: which, and that its commit is still in the file's history. */
  fromCheckpoint: { name: string; number: number; commit: number; proven: true } | null
  totalActions: number
  steps: ReplayStep[]
  findResults: FindReplay[]
  askResults: AskReplay[]
  putResults: PutReplay[]
  /** How many steps ended in each status. */
  counts: Partial<Record<StepStatus, number>>
  /** With `asOf: 'recorded'`, `expect` or `sweep`: `REPRODUCED`, or the first difference of the session. Else null. */
  retrieval: string | null
  /** Every step `ok`. */
  ok: boolean
  /** True when `signal` stopped it: the steps are those that were done. */
  aborted: boolean
  totals: { original: SessionTotals; replayed: SessionTotals }
  durationMs: number
}
