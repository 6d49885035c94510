/** Shapes of the engine as shapes of the API. */

import type { FrameSummary, Hit, Snapshot } from '../native/binding.js'
import type { FindHit, SnapshotInfo, TimelineEntry } from './types.js'

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export function snapshotInfo(snapshot: Snapshot): SnapshotInfo {
  const { commit, chainHash, timeMs, frameCount, liveFrameCount } = snapshot
  return { commit, chainHash: hex(chainHash), timeMs, frameCount, liveFrameCount }
}

export function findHit(hit: Hit, index: number): FindHit {
  return {
    rank: index + 1,
    frameId: hit.frameId,
    uri: hit.uri,
    title: hit.title ?? null,
    snippet: hit.snippet,
    score: hit.score,
    scores: { text: hit.textScore ?? null, vector: hit.vectorScore ?? null },
    ranks: { text: hit.textRank ?? null, vector: hit.vectorRank ?? null },
    span: { start: hit.start, length: hit.length },
    contentHash: hex(hit.contentHash),
    timestampMs: hit.timestampMs,
  }
}

export function timelineEntry(frame: FrameSummary): TimelineEntry {
  return { ...frame, title: frame.title ?? null }
}
