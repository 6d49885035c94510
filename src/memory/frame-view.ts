import { unpack } from 'msgpackr/unpack'
import type { Frame } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { hex } from './convert.js'
import type { FrameView } from './types.js'

/** A frame as the API shows it, its metadata unpacked. */
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

function metadata(frame: Frame): Record<string, unknown> {
  if (!frame.metadata) return {}
  try {
    return unpack(frame.metadata) as Record<string, unknown>
  } catch (cause) {
    throw new MemvidError('Corrupt', `the metadata of frame ${frame.frameId} is not MessagePack`, { cause })
  }
}
