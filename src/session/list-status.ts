/** Two ranked lists compared by all that makes a hit: frame, bytes, passage and place. */

import type { FindResponse } from '../native/binding.js'
import { hashAt } from './frames.js'
import type { RetrievalRecord } from './record.js'
import type { FindStatus, ListDifference } from './replay-types.js'

/** A hit as two lists are compared by it. */
export interface ListedHit {
  frameId: number
  contentHash: Uint8Array
  /** UTF-8 byte span of the passage. */
  start: number
  length: number
}

/** The hits of a recorded search: its candidates above the cut. */
export function recordedHits({ candidates, cut }: RetrievalRecord): ListedHit[] {
  return candidates.frameId.slice(0, cut.kept).map((frameId, index) => ({
    frameId,
    contentHash: hashAt(candidates.contentHash, index),
    start: candidates.start[index]!,
    length: candidates.length[index]!,
  }))
}

export function searchedHits({ hits }: FindResponse): ListedHit[] {
  return hits
}

/** `IDENTICAL` only when every rank holds the same frame, with the same content hash, found by the same passage. */
export function listStatus(before: readonly ListedHit[], now: readonly ListedHit[]): { status: FindStatus; difference: ListDifference } {
  const places = new Map(now.map((hit, index) => [hit.frameId, { hit, rank: index + 1 }]))
  const otherContent: number[] = []
  const otherPassage: number[] = []
  const moved: ListDifference['moved'] = []
  for (const [index, hit] of before.entries()) {
    const place = places.get(hit.frameId)
    if (!place) continue
    if (!Buffer.from(hit.contentHash).equals(place.hit.contentHash)) otherContent.push(hit.frameId)
    else if (hit.start !== place.hit.start || hit.length !== place.hit.length) otherPassage.push(hit.frameId)
    if (place.rank !== index + 1) moved.push({ frameId: hit.frameId, oldRank: index + 1, newRank: place.rank })
  }
  const sameFrames = before.length === now.length && before.every((hit) => places.has(hit.frameId))
  const same = sameFrames && otherContent.length === 0 && otherPassage.length === 0
  const status = !same ? 'CHANGED' : moved.length === 0 ? 'IDENTICAL' : 'REORDERED'
  return { status, difference: { moved, otherContent, otherPassage, displacedTop: displacedTop(before, now) } }
}

/** What became of the first hit where it is no longer first. */
function displacedTop([top]: readonly ListedHit[], now: readonly ListedHit[]): ListDifference['displacedTop'] {
  if (!top || now[0]?.frameId === top.frameId) return null
  const place = now.findIndex((hit) => hit.frameId === top.frameId)
  return { frameId: top.frameId, newRank: place === -1 ? null : place + 1, by: now[0]?.frameId ?? null }
}
