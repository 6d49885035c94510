/** What the charts draw. What was not captured is left out, never drawn as zero. */
import type { Timeline } from '../api.js'

const MAX_BARS = 200

export interface Series {
  /** Each the greatest value of a run of actions, and the action that it is of. */
  bars: { action: number; value: number }[]
  most: number
  captured: number
}

export function series(values: readonly (number | null)[]): Series {
  const width = Math.max(1, Math.ceil(values.length / MAX_BARS))
  const bars: Series['bars'] = []
  let most = 0
  let captured = 0
  for (let from = 0; from < values.length; from += width) {
    const bar = { action: from, value: 0 }
    for (let i = from; i < Math.min(values.length, from + width); i++) {
      const value = values[i] ?? null
      if (value === null) continue
      captured++
      if (value > bar.value) Object.assign(bar, { action: i, value })
    }
    most = Math.max(most, bar.value)
    bars.push(bar)
  }
  return { bars, most, captured }
}

/** How many scores lie in each tenth; 1 belongs to the last. */
export function histogram(scores: readonly (number | null)[]): number[] {
  const tenths = new Array<number>(10).fill(0)
  for (const score of scores) if (score !== null) tenths[Math.min(9, Math.max(0, Math.floor(score * 10)))]!++
  return tenths
}

export interface ModelRow {
  model: string
  asks: number
  inputTokens: number
  outputTokens: number
  /** Of the asks whose cost is known. */
  costUsd: number
  unknownCosts: number
}

export function byModel(timeline: Timeline): ModelRow[] {
  const rows = new Map<string, ModelRow>()
  timeline.model.forEach((model, i) => {
    if (model === null) return
    const row = rows.get(model) ?? { model, asks: 0, inputTokens: 0, outputTokens: 0, costUsd: 0, unknownCosts: 0 }
    rows.set(model, row)
    const cost = timeline.costUsd[i] ?? null
    row.asks++
    row.inputTokens += timeline.inputTokens[i] ?? 0
    row.outputTokens += timeline.outputTokens[i] ?? 0
    if (cost === null) row.unknownCosts++
    else row.costUsd += Number(cost)
  })
  return [...rows.values()].sort((a, b) => b.costUsd - a.costUsd)
}
