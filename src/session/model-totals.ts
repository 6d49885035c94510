/** Sums over a replay's answers, model by model. */

import Big from 'big.js'
import type { ModelEstimate, ModelTotals, ReplayEstimate } from './replay-control-types.js'
import type { PriceOverrides } from '../ask/prices.js'
import { priceOf } from '../ask/cost.js'
import type { ResolvedModel } from '../providers/model.js'
import type { AnswerMeasures, AskReplay } from './replay-types.js'
import { isStopCode } from './stop.js'

interface Answered {
  status: 'identical' | 'changed' | 'failed' | null
  measures: AnswerMeasures | null
}

/** The recording first, then each model in the order in which they were named. */
export function modelTotals(asks: readonly AskReplay[], labels: readonly string[]): ModelTotals[] {
  const original = asks.map(({ original, originalError }): Answered => ({ status: originalError ? 'failed' : null, measures: original }))
  const byModel = labels.map((label, index) => {
    const answers = asks.flatMap((ask) => ask.answers?.[index] ?? [])
    return totalsOf(label, answers.map(({ error, answerStatus, measures = null }): Answered => {
      if (error) return { status: isStopCode(error) ? null : 'failed', measures }
      return { status: answerStatus === 'IDENTICAL' ? 'identical' : 'changed', measures }
    }))
  })
  return [totalsOf('original', original), ...byModel]
}

function totalsOf(model: string, answered: readonly Answered[]): ModelTotals {
  const measures = answered.flatMap((each) => each.measures ?? [])
  const count = (status: Answered['status']): number => answered.filter((each) => each.status === status).length
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : sum(values) / values.length)
  const known = measures.flatMap(({ cost }) => cost.usd ?? [])
  return {
    model,
    answers: measures.length,
    identical: count('identical'),
    changed: count('changed'),
    failed: count('failed'),
    inputTokens: sum(measures.map(({ usage }) => usage?.inputTokens ?? 0)),
    outputTokens: sum(measures.map(({ usage }) => usage?.outputTokens ?? 0)),
    costUsd: known.reduce((total, usd) => total.plus(usd), new Big(0)).toFixed(),
    unknownCosts: measures.length - known.length,
    meanLatencyMs: mean(measures.map(({ latencyMs }) => latencyMs).filter((latencyMs) => latencyMs > 0)),
    meanGrounding: mean(measures.flatMap(({ grounding }) => grounding?.score ?? [])),
    lowGrounding: measures.filter(({ grounding }) => grounding?.hasWarning).length,
  }
}

/** Sums what a dry run found, with the table that each price comes from. */
export async function replayEstimate(
  asks: readonly AskReplay[],
  models: readonly ResolvedModel[],
  prices: PriceOverrides | undefined,
): Promise<ReplayEstimate> {
  const estimates = asks.flatMap((ask) => ask.estimates ?? [])
  const byModel = await Promise.all(
    models.map(async (model): Promise<ModelEstimate> => {
      const own = estimates.filter((estimate) => estimate.model === model.label)
      const price = await priceOf(model, new Date(), prices)
      return {
        model: model.label,
        calls: model.local ? 0 : own.length,
        inputTokens: own.reduce((total, { inputTokens }) => total + inputTokens, 0),
        outputTokens: own.reduce((total, { outputTokens }) => total + outputTokens, 0),
        costUsd: price === null ? null : own.reduce((total, { costUsd }) => total.plus(costUsd ?? 0), new Big(0)).toFixed(),
        priceTable: price?.table ?? null,
        priceDate: price?.date ?? null,
      }
    }),
  )
  return {
    calls: byModel.reduce((total, { calls }) => total + calls, 0),
    costUsd: byModel.reduce((total, { costUsd }) => total.plus(costUsd ?? 0), new Big(0)).toFixed(),
    unknownCosts: estimates.filter(({ costUsd }) => costUsd === null).length,
    models: byModel,
  }
}
