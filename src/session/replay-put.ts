import type { Store } from '../memory/store.js'
import type { Action } from './events.js'
import { readFrames } from './frames.js'
import type { DeleteRecord, PutRecord } from './record.js'
import type { FrameCheck, PutReplay, PutStatus } from './replay-types.js'

/** From the best to the worst: an action that wrote many frames has the status of its worst one. */
const WORST_LAST: readonly PutStatus[] = ['IDENTICAL', 'SUPERSEDED', 'DELETED', 'CHANGED', 'MISSING']

/** Whether what an action wrote is still there, byte for byte. */
export async function replayPut(store: Store, step: number, action: Action, record: PutRecord | DeleteRecord): Promise<PutReplay> {
  const recorded = action.frames.map(({ frameId, contentHash }, index) => {
    const uri = record.kind === 'delete' ? record.uri : (record.items[index]?.uri ?? `mv2://frames/${frameId}`)
    return { frameId, contentHash, uri }
  })
  // What the action itself ended is not "since": its own commit is the one after the snapshot that it was written on.
  const frames = (await readFrames(store, recorded, action.commit + 1)).map(({ check }) => check)
  const statuses = frames.map((frame) => statusOf(frame, record.kind === 'delete'))
  const status = WORST_LAST.findLast((candidate) => statuses.includes(candidate)) ?? 'IDENTICAL'
  return { step, kind: record.kind, status, frames }
}

function statusOf({ state, hashMatches }: FrameCheck, wasDeleted: boolean): PutStatus {
  if (state === 'missing') return 'MISSING'
  if (!hashMatches) return 'CHANGED'
  // What a delete left is a deleted frame whose bytes the log still holds.
  if (wasDeleted) return state === 'deleted' ? 'IDENTICAL' : 'CHANGED'
  if (state === 'superseded') return 'SUPERSEDED'
  return state === 'deleted' ? 'DELETED' : 'IDENTICAL'
}
