import { MemvidError } from '../errors.js'
import { readPrices } from '../ask/ask.js'
import type { PriceOverrides } from '../ask/prices.js'
import type { Store } from '../memory/store.js'
import { resolveModel, type ResolvedModel } from '../providers/model.js'
import { eachAction } from './events.js'
import { findSession, type FoundSession } from './lookup.js'
import { proveCheckpoint } from './replay-checkpoint.js'
import { readReplayOptions } from './replay-options.js'
import { replayStep } from './replay-step.js'
import type { AskReplay, ReplayOptions, ReplayResult, ReplayStep } from './replay-types.js'
import { Tally } from './totals.js'
import type { ActionKind } from './types.js'

/** What every step of one replay shares. */
export interface ReplayRun {
  store: Store
  options: ReplayOptions
  useModel: ResolvedModel | undefined
  /** For asks that were answered without a network and are answered so again. */
  localModel: ResolvedModel
  prices: PriceOverrides | undefined
  signal: AbortSignal | undefined
}

/**
 * Carries the session's actions out again, one after the other, and compares; or with `audit` verifies what they recorded. Without
 * `useModel` nothing goes over the network, and nothing is written to the file in any case.
 */
export async function replaySession(store: Store, text: string, given: ReplayOptions): Promise<ReplayResult> {
  const started = performance.now()
  const options = readReplayOptions(given)
  const run = prepareRun(store, options)
  const found = await findSession(store, text)
  const checkpoint = options.fromCheckpoint === undefined ? null : await proveCheckpoint(store, found, options.fromCheckpoint)
  const steps: ReplayStep[] = []
  const original = new Tally()
  const aborted = await runSteps(run, found, checkpoint ? checkpoint.action + 1 : 0, steps, original)
  const asks = steps.flatMap((step) => step.ask ?? [])
  const finds = steps.flatMap((step) => step.find ?? [])
  return {
    sessionId: found.info.sessionId,
    name: found.info.name,
    mode: options.audit ? 'audit' : 'standard',
    fromCheckpoint: checkpoint && { name: checkpoint.name, number: checkpoint.number, commit: checkpoint.commit, proven: true },
    totalActions: found.info.actionCount,
    steps,
    findResults: finds,
    askResults: asks,
    putResults: steps.flatMap((step) => step.put ?? []),
    counts: countStatuses(steps),
    retrieval: sessionRetrieval([...finds, ...asks.flatMap((ask) => ask.find ?? [])]),
    ok: !aborted && steps.every((step) => step.ok),
    aborted,
    totals: { original: original.totals(), replayed: replayedTotals(asks).totals() },
    durationMs: performance.now() - started,
  }
}

function prepareRun(store: Store, options: ReplayOptions): ReplayRun {
  const { useModel, baseUrl, signal } = options
  return {
    store,
    options,
    useModel: useModel === undefined ? undefined : resolveModel(useModel, { baseUrl }),
    localModel: resolveModel('local:extractive'),
    prices: readPrices(options.prices),
    signal,
  }
}

/** Runs the steps into `steps`; true when the signal stopped it before the end. */
async function runSteps(run: ReplayRun, found: FoundSession, from: number, steps: ReplayStep[], original: Tally): Promise<boolean> {
  const total = found.info.actionCount
  for await (const action of eachAction(run.store, found, from)) {
    if (run.signal?.aborted) return true
    try {
      steps.push(await replayStep(run, action))
    } catch (error) {
      if (error instanceof MemvidError && error.code === 'Aborted') return true
      throw error
    }
    original.add(action)
    run.options.onProgress?.({ step: action.number + 1, total, kind: action.record?.kind ?? ('unknown' satisfies ActionKind) })
  }
  return false
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
  for (const { replayed, newError } of asks) {
    if (newError) tally.addFailure()
    if (replayed) tally.addAnswer({ usage: replayed.usage, cost: replayed.cost, cached: replayed.cached, saved: null })
  }
  return tally
}
