import type { Responder, StandInReply } from './types.js'

/** One step of a script: the reply for requests whose prompt holds `when` (a plain string; left out: any request). */
export interface ScriptStep extends StandInReply {
  when?: string
  /** How many requests the step answers. Default: all. */
  times?: number
}

/** Replies in the order of the script: the first step that fits and is not used up. Falls back to the default answer. */
export function scriptedReplies(steps: readonly ScriptStep[]): Responder {
  const left = steps.map((step) => step.times ?? Infinity)
  return (request) => {
    const chosen = steps.findIndex(
      (step, index) => (left[index] ?? 0) > 0 && (step.when === undefined || `${request.system}\n${request.user}`.includes(step.when)),
    )
    if (chosen === -1) return {}
    left[chosen] = (left[chosen] ?? 0) - 1
    const { when: _when, times: _times, ...reply } = steps[chosen] ?? {}
    return reply
  }
}
