/** Shapes of the engine as shapes of the API. */

import { unpack } from 'msgpackr'
import type { Frame, FrameSummary, Hit, Snapshot } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import type { FindHit, FrameView, SnapshotInfo, TimelineEntry } from './types.js'

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

export function frameView(frame: Frame): FrameView {
  return {
    frameId: frame.frameId,
    uri: frame.uri,
    title: frame.title ?? null,
    mimeType: frame.mimeType,
    ...(frame.text === undefined ? {} : { text: frame.text }),
    ...(frame.bytes === undefined ? {} : { bytes: frame.bytes }),
    tags: frame.tags,
    metadata: metadata(frame),
    timestampMs: frame.timestampMs,
    contentHash: hex(frame.contentHash),
    sizeBytes: frame.sizeBytes,
    status: frame.status as FrameView['status'],
    commit: frame.commit,
    supersedes: frame.supersedes ?? null,
    supersededBy: frame.supersededBy ?? null,
    endedCommit: frame.endedCommit ?? null,
  }
}

export function timelineEntry(frame: FrameSummary): TimelineEntry {
  return { ...frame, title: frame.title ?? null }
}

function metadata(frame: Frame): Record<string, unknown> {
  if (!frame.metadata) return {}
  try {
    return unpack(frame.metadata) as Record<string, unknown>
  } catch (cause) {
    throw new MemvidError('Corrupt', `the metadata of frame ${frame.frameId} is not MessagePack`, { cause })
  }
}
