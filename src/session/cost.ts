/** What the recorded asks and the saved replays of a file cost, by model and by day, and what its answer cache saved. */

import Big from 'big.js'
import { MemvidError } from '../errors.js'
import { OptionReader } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { eachAction } from './events.js'
import { findSession, sessionInfo, type FoundSession } from './lookup.js'
import type { AskRecord } from './record.js'
import { readReplays } from './replay-saved.js'
import { answerFigures, judgeFigures, UNKNOWN_COST, type AnswerFigures } from './totals.js'
import type { CostOptions, CostReport, CostSums } from './types.js'

type Counted = 'asks' | 'judges' | 'replayedAnswers'

/** Sums of asks, money in decimals. */
class Sums {
  #figures = {
    asks: 0,
    judges: 0,
    replayedAnswers: 0,
    cachedAnswers: 0,
    uncachedInputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    unknownCosts: 0,
    unknownSavings: 0,
  }
  #cost = new Big(0)
  #saved = new Big(0)

  add({ usage, cost, cached, saved }: AnswerFigures, counted: Counted): void {
    const sums = this.#figures
    const { inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage ?? {}
    sums[counted]++
    sums.uncachedInputTokens += Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens)
    sums.cacheReadTokens += cacheReadTokens
    sums.cacheWriteTokens += cacheWriteTokens
    sums.outputTokens += outputTokens
    sums.reasoningTokens += reasoningTokens
    if (cost.usd === null) sums.unknownCosts++
    else this.#cost = this.#cost.plus(cost.usd)
    if (!cached) return
    sums.cachedAnswers++
    if (saved?.usd) this.#saved = this.#saved.plus(saved.usd)
    else sums.unknownSavings++
  }

  get(): CostSums {
    const { uncachedInputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = this.#figures
    const inputTokens = uncachedInputTokens + cacheReadTokens + cacheWriteTokens
    return {
      ...this.#figures,
      inputTokens,
      totalTokens: inputTokens + outputTokens,
      costUsd: this.#cost.toFixed(),
      savedUsd: this.#saved.toFixed(),
    }
  }
}

/** Sums under names, in the order of the names. */
class SumsByName {
  readonly #sums = new Map<string, Sums>()

  add(name: string, figures: AnswerFigures, counted: Counted): void {
    let sums = this.#sums.get(name)
    if (!sums) this.#sums.set(name, (sums = new Sums()))
    sums.add(figures, counted)
  }

  get(): [string, CostSums][] {
    const named = [...this.#sums].map(([name, sums]): [string, CostSums] => [name, sums.get()])
    return named.sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** What an ask adds, or undefined where no model was paid: it failed before anything came. */
function paidFigures(record: AskRecord): AnswerFigures | undefined {
  if (record.answer !== undefined) return answerFigures(record)
  if (record.partialAnswer === undefined) return undefined
  return { usage: null, cost: UNKNOWN_COST, cached: false, saved: null }
}

/** Whom to charge for what, when. */
type Count = (model: string, timeMs: number, figures: AnswerFigures | undefined, counted: Counted) => void

/** Counts the asks of a session; returns how many of its actions can't be read. */
async function countAsks(store: Store, session: FoundSession, count: Count): Promise<number> {
  let damaged = 0
  for await (const { record, timeMs } of eachAction(store, session)) {
    if (!record) damaged++
    if (record?.kind !== 'ask') continue
    count(record.model?.label ?? 'unknown', timeMs, paidFigures(record), 'asks')
    const judge = record.grounding?.judge
    if (judge) count(judge.model, timeMs, judgeFigures(judge), 'judges')
  }
  return damaged
}

/** Counts what saved replays asked models for, not what they took from the record or the cache. Returns how many can't be read. */
async function countReplays(store: Store, session: FoundSession, count: Count): Promise<number> {
  try {
    const replays = await readReplays(store, session)
    for (const { info, record } of replays) {
      for (const { model, request, response, cost, from } of record?.answers ?? []) {
        if (request && !from) count(model.label, info.timeMs, { usage: response.usage, cost, cached: false, saved: null }, 'replayedAnswers')
      }
    }
    return replays.filter(({ record }) => !record).length
  } catch (error) {
    if (error instanceof MemvidError && error.code === 'Corrupt') return 1
    throw error
  }
}

/** Sums the asks and saved replays of all sessions, or of the one that is named. */
export async function costReport(store: Store, given: CostOptions): Promise<CostReport> {
  const wanted = new OptionReader('cost', given, ['session']).text('session')
  store.refresh()
  const found: FoundSession[] =
    wanted === undefined
      ? (await store.native.sessions()).map((summary) => ({ session: summary.session, info: sessionInfo(summary) }))
      : [await findSession(store, wanted)]
  const all = new Sums()
  const models = new SumsByName()
  const days = new SumsByName()
  const count: Count = (model, timeMs, figures, counted) => {
    if (!figures) return
    all.add(figures, counted)
    models.add(model, figures, counted)
    days.add(new Date(timeMs).toISOString().slice(0, 10), figures, counted)
  }
  let damagedActions = 0
  for (const session of found) damagedActions += (await countAsks(store, session, count)) + (await countReplays(store, session, count))
  return {
    sessions: found.length,
    totals: all.get(),
    models: models.get().map(([model, sums]) => ({ model, ...sums })),
    days: days.get().map(([day, sums]) => ({ day, ...sums })),
    damagedActions,
  }
}
