/** What the recorded asks of a file cost, by model and by day, and what its answer cache saved. */

import Big from 'big.js'
import { OptionReader } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { eachAction } from './events.js'
import { findSession, sessionInfo, type FoundSession } from './lookup.js'
import type { AskRecord } from './record.js'
import { answerFigures, judgeFigures, UNKNOWN_COST, type AnswerFigures } from './totals.js'
import type { CostOptions, CostReport, CostSums } from './types.js'

/** Sums of asks, money in decimals. */
class Sums {
  #figures = {
    asks: 0,
    judges: 0,
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

  add({ usage, cost, cached, saved }: AnswerFigures, counted: 'asks' | 'judges' = 'asks'): void {
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

  add(name: string, figures: AnswerFigures, counted: 'asks' | 'judges'): void {
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

/** Sums the asks of all sessions, or of the one that is named. */
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
  let damagedActions = 0
  for (const session of found) {
    for await (const { record, timeMs } of eachAction(store, session)) {
      if (!record) damagedActions++
      if (record?.kind !== 'ask') continue
      const count = (model: string, figures: AnswerFigures | undefined, counted: 'asks' | 'judges'): void => {
        if (!figures) return
        all.add(figures, counted)
        models.add(model, figures, counted)
        days.add(new Date(timeMs).toISOString().slice(0, 10), figures, counted)
      }
      count(record.model?.label ?? 'unknown', paidFigures(record), 'asks')
      const judge = record.grounding?.judge
      if (judge) count(judge.model, judgeFigures(judge), 'judges')
    }
  }
  return {
    sessions: found.length,
    totals: all.get(),
    models: models.get().map(([model, sums]) => ({ model, ...sums })),
    days: days.get().map(([day, sums]) => ({ day, ...sums })),
    damagedActions,
  }
}
