import type { FindResponse } from '../native/binding.js'
import { cutInfo, retrieve } from '../memory/retrieve.js'
import type { Store } from '../memory/store.js'
import type { SearchMode } from '../memory/types.js'
import { listStatus, recordedHits, searchedHits } from './list-status.js'
import { expectedReplay } from './miss/expect.js'
import { SearchPair } from './miss/pair.js'
import { promptOver, recordedPrompt } from './miss/prompt-list.js'
import { recordedList, searchedList } from './miss/ranked-list.js'
import { sweepRows } from './miss/sweep.js'
import { readSweep } from './miss/sweep-settings.js'
import { searchedCandidates } from './ranked-candidates.js'
import { promptReplay, rankChanges } from './rank-change.js'
import type { RetrievalRecord, SearchParameters } from './record.js'
import type { FindReplay, FindStatus, ReplayOptions } from './replay-types.js'
import { firstDifference } from './reproduced.js'
import { overridesOf, replayedParameters, type RecordedSearch, type SearchOverrides } from './search-overrides.js'

/** Searches again and compares with what was recorded. */
export async function replayFind(
  store: Store,
  step: number,
  recorded: RecordedSearch,
  options: SearchOverrides & Pick<ReplayOptions, 'expect' | 'sweep' | 'details'>,
): Promise<{ replay: FindReplay; response: FindResponse }> {
  const { query, retrieval } = recorded
  const parameters = replayedParameters(recorded, options)
  const overrides = overridesOf(recorded, parameters, options)
  const response = await retrieve(store, query, parameters)
  const pair = await pairOf(store, recorded, parameters, response, overrides, options)
  const searched = parameters.asOf ?? 'today'
  const { came, went } = await rankChanges(pair, searched)
  const prompt = await promptReplay(pair, searched)
  const { status, difference } = listStatus(recordedHits(retrieval), searchedHits(response))
  const expected = options.expect === undefined ? undefined : await expectedReplay(pair, options.expect, searched)
  const reproducing = options.asOf === 'recorded' || options.expect !== undefined
  const replay: FindReplay = {
    step,
    query,
    status,
    mode: response.mode as SearchMode,
    searched,
    overrides,
    oldFrames: pair.old.list.kept,
    newFrames: pair.current.list.kept,
    oldCut: retrieval.cut,
    newCut: cutInfo(response.cut),
    came,
    went,
    ...difference,
    ...(prompt ? { prompt } : {}),
    ...(expected ? { expected } : {}),
    ...(expected && options.sweep !== undefined ? { sweep: await sweepRows(pair, recorded, expected, options, readSweep(options.sweep)) } : {}),
    retrieval: reproducing ? await reproduced(store, recorded) : null,
    ...(options.details ? { candidates: await searchedCandidates(store, response) } : {}),
  }
  return { replay, response }
}

/** Whether today's engine gives the recorded ranking again, on the recorded commit with the recorded settings. */
async function reproduced(store: Store, { query, parameters, retrieval }: RecordedSearch): Promise<string> {
  const response = await retrieve(store, query, { ...parameters, asOf: retrieval.snapshot.commit })
  return firstDifference(retrieval, response)
}

async function pairOf(
  store: Store,
  recorded: RecordedSearch,
  parameters: SearchParameters,
  response: FindResponse,
  overrides: Record<string, unknown>,
  { maxContextTokens }: SearchOverrides,
): Promise<SearchPair> {
  const { query, retrieval, context } = recorded
  const old = { parameters: recorded.parameters, list: recordedList(store, query, recorded.parameters, retrieval) }
  const current = { parameters, list: searchedList(store, query, parameters, response) }
  if (!context) return new SearchPair(store, query, old, current, overrides)
  const prompts = {
    old: recordedPrompt(store, recorded, context),
    current: await promptOver(store, recorded, response, maxContextTokens ?? context.maxContextTokens),
  }
  return new SearchPair(store, query, { ...old, prompt: prompts.old }, { ...current, prompt: prompts.current }, overrides)
}

/** Frame ids compared by place. Frames are immutable: in one file the same ids are the same contents. */
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
