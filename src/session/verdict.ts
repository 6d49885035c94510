/** Which steps of a replay count as differences, and what that makes of the whole. */

import type { Divergence, FailOn, ReplayVerdict } from './replay-control-types.js'
import type { ReplayResult, ReplayStep, StepStatus } from './replay-types.js'
import { isStopCode } from './stop.js'

const UNVERIFIED: readonly StepStatus[] = ['CHANGED', 'MISSING', 'UNVERIFIABLE']
const AS_RECORDED: readonly StepStatus[] = ['IDENTICAL', 'VERIFIED', 'SKIPPED', 'NOT CHECKED']

/** The verdict by `failOn`. A step that failed always counts. */
export function judgeReplay(result: ReplayResult, failOn: FailOn | readonly FailOn[] = 'mismatch'): ReplayVerdict {
  const rules = typeof failOn === 'string' ? [failOn] : failOn
  const divergences = result.steps.flatMap((step) => divergenceOf(step, rules) ?? [])
  return { outcome: outcomeOf(divergences, result), divergences }
}

function outcomeOf(divergences: readonly Divergence[], { stopped }: ReplayResult): ReplayVerdict['outcome'] {
  if (divergences.some(({ reason }) => reason === 'failed')) return 'failed'
  if (divergences.length > 0) return 'different'
  return stopped ? 'incomplete' : 'passed'
}

/** A step as a divergence, or null when it does not count as one. */
export function divergenceOf(step: ReplayStep, failOn: readonly FailOn[]): Divergence | null {
  const reason = reasonOf(step, failOn)
  if (!reason) return null
  return { step: step.step, number: step.number, kind: step.kind, about: aboutOf(step), status: step.status, reason, note: noteOf(step) }
}

function reasonOf(step: ReplayStep, failOn: readonly FailOn[]): Divergence['reason'] | null {
  if (isFailed(step)) return 'failed'
  const counts = (...rules: FailOn[]): boolean => rules.some((rule) => failOn.includes(rule))
  if (isUnverified(step) && counts('unverified', 'mismatch', 'changed')) return 'unverified'
  if (!step.ok && counts('mismatch', 'changed')) return 'mismatch'
  return isChanged(step) && counts('changed') ? 'changed' : null
}

function isFailed({ status, ask }: ReplayStep): boolean {
  const errors = [ask?.newError, ...(ask?.answers ?? []).map(({ error }) => error)]
  return status === 'FAILED' || errors.some((error) => error && !isStopCode(error))
}

/** What the session spoke of is not as it was, or can't be shown to be. A search with other results is not of that kind. */
function isUnverified({ status, find, ask }: ReplayStep): boolean {
  return UNVERIFIED.includes(status) && !find && !ask?.find
}

function isChanged({ status, ask }: ReplayStep): boolean {
  return !AS_RECORDED.includes(status) || ask?.diffStatus === 'CHANGED'
}

/** What an action is about: a query, a question. Null where it has neither. */
export function aboutOf({ find, frozen, ask }: ReplayStep): string | null {
  return ask?.question ?? find?.query ?? frozen?.query ?? null
}

function noteOf({ status, note, ask, find }: ReplayStep): string {
  if (note !== null) return note
  if (ask?.diffStatus === 'CHANGED' && AS_RECORDED.includes(status)) {
    const models = ask.answers ? ask.answers.filter((each) => each.answerStatus === 'CHANGED').map((each) => each.model) : []
    return `another answer than was recorded${models.length === 0 ? '' : ` by ${models.join(', ')}`}`
  }
  const list = find ?? ask?.find
  return list ? `other results: [${list.newFrames.join(', ')}] instead of [${list.oldFrames.join(', ')}]` : `the status is ${status}`
}
