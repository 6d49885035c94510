/** What a search ranked, recorded or just run, as the API shows it: hits first, then what the cut left out. */

import { MemvidError } from '../errors.js'
import { hex } from '../memory/convert.js'
import type { Store } from '../memory/store.js'
import type { FindResponse } from '../native/binding.js'
import type { Action } from './events.js'
import { hashAt } from './frames.js'
import type { RankedCandidate } from './replay-types.js'

/** The candidates that a find or an ask recorded; undefined for an action that did not search, or whose search failed. */
export async function recordedCandidates(store: Store, { record }: Action): Promise<RankedCandidate[] | undefined> {
  if (record?.kind !== 'find' && record?.kind !== 'ask') return undefined
  const { retrieval } = record
  if (!retrieval) return undefined
  const { candidates: columns, uris, titles } = retrieval
  const names = await namesOf(store, columns.frameId.slice(uris.length))
  return columns.frameId.map((frameId, index) => ({
    rank: index + 1,
    frameId,
    ...(index < uris.length ? { uri: uris[index]!, title: titles[index] ?? null } : names[index - uris.length]!),
    span: { start: columns.start[index]!, length: columns.length[index]! },
    contentHash: hex(hashAt(columns.contentHash, index)),
    score: columns.score[index]!,
    scores: { text: columns.textScore[index] ?? null, vector: columns.vectorScore[index] ?? null },
    ranks: { text: columns.textRank[index] ?? null, vector: columns.vectorRank[index] ?? null },
  }))
}

export async function searchedCandidates(store: Store, { candidates, hits }: FindResponse): Promise<RankedCandidate[]> {
  const names = await namesOf(store, candidates.slice(hits.length).map(({ frameId }) => frameId))
  return candidates.map((candidate, index) => {
    const hit = hits[index]
    const { frameId, start, length, contentHash, score, textScore = null, vectorScore = null, textRank = null, vectorRank = null } = candidate
    return {
      rank: index + 1,
      frameId,
      ...(hit ? { uri: hit.uri, title: hit.title ?? null } : names[index - hits.length]!),
      span: { start, length },
      contentHash: hex(contentHash),
      score,
      scores: { text: textScore, vector: vectorScore },
      ranks: { text: textRank, vector: vectorRank },
    }
  })
}

/** Names are not recorded below the cut: they are read from the frames, as far as the file still holds those. */
function namesOf(store: Store, frameIds: readonly number[]): Promise<Pick<RankedCandidate, 'uri' | 'title'>[]> {
  return Promise.all(
    frameIds.map(async (frameId) => {
      try {
        const { uri, title = null } = await store.native.get(frameId)
        return { uri, title }
      } catch (error) {
        if (error instanceof MemvidError && ['FrameNotFound', 'Corrupt'].includes(error.code)) return { uri: null, title: null }
        throw error
      }
    }),
  )
}
