/** Where a document stands in one search and, where it was not found, why: the first reason of the closed list that holds. */

import type { Frame } from '../../native/binding.js'
import { MemvidError } from '../../errors.js'
import { retrieve } from '../../memory/retrieve.js'
import type { Store } from '../../memory/store.js'
import type { MissNeed, Standing } from '../miss-types.js'
import { adaptiveNeed } from './adaptive-need.js'
import { failingFilters, withoutFilters, type FailingFilter } from './filters.js'
import type { Place } from './probe.js'
import { searchedList, type RankedList } from './ranked-list.js'

/** What is known of a document's standing so far, before its need and its words. */
type Base = Omit<Standing, 'found' | 'reason' | 'need' | 'note'>

/** With `exact: false` no search is spent on a need that takes some to find out; the note then says about how much. */
export async function standingOf(list: RankedList, frameId: number, frame: Frame | null, exact = true): Promise<Standing> {
  const place = list.place(frameId)
  const base = baseOf(list, frameId, frame, place)
  if (place && place.rank <= list.cut.kept) return { ...base, found: true, reason: null, need: null, note: `found at rank ${place.rank}` }
  if (!frame) return missed(base, 'missing', 'no longer in the file')
  const { commit } = list.probe
  if (frame.commit > commit) {
    const note = `not in the file then: it came with commit ${frame.commit}, the search was on ${commit}`
    return { ...missed(base, 'not-in-file-then', note), commit: frame.commit }
  }
  if (frame.endedCommit !== undefined && frame.endedCommit <= commit) return ended(base, frame, frame.endedCommit)
  try {
    const filters = failingFilters(list.probe.parameters, frame)
    if (filters.length > 0) return await filtered(list, frame, base, filters, exact)
    return place ? await belowCut(list, frame, base, place, exact) : await outOfSight(list, frame, base, exact)
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code === 'Aborted') throw error
    return missed(base, 'unknown', `not among the candidates, and commit ${commit} can't be searched again: ${error.message}`)
  }
}

/** A frame whatever has become of it; null when the file no longer holds it. */
export async function readFrame(store: Store, frameId: number): Promise<Frame | null> {
  try {
    return await store.native.get(frameId)
  } catch (error) {
    if (error instanceof MemvidError && error.code === 'FrameNotFound') return null
    throw error
  }
}

function baseOf(list: RankedList, frameId: number, frame: Frame | null, place: Place | null): Base {
  const { rank, score, text, vector } = place ?? { rank: null, score: null, text: null, vector: null }
  const { threshold } = list.cut
  return { frameId, uri: frame?.uri ?? null, rank, score, text, vector, hasQueryTerm: text ? true : null, threshold, filters: [] }
}

function missed(base: Base, reason: Standing['reason'], note: string, need: MissNeed | null = null): Standing {
  return { ...base, found: false, reason, need, note }
}

function at(base: Base, { rank, score, text, vector }: Place): Base {
  return { ...base, rank, score, text, vector, hasQueryTerm: text ? true : base.hasQueryTerm }
}

function ended(base: Base, { supersededBy }: Frame, commit: number): Standing {
  if (supersededBy === undefined) return { ...missed(base, 'deleted', `deleted (commit ${commit})`), commit }
  const note = `superseded by frame ${supersededBy} (commit ${commit})`
  return { ...missed(base, 'superseded', note), commit, supersededBy }
}

/** The same search without the filters that keep it out says where it would stand. */
async function filtered(list: RankedList, frame: Frame, base: Base, filters: FailingFilter[], exact: boolean): Promise<Standing> {
  const { store, query, parameters, commit } = list.probe
  const open = withoutFilters(parameters, filters)
  const response = await retrieve(store, query, { ...open, snippetChars: 0, asOf: commit })
  const inner = await standingOf(searchedList(store, query, open, response), frame.frameId, frame, exact)
  const names = filters.map(({ name }) => name)
  const then = inner.found ? `rank ${inner.rank}` : inner.note
  const need = inner.found || inner.need ? { without: names, ...inner.need } : null
  const { rank, score, text, vector, hasQueryTerm: has, threshold } = inner
  const filteredBase = { ...base, rank, score, text, vector, hasQueryTerm: has, threshold, filters: names }
  return missed(filteredBase, 'filtered', `filtered out by ${names.join(', ')}; without ${names.length === 1 ? 'it' : 'them'}: ${then}`, need)
}

/** Among what the search ranks, below the cut. */
async function belowCut(list: RankedList, frame: Frame, base: Base, place: Place, exact: boolean): Promise<Standing> {
  const { adaptive, k } = list.probe.parameters
  base.hasQueryTerm = await hasQueryTerm(list, frame, place)
  if (!adaptive) return belowTopK(list, base, place, exact)
  const need = exact ? await adaptiveNeed(list, adaptive, base.frameId, place) : null
  const { threshold, rule } = list.cut
  const needed = need || exact ? needText(need, rule) : 'a lower threshold or a higher max'
  if (place.k !== k) {
    // A score of a deeper search is of another scale than the threshold.
    const note = `cut by the adaptive rule (${rule}): below all that it ranks, rank ${place.rank} of a deeper search, would need ${needed}`
    return missed({ ...at(base, place), score: null }, 'cut', note, need)
  }
  if (threshold !== null && place.score >= threshold) {
    const note = `below the most that the adaptive rule keeps: rank ${place.rank}, would need ${needed}`
    return missed(at(base, place), 'below-top-k', note, need)
  }
  const own = HAS_NUMBER.includes(rule) ? ` (${rule} ${adaptive.threshold})` : ''
  const scores = `score ${digits(place.score)}${threshold === null ? '' : `, threshold ${digits(threshold)}${own}`}`
  const note = `cut by the adaptive rule (${rule}): rank ${place.rank}, ${scores}, would need ${needed}`
  return missed(at(base, place), 'cut', note, need)
}

