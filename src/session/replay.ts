import { readPrices } from '../ask/ask.js'
import type { PriceOverrides } from '../ask/prices.js'
import type { Snapshot } from '../native/binding.js'
import { invalid } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { resolveModel, type ResolvedModel } from '../providers/model.js'
import { requirePrices } from './call-cost.js'
import { keptStep } from './bare-step.js'
import { eachAction, readActions, type Action } from './events.js'
import { findSession, type FoundSession } from './lookup.js'
import { eachActionReadAhead } from './read-ahead.js'
import { proveCheckpoint } from './replay-checkpoint.js'
import { replayEstimate } from './model-totals.js'
import { ProviderCalls } from './provider-calls.js'
import type { Divergence, ReplayExtras } from './replay-control-types.js'
import { readReplayOptions, type CheckedReplayOptions } from './replay-options.js'
import { resolveModels } from './replay-models.js'
import type { AnswerRecord } from './replay-record.js'
import { assembleResult } from './replay-result.js'
import { saveReplay } from './replay-save.js'
import { replayStep } from './replay-step.js'
import type { ReplayOptions, ReplayResult, ReplayStep } from './replay-types.js'
import { runOrdered } from './run-ordered.js'
import { isStop } from './stop.js'
import { Tally } from './totals.js'
import type { ActionKind } from './types.js'
import { divergenceOf } from './verdict.js'

/** What every step of one replay shares. */
export interface ReplayRun {
  store: Store
  found: FoundSession
  options: CheckedReplayOptions
  /** Asked instead of the recorded models. */
  models: readonly ResolvedModel[]
  /** For asks that were answered without a network and are answered so again. */
  localModel: ResolvedModel
  prices: PriceOverrides | undefined
  signal: AbortSignal | undefined
  calls: ProviderCalls
  /** The state that the replay began on. */
  snapshot: Snapshot
  /** Every answer that was given, as it is kept when the replay is saved. */
  answers: AnswerRecord[]
  /** Answers of the session's saved replays by their prompt's hash; read when first looked for. */
  savedAnswers?: Promise<Map<string, AnswerRecord[]>>
}

/** How many actions are under way while providers are waited for; the calls themselves have their own limit. */
const WINDOW = 32

/**
 * Carries the session's actions out again, one after the other, and compares; or with `audit` verifies what they recorded. Without
 * `useModel` nothing goes over the network; without `save` nothing is written to the file.
 */
export async function replaySession(store: Store, text: string, given: ReplayOptions): Promise<ReplayResult> {
  const started = performance.now()
  const options = readReplayOptions(given)
  const found = await findSession(store, text)
  const run = await prepareRun(store, found, options)
  const checkpoint = options.fromCheckpoint === undefined ? null : await proveCheckpoint(store, found, options.fromCheckpoint)
  const steps: ReplayStep[] = []
  const original = new Tally()
  if (options.action !== undefined) requireAction(found, options.action)
  const from = options.action ?? (checkpoint ? checkpoint.action + 1 : 0)
  const extras = await runSteps(run, found, from, steps, original)
  const { sessionId, name } = found.info
  const result: ReplayResult = {
    ...assembleResult({
      sessionId,
      name,
      mode: options.audit ? 'audit' : 'standard',
      fromCheckpoint: checkpoint && { name: checkpoint.name, number: checkpoint.number, commit: checkpoint.commit, proven: true },
      totalActions: found.info.actionCount,
      steps,
      original,
      extras,
      models: run.models.map(({ label }) => label),
    }),
    ...(options.dryRun ? { estimate: await replayEstimate(steps.flatMap((step) => step.ask ?? []), run.models, run.prices) } : {}),
    durationMs: performance.now() - started,
  }
  return options.save === undefined ? result : { ...result, ...(await saveReplay(run, result)) }
}

async function prepareRun(store: Store, found: FoundSession, options: CheckedReplayOptions): Promise<ReplayRun> {
  const { baseUrl, signal, concurrency, maxCost, offline, dryRun } = options
  const prices = readPrices(options.prices)
  const models = resolveModels(options.models, baseUrl, offline || dryRun)
  if (maxCost && !offline) await requirePrices(models, prices)
  return {
    store,
    found,
    options,
    models,
    localModel: resolveModel('local:extractive'),
    prices,
    signal,
    calls: new ProviderCalls(concurrency, maxCost),
    snapshot: store.refresh(),
    answers: [],
  }
}

/** Runs the steps into `steps`, and says why where it stopped before the end. */
async function runSteps(run: ReplayRun, found: FoundSession, from: number, steps: ReplayStep[], original: Tally): Promise<ReplayExtras> {
  const { options, signal } = run
  const total = found.info.actionCount
  // One at a time where nobody is waited for, and where a mismatch must be the last thing that is done.
  const width = options.stopOnMismatch || options.offline || run.models.every((model) => model.local) ? 1 : WINDOW
  let firstDivergence: Divergence | undefined
  let done = from
  const work = async (action: Action): Promise<ReplayStep | null> => {
    if (signal?.aborted || run.calls.costStop !== null) return null
    return replayStep(run, action).catch((error: unknown) => {
      if (isStop(error)) return null
      throw error
    })
  }
  const take = (action: Action, step: ReplayStep | null): boolean => {
    if (step) {
      steps.push(keptStep(step, options, total))
      original.add(action)
      done++
      options.onProgress?.({ step: done, total, kind: action.record?.kind ?? ('unknown' satisfies ActionKind) })
      if (options.stopOnMismatch) firstDivergence = divergenceOf(step, options.failOn) ?? undefined
    }
    return !signal?.aborted && run.calls.costStop === null && !firstDivergence
  }
  await runOrdered(actionsOf(run, found, from), width, work, take)
  const complete = steps.length === (options.action === undefined ? total - from : 1)
  if (run.calls.costStop !== null) return { stopped: { reason: 'max-cost', note: run.calls.costStop } }
  if (signal?.aborted && !complete) return { stopped: { reason: 'aborted', note: 'the replay was interrupted' } }
  if (!firstDivergence) return {}
  const { step, about, note } = firstDivergence
  const name = about === null ? '' : ` (${about})`
  return { firstDivergence, stopped: { reason: 'mismatch', note: `step ${step}${name}: ${note}` } }
}

function requireAction({ info }: FoundSession, action: number): void {
  if (action < info.actionCount) return
  throw invalid(`sessionReplay: action ${action} is not in the session, which has ${info.actionCount} actions from number 0 on`)
}

async function* oneAction(store: Store, found: FoundSession, number: number): AsyncGenerator<Action> {
  yield* await readActions(store, found, number, 1)
}

function actionsOf({ store, options }: ReplayRun, found: FoundSession, from: number): AsyncIterable<Action> {
  if (options.action !== undefined) return oneAction(store, found, options.action)
  if (!options.audit) return eachAction(store, found, from)
  return eachActionReadAhead(store, found, from, { asks: !options.skipAsks, finds: !options.skipFinds })
}
