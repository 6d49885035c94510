/** Taking what an action said out of the file, so that its proof stays (format-spec/07, "Erasure"; format-spec/09). */

import { MemvidError } from '../errors.js'
import { OptionReader } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import type { SessionEvent } from '../native/binding.js'
import { commitment, type Field, type OpenField } from '../proof/statement.js'
import { decodePayload, encodePayload, isMap } from './codec.js'
import { eachAction } from './events.js'
import { sessionIdText } from './id.js'
import { findSession, sessionInfo, type FoundSession } from './lookup.js'
import { proveAction } from './tree.js'
import type { SessionRedactOptions, SessionRedactResult } from './verify-types.js'

/** What a model or a tool said, with what quotes it. */
const ANSWER = ['answer', 'partialAnswer', 'grounding', 'output']
/** What was asked, with the hashes and messages that it could be guessed from. */
const QUESTION = ['question', 'query', 'input', 'request', 'cacheKey', 'error']
/** Of an action that is erased as a whole these stay: what it was, when, and what it cost. */
const KEPT = ['v', 'kind', 'client', 'durationMs', 'startedAtMs', 'response', 'cost', 'cached', 'cache', 'durability', 'batch']
/** Fields that hold a text as it was said. */
const TEXTS = ['answer', 'partialAnswer', 'output', 'question', 'query', 'input']

/** Erases an action's answer, its question, or everything that it said. Cached answers of an ask go with any of them. */
export async function redactAction(store: Store, text: string, given: SessionRedactOptions): Promise<SessionRedactResult> {
  const options = new OptionReader('sessionRedact', given, ['action', 'field'])
  const action = options.integer('action', 0, Number.MAX_SAFE_INTEGER)
  const field = options.oneOf('field', ['answer', 'question', 'all']) ?? 'all'
  const found = await findSession(store, text)
  const event = await eventOf(store, found, action)
  const payload = decodePayload(event.payload, `action ${action}`)
  const { statement, fields } = proveAction(found.session, event)
  const chosen = fields.filter((each): each is OpenField => 'value' in each && isChosen(each.name, field))
  if (chosen.length === 0) {
    throw new MemvidError('InvalidInput', `action ${action} has nothing left to erase as ${field}`, { hint: 'See `memvid session view`.' })
  }
  const erased = encodePayload(withoutFields(payload, fields, chosen))
  if (proveAction(found.session, { ...event, payload: erased }).statement !== statement) {
    throw new MemvidError('Internal', 'what would be left of the action does not prove what it proved before')
  }
  const key = payload['cacheKey']
  const cacheKeys = key instanceof Uint8Array ? [Buffer.from(key)] : []
  const replays = await savedReplays(store, found, event.sequence)
  const events = [{ offset: event.offset, payload: erased }, ...replays]
  const done = await store.native.erase({ events, cacheKeys, nowMs: Date.now() })
  return {
    sessionId: found.info.sessionId,
    action: event.sequence,
    fields: chosen.map(({ name }) => name).sort(),
    cachedAnswers: done.answers,
    savedReplays: replays.length,
    isSalted: chosen.every(({ salt }) => salt.length > 0),
    sameTextIn: await sameText(store, payload, chosen),
    commit: done.commit,
  }
}

async function eventOf(store: Store, { session, info }: FoundSession, action: number | undefined): Promise<SessionEvent> {
  if (action === undefined) throw new MemvidError('InvalidInput', 'sessionRedact: action is the number of an action, from 0')
  const [event] = action < info.actionCount ? await store.native.sessionEvents(session, action, 1) : []
  if (event) return event
  throw new MemvidError('ActionNotFound', `this session has no action ${action}, it has ${info.actionCount}`, {
    hint: 'Actions are numbered from 0, as `memvid session view` shows them.',
    path: store.path,
  })
}

function isChosen(name: string, field: NonNullable<SessionRedactOptions['field']>): boolean {
  if (field === 'all') return !KEPT.includes(name)
  return (field === 'answer' ? ANSWER : QUESTION).includes(name)
}

/** The payload with commitments in the place of the chosen fields, and salts of the others in the place of the salt that all came from. */
function withoutFields(payload: Record<string, unknown>, fields: readonly Field[], chosen: readonly Field[]): Record<string, unknown> {
  const left = fields.filter((each): each is OpenField => 'value' in each && !chosen.includes(each))
  const gone = fields.filter((each) => !left.includes(each as OpenField))
  return {
    ...Object.fromEntries(left.map(({ name }) => [name, payload[name]])),
    salts: Object.fromEntries(left.map(({ name, salt }) => [name, Buffer.from(salt)])),
    erased: Object.fromEntries(gone.map((each) => [each.name, Buffer.from(commitment(each))])),
  }
}

/** Saved replays without their answers to the action, and without what they found out about it. */
async function savedReplays(store: Store, { session }: FoundSession, action: number): Promise<{ offset: number; payload: Buffer }[]> {
  const changed: { offset: number; payload: Buffer }[] = []
  for (const { offset, payload } of await store.native.replays(session)) {
    const replay = decodePayload(payload, 'a saved replay')
    const { steps, answers } = replay as { steps?: unknown; answers?: unknown }
    const isOf = (each: unknown) => isMap(each) && each['number'] === action
    if (!Array.isArray(steps) || !Array.isArray(answers) || ![...steps, ...answers].some(isOf)) continue
    const bare = steps.map((step) => (isOf(step) ? bareStep(step as Record<string, unknown>) : (step as unknown)))
    changed.push({ offset, payload: encodePayload({ ...replay, steps: bare, answers: answers.filter((each) => !isOf(each)) }) })
  }
  return changed
}

function bareStep({ number, kind, status, ok, durationMs }: Record<string, unknown>): Record<string, unknown> {
  return { number, kind, status, ok, durationMs, note: 'erased' }
}

/** Other actions of the file that still hold a text that was erased here. */
async function sameText(store: Store, payload: Record<string, unknown>, chosen: readonly Field[]): Promise<SessionRedactResult['sameTextIn']> {
  const names = chosen.map(({ name }) => name).filter((name) => TEXTS.includes(name))
  const texts = new Set(names.map((name) => payload[name]).filter((text) => typeof text === 'string' && text !== ''))
  const same: SessionRedactResult['sameTextIn'] = []
  if (texts.size === 0) return same
  for (const summary of await store.native.sessions()) {
    const session = { session: summary.session, info: sessionInfo(summary) }
    for await (const { number, record } of eachAction(store, session)) {
      const holds = TEXTS.some((name) => texts.has((record as Record<string, unknown> | null)?.[name]))
      if (holds) same.push({ sessionId: sessionIdText(summary.session), action: number })
    }
  }
  return same
}