/** Rules that take a number of the caller's; it is not the least score that they come to. */
const HAS_NUMBER = ['relative', 'absolute', 'cliff']

/** Whether a word of the query is in it; what an arm did not find may only stand deeper than the arm looked. Null in mode vec. */
async function hasQueryTerm({ probe }: RankedList, frame: Frame, place: Place): Promise<boolean | null> {
  if (place.text) return true
  return probe.parameters.mode === 'hybrid' ? probe.with({ mode: 'lex', vector: null }).matches(frame) : null
}

async function belowTopK(list: RankedList, base: Base, place: Place, exact: boolean): Promise<Standing> {
  if (!exact && !list.probe.isStable(place)) {
    const isRanked = place.k === list.probe.parameters.k
    // A rank of a deeper search is not one of this search.
    const standing = isRanked ? at(base, place) : { ...at(base, place), rank: null, score: null }
    const where = isRanked ? `rank ${place.rank}` : 'below all that it ranks'
    return missed(standing, 'below-top-k', `below top-k: ${where}, would need a k of about ${place.rank}`)
  }
  const shown = await shownPlace(list, base.frameId, place)
  const need = await kNeed(list, base.frameId, place)
  return missed(at(base, shown), 'below-top-k', `below top-k: rank ${shown.rank}, would need ${needText(need)}`, need)
}

/** The place by the search's own settings; below all that it ranks, the place with the k that is needed. */
async function shownPlace({ probe }: RankedList, frameId: number, place: Place): Promise<Place> {
  return place.k === probe.parameters.k ? place : ((await probe.leastK(frameId, place)) ?? place)
}

async function kNeed({ probe }: RankedList, frameId: number, place: Place): Promise<MissNeed | null> {
  const least = await probe.leastK(frameId, place)
  return least && { k: least.k }
}

/** Not among the candidates that are known: deeper in the same ranking, or in none. */
async function outOfSight(list: RankedList, frame: Frame, base: Base, exact: boolean): Promise<Standing> {
  const { probe } = list
  const { mode } = probe.parameters
  const place = await probe.locate(frame)
  if (place === 'too-deep') return missed(base, 'below-top-k', `below top-k: deeper than any k up to ${probe.deepest} looks`)
  if (place && place.k === probe.parameters.k && place.rank <= list.cut.kept) {
    const note = `not in the list, but today's engine finds it at rank ${place.rank} with the same settings on the same commit`
    return missed(at(base, place), 'not-reproduced', note)
  }
  if (place && (await hasQueryTerm(list, frame, place)) !== false) return belowCut(list, frame, base, place, exact)
  if (mode === 'vec') return missed(base, 'nothing-to-find', 'without a vector to be found by')
  return withoutTerm(list, frame, base, place)
}

/** No arm finds it by words: then by vector, if at all. */
async function withoutTerm(list: RankedList, frame: Frame, base: Base, fused: Place | null): Promise<Standing> {
  const isSyntax = list.queryKind === 'syntax'
  const words = isSyntax ? "filtered out by the query's own syntax" : 'no query term in it'
  const standing = isSyntax ? { ...base, filters: ['query syntax'] } : { ...base, hasQueryTerm: false }
  const reason = isSyntax ? 'filtered' : 'no-query-term'
  if (fused) {
    const { adaptive } = list.probe.parameters
    const least = await shownPlace(list, frame.frameId, fused)
    const need = adaptive ? await adaptiveNeed(list, adaptive, frame.frameId, fused) : await kNeed(list, frame.frameId, fused)
    return missed(at(standing, least), reason, `${words}; rank ${least.vector?.rank} by vector, would need ${needText(need)}`, need)
  }
  const byVector = await vectorPlace(list, frame)
  if (byVector === 'no-query-vector') return missed(standing, reason, `${words}, and no vector of the query to rank it by`)
  if (!byVector) return missed(standing, reason, `${words}, and no vector to find it by`)
  if (byVector === 'too-deep') return missed(standing, reason, `${words}, and deeper by vector than any k up to ${list.probe.deepest} looks`)
  const need: MissNeed = { mode: 'vec', k: byVector.rank }
  return missed({ ...standing, vector: byVector.vector }, reason, `${words}; rank ${byVector.rank} by vector, would need ${needText(need)}`, need)
}

/** Null where the document has no vector; `no-query-vector` where the file has none, or none that this query can be compared with. */
async function vectorPlace({ probe }: RankedList, frame: Frame): Promise<Place | null | 'too-deep' | 'no-query-vector'> {
  try {
    return await probe.with({ mode: 'vec' }).locate(frame)
  } catch (error) {
    if (error instanceof MemvidError && error.code === 'VectorMismatch') return 'no-query-vector'
    throw error
  }
}

/** `k ≥ 12`, or `mode vec and k ≥ 37`; the number of an adaptive rule with the rule's name. */
export function needText(need: MissNeed | null, rule = 'threshold'): string {
  if (!need) return 'other settings than these'
  const { without, mode, threshold, min, max, k, maxContextTokens } = need
  const parts = [
    ...(without ? [`no ${without.join(', no ')}`] : []),
    ...(mode ? [`mode ${mode}`] : []),
    ...(threshold === undefined ? [] : [`${rule} ${threshold}`]),
    ...(min === undefined ? [] : [`min ≥ ${min}`]),
    ...(max === undefined ? [] : [`max ≥ ${max}`]),
    ...(k === undefined ? [] : [`k ≥ ${k}`]),
    ...(maxContextTokens === undefined ? [] : [`a budget of ${maxContextTokens} tokens`]),
  ]
  return parts.join(' and ')
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)))
}
