import { MemvidError } from '../errors.js'
import { auditHits } from './audit.js'
import type { Action } from './events.js'
import { withOffset } from './frames.js'
import type { AskRecord, CheckpointRecord, DeleteRecord, FindRecord, PutRecord } from './record.js'
import { auditAsk, replayAsk } from './replay-ask.js'
import { checkpointProblem } from './replay-checkpoint.js'
import { recordedCandidates } from './ranked-candidates.js'
import { replayFind } from './replay-find.js'
import { replayPut } from './replay-put.js'
import type { AskReplay, FindReplay, FrameCheck, ReplayStep, StepStatus } from './replay-types.js'
import type { ReplayRun } from './replay.js'
import { isStop, isStopCode } from './stop.js'

/** A step without what every step has. */
type Outcome = Omit<ReplayStep, 'step' | 'number' | 'kind' | 'durationMs'>

/** Statuses that say that everything is as it was recorded, or that nothing was to be compared. */
const FINE: readonly StepStatus[] = ['IDENTICAL', 'VERIFIED', 'SUPERSEDED', 'SKIPPED', 'NOT CHECKED']

/** Replays one action. What goes wrong with it becomes its status; only what stops the whole replay is thrown. */
export async function replayStep(run: ReplayRun, action: Action): Promise<ReplayStep> {
  const started = performance.now()
  const outcome = await replayAction(run, action).catch(failed)
  const kind = action.record?.kind ?? 'unknown'
  const candidates = run.options.details ? await recordedCandidates(run.store, action) : undefined
  return { step: action.number + 1, number: action.number, kind, ...outcome, ...(candidates && { candidates }), durationMs: performance.now() - started }
}

function failed(error: unknown): Outcome {
  if (!(error instanceof MemvidError) || isStop(error)) throw error
  const { code, message } = error
  return { status: 'FAILED', ok: false, note: `the step could not be replayed: ${message}`, error: { code, message } }
}

async function replayAction(run: ReplayRun, action: Action): Promise<Outcome> {
  const { record, error } = action
  if (!record) {
    if (error?.code === 'Erased') {
      const { code, message } = error
      return { status: 'UNVERIFIABLE', ok: false, note: `erased since: ${message}`, error: { code, message } }
    }
    const code = error?.code ?? 'Corrupt'
    const message = error ? withOffset(error) : 'the record is damaged'
    return { status: 'UNVERIFIABLE', ok: false, note: `the record of this action can't be trusted: ${message}`, error: { code, message } }
  }
  switch (record.kind) {
    case 'find':
      return replayFindAction(run, action, record)
    case 'ask':
      return replayAskAction(run, action, record)
    case 'put':
    case 'put-many':
    case 'update':
    case 'delete':
      return replayPutAction(run, action, record)
    case 'checkpoint':
      return replayCheckpoint(run, record)
    default:
      return { status: 'NOT CHECKED', ok: true, note: 'an action of this kind is not carried out again' }
  }
}

const SKIPPED: Outcome = { status: 'SKIPPED', ok: true, note: null }

async function replayFindAction(run: ReplayRun, action: Action, record: FindRecord): Promise<Outcome> {
  if (run.options.skipFinds) return SKIPPED
  const { query, parameters, retrieval } = record
  const step = action.number + 1
  if (!retrieval) return notChecked(record)
  if (run.options.audit) {
    // Where nothing was found there is nothing to read again, and nothing counts as verified that was not compared.
    if (retrieval.cut.kept === 0) return { status: 'NOT CHECKED', ok: true, note: 'nothing was found, so there is nothing to verify' }
    const audited = await auditHits(run.store, retrieval, action.commit)
    const frozen = { step, query, frozenFrames: audited.frames.map((frame) => frame.frameId), ...audited }
    return { ...outcome(audited.status, noteOf(audited.problems, audited.frames)), frozen }
  }
  const { replay } = await replayFind(run.store, step, { query, parameters, retrieval }, run.options)
  return { ...searchOutcome(replay), find: replay }
}

async function replayAskAction(run: ReplayRun, action: Action, record: AskRecord): Promise<Outcome> {
  if (run.options.skipAsks) return SKIPPED
  const step = action.number + 1
  const ask = run.options.audit ? await auditAsk(run, step, action, record) : await replayAsk(run, step, record)
  if (ask.status === 'NOT CHECKED') return { ...notChecked(record), ask }
  const base = ask.find ? searchOutcome(ask.find) : outcome(ask.status, noteOf(ask.contextProblems ?? [], ask.frames ?? []))
  return { ...withNewError(base, ask), ask }
}

async function replayPutAction(run: ReplayRun, action: Action, record: PutRecord | DeleteRecord): Promise<Outcome> {
  const put = await replayPut(run.store, action.number + 1, action, record)
  const notes = put.frames.flatMap(({ frameId, note }) => (note === null ? [] : [`frame ${frameId}: ${note}`]))
  const uncompared = put.status === 'UNVERIFIABLE' ? ['the record does not name the frames that it wrote'] : []
  return { ...outcome(put.status, sentence([...uncompared, ...notes])), put }
}

async function replayCheckpoint(run: ReplayRun, record: CheckpointRecord): Promise<Outcome> {
  const problem = await checkpointProblem(run.store, record)
  return outcome(problem === null ? 'VERIFIED' : 'CHANGED', problem)
}

function outcome(status: StepStatus, note: string | null): Outcome {
  return { status, ok: FINE.includes(status), note }
}

/** A different list is what was asked for where settings were overridden; without overrides it is a difference. */
function searchOutcome(find: FindReplay): Outcome {
  const asked = Object.keys(find.overrides).length > 0
  const notes = [...find.came, ...find.went].map((change) => change.note)
  return { status: find.status, ok: asked || find.status === 'IDENTICAL', note: sentence([...notes, ...differenceNotes(find)]) }
}

function differenceNotes({ status, moved, otherContent, otherPassage, displacedTop }: FindReplay): string[] {
  const at = (rank: number | null) => (rank === null ? 'gone' : `at rank ${rank}`)
  return [
    ...(displacedTop ? [`the top hit is displaced: frame ${displacedTop.frameId} was first and is ${at(displacedTop.newRank)} now`] : []),
    ...(status === 'REORDERED' ? [`${moved.length} documents at another rank`] : []),
    ...otherContent.map((frameId) => `frame ${frameId} has another content hash than was recorded`),
    ...otherPassage.map((frameId) => `frame ${frameId} was found by another passage`),
  ]
}

function withNewError(base: Outcome, { newError, answers = [] }: AskReplay): Outcome {
  if (newError) return { ...base, ok: false, note: `the model could not be asked: ${newError.message}`, error: newError }
  const failed = answers.find(({ error }) => error && !isStopCode(error))
  if (!failed) return base
  return { ...base, ok: false, note: `${failed.model} could not be asked: ${failed.error!.message}`, error: failed.error! }
}

function notChecked({ error }: FindRecord | AskRecord): Outcome {
  const note = error ? `the recorded action had failed: ${error.message}` : 'nothing was found, so no model was asked'
  return { status: 'NOT CHECKED', ok: true, note }
}

function noteOf(problems: readonly string[], frames: readonly FrameCheck[]): string | null {
  const since = frames.filter((frame) => frame.hashMatches && frame.note !== null).map((frame) => `frame ${frame.frameId}: ${frame.note}`)
  return sentence([...problems, ...since])
}

function sentence(parts: readonly string[]): string | null {
  return parts.length === 0 ? null : parts.join('; ')
}
