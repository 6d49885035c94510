import { MemvidError } from '../errors.js'
import { invalid, OptionReader, requiredText } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { readActions } from './events.js'
import { findSession, type FoundSession } from './lookup.js'
import type { ForkRecord } from './record.js'
import { startSession } from './recorder.js'
import { proveCheckpoint } from './replay-checkpoint.js'
import type { SessionForkOptions, SessionForkResult } from './types.js'

/**
 * Starts a new session that says which session it goes on from, and where: after a checkpoint, or after an action. Both the place and
 * the state that the file then had are proven first. Neither the original nor the file's content is changed.
 */
export async function forkSession(store: Store, text: string, given: SessionForkOptions): Promise<SessionForkResult> {
  const options = new OptionReader('sessionFork', given, ['name', 'fromCheckpoint', 'fromAction'])
  const name = requiredText('sessionFork: the name', options.raw('name'))
  const fromAction = options.integer('fromAction', 0, Number.MAX_SAFE_INTEGER)
  const fromCheckpoint = readPlace(options.raw('fromCheckpoint'))
  if ((fromAction === undefined) === (fromCheckpoint === undefined)) {
    throw invalid('sessionFork: it takes either fromCheckpoint or fromAction', 'Say where the new session goes on from.')
  }
  const found = await findSession(store, text)
  const place = fromAction === undefined ? await afterCheckpoint(store, found, fromCheckpoint!) : await afterAction(store, found, fromAction)
  const forkedFrom: ForkRecord = { session: found.session, name: found.info.name, ...place }
  const sessionId = await startSession(store, name, forkedFrom)
  const { action, checkpoint = null, commit, chainHash } = place
  const origin = { sessionId: found.info.sessionId, name: found.info.name, action, checkpoint, commit }
  return { sessionId, name, forkedFrom: { ...origin, chainHash: Buffer.from(chainHash).toString('hex') } }
}

type Place = Pick<ForkRecord, 'action' | 'checkpoint' | 'commit' | 'chainHash'>

async function afterCheckpoint(store: Store, found: FoundSession, wanted: string | number): Promise<Place> {
  const { action, name, commit } = await proveCheckpoint(store, found, wanted)
  const { chainHash } = await store.native.snapshotAt(commit)
  return { action, checkpoint: name, commit, chainHash }
}

/** The state right after an action is that of its own commit, which follows the one that it was carried out on. */
async function afterAction(store: Store, found: FoundSession, number: number): Promise<Place> {
  const [action] = await readActions(store, found, number, 1)
  if (!action) {
    throw new MemvidError('ActionNotFound', `this session has no action ${number}, it has ${found.info.actionCount}`, {
      hint: 'Actions are numbered from 0, as `memvid session view` shows them.',
      path: store.path,
    })
  }
  if (!action.event) throw action.error ?? new MemvidError('Corrupt', `action ${number} is damaged`, { path: store.path })
  const before = await store.native.snapshotAt(action.event.commit)
  if (!before.chainHash.equals(action.event.chainHash)) {
    const message = `action ${number} names another commit ${action.event.commit} than this file's history holds`
    throw new MemvidError('CheckpointMismatch', message, { path: store.path })
  }
  const { commit, chainHash } = await store.native.snapshotAt(action.event.commit + 1)
  return { action: number, commit, chainHash }
}

function readPlace(value: unknown): string | number | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw invalid(`sessionFork: fromCheckpoint is a checkpoint's name or its number from 1, got ${JSON.stringify(value)}`)
}
