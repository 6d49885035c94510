import type { Store } from '../memory/store.js'
import { MemvidError } from '../errors.js'
import type { Action } from './events.js'
import { readFrames } from './frames.js'
import type { DeleteRecord, PutRecord } from './record.js'
import type { FrameCheck, PutReplay, PutStatus } from './replay-types.js'

/** From the best to the worst: an action that wrote many frames has the status of its worst one. */
const WORST_LAST: readonly PutStatus[] = ['IDENTICAL', 'SUPERSEDED', 'CHANGED', 'MISSING', 'UNVERIFIABLE']

/** Whether what an action wrote is still there, byte for byte, and still what the memory holds. */
export async function replayPut(store: Store, step: number, action: Action, record: PutRecord | DeleteRecord): Promise<PutReplay> {
  const wasDeleted = record.kind === 'delete'
  const recorded = action.frames.map(({ frameId, contentHash }, index) => {
    const uri = record.kind === 'delete' ? record.uri : (record.items[index]?.uri ?? `mv2://frames/${frameId}`)
    return { frameId, contentHash, uri }
  })
  // What the action itself ended is not "since": its own commit is the one after the snapshot that it was written on.
  const checks = (await readFrames(store, recorded, action.commit + 1)).map(({ check }) => check)
  const frames = wasDeleted ? await Promise.all(checks.map((check) => withSuccessor(store, check))) : checks
  const statuses = frames.map((frame) => statusOf(frame, wasDeleted))
  // A record that names no frame, or another number of them than its items, proves nothing.
  const named = record.kind === 'delete' ? 1 : record.items.length
  const comparable = named > 0 && named === frames.length
  const worst = WORST_LAST.findLast((candidate) => statuses.includes(candidate))
  return { step, kind: record.kind, status: comparable && worst ? worst : 'UNVERIFIABLE', frames }
}

/** After a delete, the note says whether the URI was put again since. */
async function withSuccessor(store: Store, check: FrameCheck): Promise<FrameCheck> {
  if (check.uri === null || check.note !== null || check.state !== 'deleted') return check
  const { frameId, status } = await store.native.get(check.uri).catch((error: unknown) => {
    if (error instanceof MemvidError && error.code === 'FrameNotFound') return { frameId: check.frameId, status: check.state }
    throw error
  })
  const isPutAgain = frameId !== check.frameId && status === 'active'
  return isPutAgain ? { ...check, note: `the URI was put again since, as frame ${frameId}` } : check
}

function statusOf({ state, hashMatches, note }: FrameCheck, wasDeleted: boolean): PutStatus {
  if (state === 'missing') return 'MISSING'
  if (!hashMatches) return 'CHANGED'
  // What a delete left is a deleted frame whose bytes the log still holds.
  if (wasDeleted && state !== 'deleted') return 'CHANGED'
  // Without a note nothing has happened since: a frame that its own batch replaced again is as the action left it.
  return note === null ? 'IDENTICAL' : 'SUPERSEDED'
}
