import type { CheckedReplayOptions } from './replay-options.js'
import type { ReplayStep } from './replay-types.js'

/**
 * The step as the result keeps it. Who was told of it by `onStep` and answered `false` has no need of its details; in an audit that asks
 * no model and is not saved nothing is summed up from them either, so they go, and a long session takes no more memory than a short one.
 */
export function keptStep(step: ReplayStep, options: CheckedReplayOptions, total: number): ReplayStep {
  const isWanted = options.onStep?.(step, total) !== false
  const isNeeded = !options.audit || options.models.length > 0 || options.dryRun || options.save !== undefined
  if (isWanted || isNeeded) return step
  const { number, kind, status, ok, note, durationMs } = step
  return { step: step.step, number, kind, status, ok, note, durationMs }
}
