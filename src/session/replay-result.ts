/** A replay's result out of its steps: the same for one that has just run and for one that was saved. */

import { modelTotals } from './model-totals.js'
import type { ReplayExtras } from './replay-control-types.js'
import type { AskReplay, ReplayResult, ReplayStep } from './replay-types.js'
import { isStopCode } from './stop.js'
import { Tally } from './totals.js'

export interface ReplayParts extends Pick<ReplayResult, 'sessionId' | 'name' | 'mode' | 'fromCheckpoint' | 'totalActions'> {
  steps: ReplayStep[]
  /** Over the recorded actions that were replayed. */
  original: Tally
  extras: ReplayExtras
  /** Labels of the models that were asked. */
  models: readonly string[]
}

export function assembleResult({ steps, original, extras, models, ...facts }: ReplayParts): Omit<ReplayResult, 'durationMs'> {
  const asks = steps.flatMap((step) => step.ask ?? [])
  const finds = steps.flatMap((step) => step.find ?? [])
  return {
    ...facts,
    steps,
    findResults: finds,
    askResults: asks,
    putResults: steps.flatMap((step) => step.put ?? []),
    counts: countStatuses(steps),
    retrieval: sessionRetrieval([...finds, ...asks.flatMap((ask) => ask.find ?? [])]),
    ok: !extras.stopped && steps.every((step) => step.ok),
    aborted: extras.stopped?.reason === 'aborted',
    totals: { original: original.totals(), replayed: replayedTotals(asks).totals() },
    ...extras,
    ...(models.length > 1 && asks.some((ask) => ask.answers) ? { models: modelTotals(asks, models) } : {}),
  }
}

function countStatuses(steps: readonly ReplayStep[]): ReplayResult['counts'] {
  const counts: ReplayResult['counts'] = {}
  for (const { status } of steps) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** `REPRODUCED` when every search was, else the first difference; null when none was compared so. */
function sessionRetrieval(finds: readonly { step: number; retrieval: string | null }[]): string | null {
  const compared = finds.filter((find) => find.retrieval !== null).sort((a, b) => a.step - b.step)
  if (compared.length === 0) return null
  const different = compared.find((find) => find.retrieval !== 'REPRODUCED')
  return different ? `step ${different.step}, ${different.retrieval}` : 'REPRODUCED'
}

function replayedTotals(asks: readonly AskReplay[]): Tally {
  const tally = new Tally()
  for (const { replayed, newError, answers = [] } of asks) {
    for (const error of [newError, ...answers.map((answer) => answer.error)]) if (error && !isStopCode(error)) tally.addFailure()
    for (const measures of [replayed, ...answers.map((answer) => answer.measures)]) if (measures) tally.addAnswer({ ...measures, saved: null })
  }
  return tally
}
