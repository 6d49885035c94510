/** A recorded search with other settings, and which settings find a document that it missed. */

import type { FindReplay, ReplayOptions } from '../../../index.js'
import type { MissView, SearchKnobs, SearchView } from '../../api.js'
import type { UiContext } from '../context.js'
import { readBody } from '../input.js'
import { Refusal } from '../problem.js'

export async function searchAgain(context: UiContext, session: string, action: number, body: unknown): Promise<SearchView> {
  const started = performance.now()
  const { candidates = [], ...find } = await findReplay(context, session, action, { ...optionsOf(readBody('search', body)), details: true })
  return { find, candidates, latencyMs: performance.now() - started }
}

export async function explainMiss(context: UiContext, session: string, action: number, body: unknown): Promise<MissView> {
  const { expect, sweep, ...knobs } = readBody('miss', body)
  const { expected, sweep: rows } = await findReplay(context, session, action, { ...optionsOf(knobs), expect, ...(sweep === undefined ? {} : { sweep }) })
  if (!expected) throw new Error('a replay with expect says nothing of the document')
  return { expected, sweep: rows ?? null }
}

/** What is not set stays as it was recorded; so does what is searched, unless it is said. */
function optionsOf({ asOf = 'recorded', ...knobs }: SearchKnobs): ReplayOptions {
  return { ...knobs, ...(asOf === 'now' ? {} : { asOf }) }
}

async function findReplay({ memory, signal }: UiContext, session: string, action: number, options: ReplayOptions): Promise<FindReplay> {
  // Dry: what an ask would be answered over these results is not asked here, not even locally.
  const { steps } = await memory.sessionReplay(session, { ...options, action, dryRun: true, signal })
  const find = steps[0]?.find ?? steps[0]?.ask?.find
  if (find) return find
  const error = steps[0]?.error
  if (error) throw new Refusal(422, error.code, error.message)
  throw new Refusal(409, 'NotASearch', 'this action did not search', 'Choose a find, or an ask that searched.')
}
