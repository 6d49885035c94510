import type { SessionEvent } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import type { Store } from '../memory/store.js'
import { decodePayload, isMap } from './codec.js'
import type { FoundSession } from './lookup.js'
import { readAction } from './read-record.js'
import type { AnyRecord } from './read-record.js'
import { withoutCandidates } from './skim.js'
import type { ActionKind } from './types.js'

/** An action as it stands in the file: its envelope from the engine and its payload, or why that can't be read. */
export interface Action {
  /** From 0. */
  number: number
  timeMs: number
  /** The commit that it was carried out on. */
  commit: number
  frames: { frameId: number; contentHash: Buffer }[]
  /** Null when the record is damaged. */
  record: AnyRecord | null
  error?: MemvidError
  /** What it was, where that is all that can be said of it. */
  kind?: ActionKind
  /** The fields that were not erased, and the names of those that were, where they make no record any more. */
  left?: Record<string, unknown>
  /** The event itself; absent when it can't be read. */
  event?: SessionEvent
}

/** Actions are read in pages, so that a session of any length needs the same memory. */
const PAGE = 256

/** The actions of a session in order, from number `from` on. A damaged one is given with its error; the others stay readable. */
export async function* eachAction(store: Store, found: FoundSession, from = 0): AsyncGenerator<Action> {
  for (let offset = from; offset < found.info.actionCount; offset += PAGE) yield* await readActions(store, found, offset, PAGE)
}

/**
 * Up to `wanted` actions from number `offset` on. `skim` leaves the candidates of searches out of the records, which are most of their
 * bytes: for those who only want to say what was done.
 */
export async function readActions(store: Store, found: FoundSession, offset: number, wanted: number, skim = false): Promise<Action[]> {
  const { session, info } = found
  const limit = Math.min(wanted, info.actionCount - offset)
  if (limit <= 0) return []
  try {
    const events = await store.native.sessionEvents(session, offset, limit)
    return events.map((event) => readEvent(event, skim))
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code !== 'Corrupt') throw error
    return readOneByOne(store, session, offset, limit, skim)
  }
}

async function readOneByOne(store: Store, session: Buffer, offset: number, limit: number, skim: boolean): Promise<Action[]> {
  const actions: Action[] = []
  for (let number = offset; number < offset + limit; number++) {
    try {
      const [event] = await store.native.sessionEvents(session, number, 1)
      if (!event) break
      actions.push(readEvent(event, skim))
    } catch (error) {
      if (!(error instanceof MemvidError) || error.code !== 'Corrupt') throw error
      actions.push({ number, timeMs: 0, commit: 0, frames: [], record: null, error })
    }
  }
  return actions
}

function readEvent(event: SessionEvent, skim: boolean): Action {
  const { sequence: number, timeMs, commit, frames, payload } = event
  try {
    const skimmed = skim ? decodePayload(withoutCandidates(payload), `action ${number}`) : null
    // What is left of an erased record is looked at whole.
    const isSkimmed = skimmed !== null && !isMap(skimmed['erased'])
    const fields = isSkimmed ? skimmed : decodePayload(payload, `action ${number}`)
    return { number, timeMs, commit, frames, ...readPayload(fields, number, isSkimmed), event }
  } catch (error) {
    if (!(error instanceof MemvidError)) throw error
    return { number, timeMs, commit, frames, record: null, error, event }
  }
}

/** Salts serve the proof (format-spec/09-proof) and say nothing of the action. What was erased is named. */
function readPayload(payload: Record<string, unknown>, number: number, isSkimmed: boolean): Pick<Action, 'kind' | 'record' | 'error' | 'left'> {
  const { salt: _, salts: __, erased, ...fields } = payload
  if (!isMap(erased)) return { record: readAction(fields, number, isSkimmed) }
  const names = Object.keys(erased).sort()
  const error = new MemvidError('Erased', names.join(', '))
  try {
    return { record: { ...readAction(fields, number), erased: names } }
  } catch {
    return { record: null, error, left: { ...fields, erased: names }, ...(typeof fields['kind'] === 'string' && { kind: fields['kind'] as ActionKind }) }
  }
}
