/** Why a document is in one list and not in the other, as far as records and file prove it. */

import type { FindResponse, Frame } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import type { Cut } from '../memory/types.js'
import type { Store } from '../memory/store.js'
import type { RetrievalRecord } from './record.js'
import type { RankChange } from './replay-types.js'

export interface ComparedLists {
  retrieval: RetrievalRecord
  response: FindResponse
  oldFrames: readonly number[]
  newFrames: readonly number[]
  overrides: Record<string, unknown>
}

type Reason = Pick<RankChange, 'reason' | 'note'>

/** A candidate's place among the recorded ones and among the new ones; null where it was none. */
interface Place {
  rank: number | null
  score: number | null
}

export async function rankChanges(store: Store, lists: ComparedLists): Promise<{ came: RankChange[]; went: RankChange[] }> {
  const before = new Set(lists.oldFrames)
  const now = new Set(lists.newFrames)
  const came = lists.newFrames.filter((frameId) => !before.has(frameId))
  const went = lists.oldFrames.filter((frameId) => !now.has(frameId))
  return {
    came: await Promise.all(came.map((frameId) => describe(store, frameId, lists, whyCame))),
    went: await Promise.all(went.map((frameId) => describe(store, frameId, lists, whyWent))),
  }
}

type Why = (frame: Frame | null, old: Place, current: Place, lists: ComparedLists) => Reason

async function describe(store: Store, frameId: number, lists: ComparedLists, why: Why): Promise<RankChange> {
  const recorded = lists.retrieval.candidates
  const candidates = lists.response.candidates
  const oldIndex = recorded.frameId.indexOf(frameId)
  const old = placeAt(oldIndex, recorded.score[oldIndex])
  const newIndex = candidates.findIndex((candidate) => candidate.frameId === frameId)
  const current = placeAt(newIndex, candidates[newIndex]?.score)
  const frame = await readFrame(store, frameId)
  return {
    frameId,
    uri: frame?.uri ?? null,
    oldRank: old.rank,
    newRank: current.rank,
    oldScore: old.score,
    newScore: current.score,
    ...why(frame, old, current, lists),
  }
}

function placeAt(index: number, score: number | undefined): Place {
  return index === -1 ? { rank: null, score: null } : { rank: index + 1, score: score ?? null }
}

async function readFrame(store: Store, frameId: number): Promise<Frame | null> {
  try {
    return await store.native.get(frameId)
  } catch (error) {
    if (error instanceof MemvidError && error.code === 'FrameNotFound') return null
    throw error
  }
}

function whyCame(frame: Frame | null, old: Place, _current: Place, { retrieval, overrides }: ComparedLists): Reason {
  const then = retrieval.snapshot.commit
  if (frame && frame.commit > then) {
    const note = `Document was not in the file then: it came with commit ${frame.commit}, the search was on ${then}`
    return { reason: 'not-in-file-then', note }
  }
  if (old.rank !== null) {
    return { reason: cutReason(retrieval.cut), note: `Document existed at rank ${old.rank}, ${foundBy(overrides)} found it` }
  }
  const count = retrieval.candidates.frameId.length
  return { reason: 'not-a-candidate', note: `Document was not among the ${count} recorded candidates, ${foundBy(overrides)} found it` }
}

function whyWent(frame: Frame | null, old: Place, current: Place, { response }: ComparedLists): Reason {
  const { snapshot, cut } = response
  if (!frame) return { reason: 'missing', note: `Document was at rank ${old.rank}; the file no longer holds it` }
  if (frame.commit > snapshot.commit) {
    const note = `Document came with commit ${frame.commit}, after the commit ${snapshot.commit} that was searched`
    return { reason: 'not-in-file-then', note }
  }
  if (frame.endedCommit !== undefined && frame.endedCommit <= snapshot.commit) {
    const by = frame.supersededBy === undefined ? '' : ` by frame ${frame.supersededBy}`
    const reason = frame.supersededBy === undefined ? 'deleted' : 'superseded'
    return { reason, note: `Document was ${reason} since${by} (commit ${frame.endedCommit})` }
  }
  const { rank, score } = current
  if (rank === null) return { reason: 'not-a-candidate', note: `Document is not among the ${response.candidates.length} candidates now` }
  const reason = cutReason(cut)
  if (reason === 'below-top-k') return { reason, note: `Document is below top-k: rank ${rank}, would need k ≥ ${rank}` }
  const threshold = cut.threshold === undefined ? '' : `, threshold ${cut.threshold}`
  return { reason, note: `Document is cut by the adaptive rule (${cut.rule}): rank ${rank}, score ${score}${threshold}` }
}

function cutReason(cut: Cut | FindResponse['cut']): 'below-top-k' | 'cut' {
  return cut.rule === 'top-k' ? 'below-top-k' : 'cut'
}

/** What of the replay's settings let a document in that stood below the recorded cut. */
function foundBy(overrides: Record<string, unknown>): string {
  if (overrides['adaptive']) return 'adaptive'
  if (overrides['k'] !== undefined) return 'top-k'
  if (overrides['mode'] !== undefined) return `mode ${String(overrides['mode'])}`
  return "today's content"
}
