import Big from 'big.js'
import type { Cost, GroundingJudge, TokenUsage } from '../types.js'
import type { Action } from './events.js'
import type { AskRecord } from './record.js'
import type { ActionKind, SessionTotals } from './types.js'

/** What one answer adds to the sums. */
export interface AnswerFigures {
  usage: TokenUsage | null
  cost: Cost
  cached: boolean
  /** The cost that a cached answer did not have again. */
  saved: Cost | null
}

/** Counts actions and sums tokens and money, in decimals. */
export class Tally {
  count = 0
  readonly actions: Partial<Record<ActionKind, number>> = {}
  #inputTokens = 0
  #outputTokens = 0
  #cost = new Big(0)
  #saved = new Big(0)
  #unknownCosts = 0
  #cachedAnswers = 0
  #failures = 0

  /** Adds a recorded action. */
  add({ record }: Action): void {
    this.count++
    if (!record) return void this.#failures++
    this.actions[record.kind] = (this.actions[record.kind] ?? 0) + 1
    if ('error' in record && record.error) this.#failures++
    if (record.kind !== 'ask') return
    if (record.answer !== undefined) this.addAnswer(answerFigures(record))
    if (record.grounding?.judge) this.#addCall(judgeFigures(record.grounding.judge))
  }

  addAnswer({ usage, cost, cached, saved }: AnswerFigures): void {
    this.#addCall({ usage, cost, cached, saved })
    if (cached) this.#cachedAnswers++
    if (saved?.usd) this.#saved = this.#saved.plus(saved.usd)
  }

  /** The tokens and the cost of one call of a model, an answer's or a judge's. */
  #addCall({ usage, cost }: AnswerFigures): void {
    this.#inputTokens += usage?.inputTokens ?? 0
    this.#outputTokens += usage?.outputTokens ?? 0
    if (cost.usd === null) this.#unknownCosts++
    else this.#cost = this.#cost.plus(cost.usd)
  }

  addFailure(): void {
    this.#failures++
  }

  totals(): SessionTotals {
    return {
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      totalTokens: this.#inputTokens + this.#outputTokens,
      costUsd: this.#cost.toFixed(),
      unknownCosts: this.#unknownCosts,
      savedUsd: this.#saved.toFixed(),
      cachedAnswers: this.#cachedAnswers,
      failures: this.#failures,
    }
  }
}

export const UNKNOWN_COST: Cost = { usd: null, priceTable: null, priceDate: null }
/** Of an answer for which nothing was paid: from the cache, or made here. */
export const NO_COST: Cost = { usd: '0', priceTable: null, priceDate: null }

export function answerFigures(record: AskRecord): AnswerFigures {
  return {
    usage: record.response?.usage ?? null,
    cost: record.cost ?? UNKNOWN_COST,
    cached: record.cached,
    saved: record.cache?.cost ?? null,
  }
}

/** What a second opinion adds; a reply from the cache had its cost before. */
export function judgeFigures({ usage, cost, cached, savedUsd }: GroundingJudge): AnswerFigures {
  const saved = cached ? { ...UNKNOWN_COST, usd: savedUsd ?? null } : null
  return { usage, cost, cached, saved }
}
