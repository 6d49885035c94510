import type { FindResponse } from '../native/binding.js'
import { candidatesFor, cutInfo, readAdaptive, retrieve } from '../memory/retrieve.js'
import type { Store } from '../memory/store.js'
import type { SearchMode } from '../memory/types.js'
import { listStatus, recordedHits, searchedHits } from './list-status.js'
import { rankChanges } from './rank-change.js'
import type { CandidateColumns, RetrievalRecord, SearchParameters } from './record.js'
import type { FindReplay, FindStatus, ReplayOptions } from './replay-types.js'

/** A recorded search: of a find, or the retrieval of an ask. */
export interface RecordedSearch {
  query: string
  parameters: SearchParameters
  retrieval: RetrievalRecord
}

export type SearchOverrides = Pick<ReplayOptions, 'adaptive' | 'topK' | 'mode' | 'asOf'>

/** Searches again and compares with what was recorded. */
export async function replayFind(
  store: Store,
  step: number,
  recorded: RecordedSearch,
  options: SearchOverrides,
): Promise<{ replay: FindReplay; response: FindResponse }> {
  const { query, retrieval } = recorded
  const parameters = replayedParameters(recorded, options)
  const overrides = overridesOf(recorded.parameters, parameters)
  const { response } = await retrieve(store, query, parameters)
  const oldFrames = keptFrames(retrieval)
  const newFrames = response.hits.map((hit) => hit.frameId)
  const { came, went } = await rankChanges(store, { retrieval, response, oldFrames, newFrames, overrides })
  const { status, difference } = listStatus(recordedHits(retrieval), searchedHits(response))
  const replay: FindReplay = {
    step,
    query,
    status,
    mode: response.mode as SearchMode,
    searched: parameters.asOf ?? 'today',
    overrides,
    oldFrames,
    newFrames,
    oldCut: retrieval.cut,
    newCut: cutInfo(response.cut),
    came,
    went,
    ...difference,
    retrieval: options.asOf === 'recorded' && Object.keys(overrides).length === 0 ? firstDifference(retrieval.candidates, response) : null,
  }
  return { replay, response }
}

/** Frames are immutable, so the same ids in the same order are the same contents in the same order. */
export function findStatus(oldFrames: readonly number[], newFrames: readonly number[]): FindStatus {
  if (oldFrames.length !== newFrames.length) return 'CHANGED'
  if (oldFrames.every((frameId, index) => newFrames[index] === frameId)) return 'IDENTICAL'
  const now = new Set(newFrames)
  return oldFrames.every((frameId) => now.has(frameId)) ? 'REORDERED' : 'CHANGED'
}

/** Ids of the hits: the candidates above the cut. */
export function keptFrames(retrieval: RetrievalRecord): number[] {
  return retrieval.candidates.frameId.slice(0, retrieval.cut.kept)
}

function replayedParameters({ parameters, retrieval }: RecordedSearch, { adaptive, topK, mode, asOf }: SearchOverrides): SearchParameters {
  const cut = adaptive === undefined ? recordedAdaptive(parameters, topK) : readAdaptive('sessionReplay', adaptive, topK)
  const k = cut?.max ?? topK ?? parameters.k
  return {
    ...parameters,
    mode: mode ?? parameters.mode,
    // Words alone don't read a vector, and the engine refuses what it would ignore.
    vector: mode === 'lex' ? null : parameters.vector,
    k,
    candidates: Math.max(parameters.candidates, candidatesFor(k)),
    adaptive: cut,
    asOf: asOf === 'recorded' ? retrieval.snapshot.commit : (asOf ?? parameters.asOf),
  }
}

function recordedAdaptive({ adaptive }: SearchParameters, topK: number | undefined): SearchParameters['adaptive'] {
  if (!adaptive || topK === undefined) return adaptive
  return { ...adaptive, max: topK, min: Math.min(adaptive.min, topK) }
}

/** Settings that differ from the recorded ones. What is searched is not a setting. */
function overridesOf(recorded: SearchParameters, replayed: SearchParameters): Record<string, unknown> {
  const names = ['mode', 'k', 'adaptive'] as const
  const changed = names.filter((name) => JSON.stringify(recorded[name]) !== JSON.stringify(replayed[name]))
  return Object.fromEntries(changed.map((name) => [name, replayed[name]]))
}

/** Whether the engine gives the recorded ranking again, candidate by candidate with their scores. */
function firstDifference(recorded: CandidateColumns, { candidates }: FindResponse): string {
  for (let index = 0; index < Math.max(recorded.frameId.length, candidates.length); index++) {
    const before = recorded.frameId[index]
    const now = candidates[index]
    const rank = `rank ${index + 1}`
    if (before === undefined) return `${rank}: frame ${now?.frameId} came in addition`
    if (!now) return `${rank}: frame ${before} was recorded, nothing came now`
    if (now.frameId !== before) return `${rank}: frame ${before} was recorded, frame ${now.frameId} came now`
    const sameSpan = now.start === recorded.start[index] && now.length === recorded.length[index]
    if (!sameSpan) return `${rank}: frame ${before} was found by another passage`
    if (now.score !== recorded.score[index]) return `${rank}: frame ${before} had score ${recorded.score[index]}, now ${now.score}`
  }
  return 'REPRODUCED'
}
