/** What a replay searches with: the recorded settings, and what is set differently. */

import type { AskedModel } from '../ask/budget.js'
import { candidatesFor, readAdaptive } from '../memory/retrieve.js'
import type { ContextRecord, RetrievalRecord, SearchParameters } from './record.js'
import type { ReplayOptions } from './replay-types.js'

/** A recorded search: of a find, or the retrieval of an ask with the context that came of it. */
export interface RecordedSearch {
  query: string
  parameters: SearchParameters
  retrieval: RetrievalRecord
  context?: ContextRecord | undefined
  /** Of an ask: the model, which counts the tokens of a budget its own way. */
  model?: AskedModel | null
}

export type SearchOverrides = Pick<ReplayOptions, 'adaptive' | 'topK' | 'mode' | 'asOf' | 'alpha' | 'fusion' | 'exact' | 'filters' | 'maxContextTokens'>

/** The recorded parameters with what is set differently. */
export function replayedParameters({ parameters, retrieval }: RecordedSearch, options: SearchOverrides): SearchParameters {
  const { adaptive, topK, mode, asOf, alpha, fusion, exact, filters } = options
  const cut = adaptive === undefined ? recordedAdaptive(parameters, topK) : readAdaptive('sessionReplay', adaptive, topK)
  const k = cut?.max ?? topK ?? parameters.k
  return {
    ...parameters,
    ...(filters === false ? NO_FILTERS : {}),
    mode: mode ?? parameters.mode,
    // Words alone don't read a vector, and the engine refuses what it would ignore.
    vector: mode === 'lex' ? null : parameters.vector,
    k,
    alpha: alpha ?? parameters.alpha,
    // A weight is only read by the fusion that is told its weight.
    fusion: fusion ?? (alpha === undefined || parameters.fusion !== 'auto' ? parameters.fusion : 'relative'),
    candidates: Math.max(parameters.candidates, candidatesFor(k)),
    adaptive: cut,
    asOf: asOf === 'recorded' ? retrieval.snapshot.commit : (asOf ?? parameters.asOf),
    ...(exact !== undefined && { exact }),
  }
}

function recordedAdaptive({ adaptive }: SearchParameters, topK: number | undefined): SearchParameters['adaptive'] {
  if (!adaptive || topK === undefined) return adaptive
  return { ...adaptive, max: topK, min: Math.min(adaptive.min, topK) }
}

const NO_FILTERS = { scope: null, tags: [], afterMs: null, beforeMs: null } satisfies Partial<SearchParameters>

/** Settings that differ from the recorded ones. What is searched is not a setting. */
export function overridesOf(recorded: RecordedSearch, replayed: SearchParameters, { maxContextTokens }: SearchOverrides): Record<string, unknown> {
  const { parameters, context } = recorded
  // Only what is exact says so.
  const valueOf = (from: SearchParameters, name: keyof SearchParameters) => JSON.stringify(from[name] ?? (name === 'exact' ? false : null))
  const differs = (name: keyof SearchParameters) => valueOf(parameters, name) !== valueOf(replayed, name)
  const changed = (['mode', 'k', 'adaptive', 'alpha', 'fusion', 'exact'] as const).filter(differs).map((name) => [name, replayed[name]])
  const unfiltered = (['scope', 'tags', 'afterMs', 'beforeMs'] as const).some(differs)
  const isBudget = context !== undefined && maxContextTokens !== undefined && maxContextTokens !== context.maxContextTokens
  return { ...Object.fromEntries(changed), ...(unfiltered ? { filters: false } : {}), ...(isBudget ? { maxContextTokens } : {}) }
}
