/** What a replay takes and gives besides its steps: models side by side, money, what counts as a difference, why it stopped. */

import type { RecordingError } from '../memory/types.js'
import type { AnswerMeasures, AnswerStatus, FindStatus, ReplayResult, StepStatus, WordDiffPart } from './replay-types.js'
import type { ActionKind } from './types.js'

/**
 * What makes a replay fail. `mismatch`: a step that is not as it was recorded (marked ✗) · `unverified`: a context or content that is
 * not proven · `changed`: anything that differs, also where a setting or model was changed on purpose · `none`: nothing.
 */
export type FailOn = 'mismatch' | 'unverified' | 'changed' | 'none'

export interface ReplayControls {
  /** How many provider calls run side by side, 1 to 64. Default 4. */
  concurrency?: number
  /** Estimate what the answers would cost, and send nothing. Default false. */
  dryRun?: boolean
  /**
   * Stop before the answers cost more than this, in US dollars: a number or a decimal text. Each call counts with the most that it can
   * cost until its cost is known; answers are limited to `maxOutputTokens`, or else to 1024 tokens.
   */
  maxCost?: number | string
  /** Answer every provider call from what the file recorded, or refuse it with `Offline`. Nothing is sent. Default false. */
  offline?: boolean
  /** What `stopOnMismatch` takes for a difference. Several: whatever one of them counts. Default `mismatch`. See `judgeReplay` for the whole. */
  failOn?: FailOn | FailOn[]
  /** Stop after the first step that `failOn` counts. Default false. */
  stopOnMismatch?: boolean
  /** Keep the replay in the file, under this name or without one. Default false. */
  save?: boolean | string
}

/** Why a replay ended before its last action. */
export interface ReplayStop {
  reason: 'aborted' | 'mismatch' | 'max-cost'
  /** One sentence. */
  note: string
}

/** A step that counts as a difference, a loss or a failure. */
export interface Divergence {
  step: number
  number: number
  kind: ActionKind
  /** The query, question or name that the action is about; null where it has none. */
  about: string | null
  status: StepStatus
  /** `failed`: the step or a provider call failed. */
  reason: 'failed' | Exclude<FailOn, 'none'>
  /** What is different, one sentence. */
  note: string
}

/** The verdict on a whole replay. */
export interface ReplayVerdict {
  /** `failed` goes before `different`; `incomplete`: it was stopped, and what ran shows no difference. */
  outcome: 'passed' | 'different' | 'failed' | 'incomplete'
  divergences: Divergence[]
}

/** One model's answer to one recorded question. */
export interface ModelAnswer {
  /** `provider:model` */
  model: string
  /** Absent when there is none: see `error`, or it was a dry run. */
  answer?: string
  error?: { code: string; message: string }
  /** Compared with the original answer. */
  answerStatus: AnswerStatus | 'NOT RE-ASKED'
  /** With `diff`. */
  wordDiff?: WordDiffPart[]
  measures?: AnswerMeasures
}

/** A number, date or name that answers hold. */
export interface AgreementItem {
  /** As the first answer that holds it writes it. */
  text: string
  /** Labels of the answers that hold it: `original`, or a model's. */
  answers: string[]
}

/** How far answers agree in facts of one kind. */
export interface Agreement {
  /** Facts that every answer holds, and all facts. */
  agreed: number
  total: number
  items: AgreementItem[]
}

/** What several models add to an ask. */
export interface AskComparison {
  /** With several models: their labels, and their answers in that order. */
  overrideModels?: string[]
  answers?: ModelAnswer[]
  /** With several models: numbers and names, compared between the original and the new answers. */
  agreement?: { numbers: Agreement; names: Agreement }
  /** With `dryRun`: what each model's answer would cost. */
  estimates?: CallEstimate[]
}

/** What one provider call would cost. */
export interface CallEstimate {
  model: string
  inputTokens: number
  outputTokens: number
  /** Exact decimal; null when the price is unknown. */
  costUsd: string | null
  /** The most that the call can cost, where `maxOutputTokens` or `maxCost` limits its answer; null when the price is unknown. */
  maxCostUsd?: string | null
}

/** What all calls of a replay to one model would cost. */
export interface ModelEstimate extends Omit<CallEstimate, 'maxCostUsd'> {
  calls: number
  priceTable: string | null
  priceDate: string | null
}

export interface ReplayEstimate {
  calls: number
  /** Sum of the known costs. */
  costUsd: string
  /** Calls whose price is unknown; they are not in the sum. */
  unknownCosts: number
  models: ModelEstimate[]
}

/** All answers of one model in a replay, or of the recording (`original`). */
export interface ModelTotals {
  model: string
  answers: number
  identical: number
  changed: number
  failed: number
  inputTokens: number
  outputTokens: number
  /** Exact decimal sum of the known costs. */
  costUsd: string
  unknownCosts: number
  /** Mean over the answers that took time; null when none did. */
  meanLatencyMs: number | null
  /** Mean grounding score, 0..1, over the answers that were scored; null when none was. */
  meanGrounding: number | null
  /** Answers whose grounding is LOW. */
  lowGrounding: number
}

/** What the options above add to a replay's result; each is there only when it was asked for. */
export interface ReplayExtras {
  /** With several models: the recording first, then each model. */
  models?: ModelTotals[]
  /** With `dryRun`. */
  estimate?: ReplayEstimate
  /** Absent when it ran to its end. */
  stopped?: ReplayStop
  /** With `stopOnMismatch`: the step that stopped it. */
  firstDivergence?: Divergence
  /** With `save`: where it is kept. */
  saved?: SavedReplay
  /** With `save`: why it could not be kept. */
  recordingError?: RecordingError
}

export interface SavedReplay {
  /** Among the session's saved replays, from 1. */
  number: number
  name: string | null
  commit: number
}

/** A saved replay as it is listed. */
export interface ReplayInfo {
  sessionId: string
  /** Among the session's saved replays, from 1, oldest first. */
  number: number
  name: string | null
  timeMs: number
  /** The commit that was replayed on. */
  commit: number
  /** Null when the record can't be read. */
  mode: ReplayResult['mode'] | null
  /** The models that were asked instead of the recorded ones. */
  models: string[]
  totalActions: number
  replayedActions: number
  counts: ReplayResult['counts']
  ok: boolean
  stopped?: ReplayStop
  /** Why the record can't be read. */
  error?: { code: string; message: string }
}

export interface ReplayView extends ReplayInfo {
  result: ReplayResult
}

/** Two saved replays of one session, step by step. */
export interface ReplayComparison {
  sessionId: string
  a: ReplayInfo
  b: ReplayInfo
  steps: ReplayStepPair[]
  /** Steps that only one of them has. */
  onlyA: number[]
  onlyB: number[]
  identicalSteps: number
  identical: boolean
}

export interface ReplayStepPair {
  step: number
  kind: ActionKind
  about: string | null
  statusA: StepStatus
  statusB: StepStatus
  identical: boolean
  /** Steps that searched again in both: the lists that came. */
  results?: { status: FindStatus; came: number[]; went: number[] }
  /** Answers of the same model, and of those left over, in their order. Null: there is none. */
  answers?: { modelA: string | null; modelB: string | null; status: AnswerStatus; wordDiff: WordDiffPart[] }[]
}
