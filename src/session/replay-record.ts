/** The payload of a replay event, as format-spec/07-sessions lays it down. */

import type { Cost, Grounding } from '../types.js'
import type { ModelRecord, RequestRecord, ResponseRecord, SnapshotRecord } from './record.js'
import type { ModelAnswer, ReplayStop } from './replay-control-types.js'
import type { AnswerMeasures, AskReplay, FindReplay, FrozenFind, ReplayResult, ReplayStep } from './replay-types.js'

/** An answer of a replay, recorded as completely as an ask's. */
export interface AnswerRecord {
  /** Number of the action, from 0. */
  number: number
  model: ModelRecord
  /** SHA-256 of the JSON text of the messages without the random delimiter. */
  promptSha256: Uint8Array
  /** As they were sent; null where not. */
  parameters: { maxOutputTokens: number | null; temperature: number | null; seed: number | null }
  /** Absent when nothing was sent. */
  request?: RequestRecord
  response: ResponseRecord
  answer: string
  cost: Cost
  grounding: Grounding
  /** Where an offline replay took it from. */
  from?: AnswerMeasures['from']
}

/** What the session holds itself, and what stands in the answers, is not said again. */
type OwnAsk = 'question' | 'originalModel' | 'frozenFrames' | 'originalAnswer' | 'originalError' | 'original'
type GivenAsk = 'overrideModel' | 'overrideModels' | 'newAnswer' | 'replayed' | 'wordDiff' | 'answers'

export type StoredAsk = Omit<AskReplay, OwnAsk | GivenAsk | 'find'> & {
  find?: Omit<FindReplay, 'query'>
  answers?: Pick<ModelAnswer, 'model' | 'error' | 'answerStatus'>[]
}

export type StoredStep = Omit<ReplayStep, 'step' | 'find' | 'frozen' | 'ask'> & {
  find?: Omit<FindReplay, 'query'>
  frozen?: Omit<FrozenFind, 'query'>
  ask?: StoredAsk
}

export interface ReplayRecord {
  name?: string
  timeMs: number
  client: string
  sdkVersion: string
  engineVersion: string
  durationMs: number
  /** The state that was replayed on. */
  snapshot: SnapshotRecord
  mode: ReplayResult['mode']
  /** What was asked of the replay, as the API names it, without paths, addresses and functions. */
  options: Record<string, unknown>
  /** Labels of the models that were asked instead of the recorded ones. */
  models: string[]
  fromCheckpoint: ReplayResult['fromCheckpoint']
  totalActions: number
  stopped?: ReplayStop
  steps: StoredStep[]
  answers: AnswerRecord[]
}
