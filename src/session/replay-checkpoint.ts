import { MemvidError } from '../errors.js'
import type { Store } from '../memory/store.js'
import { eachAction } from './events.js'
import type { FoundSession } from './lookup.js'
import type { CheckpointRecord } from './record.js'

export interface ProvenCheckpoint {
  name: string
  /** Among the session's checkpoints, from 1. */
  number: number
  /** The action's number. */
  action: number
  commit: number
}

/** Finds a checkpoint by its name, or by its number, and proves that the file's history still holds the state that it names. */
export async function proveCheckpoint(store: Store, session: FoundSession, wanted: string | number): Promise<ProvenCheckpoint> {
  const checkpoints: { record: CheckpointRecord; action: number }[] = []
  for await (const { record, number } of eachAction(store, session)) {
    if (record?.kind === 'checkpoint') checkpoints.push({ record, action: number })
  }
  const byName = checkpoints.findIndex(({ record }) => record.name === wanted)
  const index = byName === -1 ? Number(wanted) - 1 : byName
  const found = checkpoints[index]
  if (!found) {
    const names = checkpoints.map(({ record }) => record.name).join(', ')
    throw new MemvidError('CheckpointNotFound', `this session has no checkpoint "${wanted}"`, {
      hint: names === '' ? 'It has no checkpoints.' : `It has: ${names}.`,
      path: store.path,
    })
  }
  const problem = await checkpointProblem(store, found.record)
  if (problem !== null) throw new MemvidError('CheckpointMismatch', `checkpoint "${found.record.name}": ${problem}`, { path: store.path })
  return { name: found.record.name, number: index + 1, action: found.action, commit: found.record.snapshot.commit }
}

/** What contradicts a checkpoint in the file's history; null when the very state is there. */
export async function checkpointProblem(store: Store, { snapshot }: CheckpointRecord): Promise<string | null> {
  const { commit, frameCount, liveFrameCount } = snapshot
  try {
    const found = await store.native.snapshotAt(commit)
    if (!found.chainHash.equals(snapshot.chainHash)) return `commit ${commit} of this file has another chain hash than the checkpoint names`
    const sameCounts = found.frameCount === frameCount && found.liveFrameCount === liveFrameCount
    return sameCounts ? null : `commit ${commit} holds ${found.liveFrameCount} live frames, the checkpoint names ${liveFrameCount}`
  } catch (error) {
    if (error instanceof MemvidError) return `the file's history does not prove commit ${commit}: ${error.message}`
    throw error
  }
}
