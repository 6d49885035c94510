/** Where the bars of a session's waterfall lie. Pure, so that 10,000 actions are laid out once and drawn many times. */
import type { Timeline } from '../api.js'

export interface Layout {
  /** From the first action's start to the last one's end, at least 1. */
  spanMs: number
  /** Each action's start and end, 0..1 of the span. */
  start: Float64Array
  end: Float64Array
  /** When the first token came, 0..1; NaN where there is none. */
  firstToken: Float64Array
}

export function layOut(timeline: Timeline): Layout {
  const { actionCount: n, startMs, timeMs, durationMs, latencyMs, timeToFirstTokenMs } = timeline
  let from = Infinity
  let to = -Infinity
  for (let i = 0; i < n; i++) {
    from = Math.min(from, startMs[i] ?? Infinity)
    to = Math.max(to, timeMs[i] ?? -Infinity)
  }
  const spanMs = n === 0 ? 1 : Math.max(1, to - from)
  const layout: Layout = { spanMs, start: new Float64Array(n), end: new Float64Array(n), firstToken: new Float64Array(n).fill(NaN) }
  for (let i = 0; i < n; i++) {
    const start = (startMs[i] as number) - from
    layout.start[i] = start / spanMs
    layout.end[i] = ((timeMs[i] as number) - from) / spanMs
    const first = timeToFirstTokenMs[i] ?? null
    // The provider's call is the last part of an ask.
    const call = (durationMs[i] ?? latencyMs[i] ?? 0) - (latencyMs[i] ?? 0)
    if (first !== null) layout.firstToken[i] = Math.min(1, (start + Math.max(0, call) + first) / spanMs)
  }
  return layout
}

/** The rows that are in sight around `selected`, so many as fit: all of them where there are few. */
export function visibleRows(actionCount: number, selected: number, rows: number): { first: number; end: number } {
  const first = Math.max(0, Math.min(selected - Math.floor(rows / 2), actionCount - rows))
  return { first, end: Math.min(actionCount, first + rows) }
}

/** Where a key leads, or null when it means nothing here. */
export function stepTo(key: string, selected: number, actionCount: number): number | null {
  const page = 10
  const targets: Record<string, number> = {
    ArrowLeft: selected - 1,
    ArrowRight: selected + 1,
    PageUp: selected - page,
    PageDown: selected + page,
    Home: 0,
    End: actionCount - 1,
  }
  const target = targets[key]
  return target === undefined || actionCount === 0 ? null : Math.max(0, Math.min(actionCount - 1, target))
}
