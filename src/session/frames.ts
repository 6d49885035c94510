/** Reads recorded frames again and compares their hashes: the ground on which every VERIFIED stands. */

import { MemvidError } from '../errors.js'
import type { Store } from '../memory/store.js'
import { parseErrorData } from '../native/errors.js'
import type { FrameCheck } from './replay-types.js'

/** A frame as an action recorded it. */
export interface RecordedFrame {
  frameId: number
  contentHash: Uint8Array
  uri: string | null
  /** UTF-8 byte span of the text that is wanted; absent: none of it. */
  start?: number
  length?: number
}

export interface ReadFrame {
  check: FrameCheck
  /** The span's text; absent when it could not be read. */
  text?: string
}

/** The engine reads and hashes a frame's whole content, whatever has become of the frame since `commit`. */
export async function readFrames(store: Store, frames: readonly RecordedFrame[], commit: number): Promise<ReadFrame[]> {
  if (frames.length === 0) return []
  const spans = frames.map(({ frameId, start = 0, length = 0 }) => ({ frameId, start, length }))
  const results = await store.spans.read(spans)
  return Promise.all(
    frames.map(async (frame, index): Promise<ReadFrame> => {
      const { text, contentHash, status, error } = results[index]!
      const { frameId, uri } = frame
      if (error !== undefined) return { check: { frameId, uri, ...unreadable(parseErrorData(error)) } }
      const hashMatches = contentHash.equals(frame.contentHash)
      const since = status === 'active' ? null : await endedSince(store, frameId, status, commit)
      const note = hashMatches ? since : 'the content has another hash than was recorded'
      return { check: { frameId, uri, state: status, hashMatches, note }, text }
    }),
  )
}

function unreadable(error: MemvidError): Pick<FrameCheck, 'state' | 'hashMatches' | 'note'> {
  if (error.code === 'FrameNotFound') return { state: 'missing', hashMatches: false, note: 'the file no longer holds this frame' }
  return { state: 'damaged', hashMatches: false, note: withOffset(error) }
}

/** The message with the place in the file, where the error names one. */
export function withOffset({ message, offset }: MemvidError): string {
  return offset === undefined ? message : `${message} (at byte ${offset})`
}

/** `superseded since` or `deleted since` with by what and when; null when it was so at the action already. */
async function endedSince(store: Store, frameId: number, status: string, commit: number): Promise<string | null> {
  const { supersededBy, endedCommit } = await store.native.get(frameId)
  if (endedCommit !== undefined && endedCommit <= commit) return null
  const by = supersededBy === undefined ? '' : `by frame ${supersededBy}, `
  return endedCommit === undefined ? `${status} since` : `${status} since (${by}commit ${endedCommit})`
}

/** Ids of the checked frames that were replaced, or deleted, since the action. */
export function endedFrames(checks: readonly FrameCheck[], state: 'superseded' | 'deleted'): number[] {
  return checks.filter((check) => check.state === state && check.note !== null).map((check) => check.frameId)
}

export function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * 32, index * 32 + 32)
}
