/** Replays that were saved in the file: their list, one of them as it was, and their answers for offline replays. */

import { MemvidError } from '../errors.js'
import { invalid } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import type { SessionEvent } from '../native/binding.js'
import { decodePayload } from './codec.js'
import { wordDiff } from './diff.js'
import { eachAction, type Action } from './events.js'
import { findSession, type FoundSession } from './lookup.js'
import { isReplay } from './read-record.js'
import { describeAsk } from './replay-ask.js'
import type { ModelAnswer, ReplayInfo, ReplayView } from './replay-control-types.js'
import type { AnswerRecord, ReplayRecord, StoredAsk, StoredStep } from './replay-record.js'
import { assembleResult } from './replay-result.js'
import type { AnswerMeasures, AskReplay, ReplayResult, ReplayStep } from './replay-types.js'
import { Tally } from './totals.js'

/** The saved replays of a session, oldest first. One that can't be read is listed with its error. */
export async function listReplays(store: Store, session: string): Promise<ReplayInfo[]> {
  const found = await findSession(store, session)
  return (await readReplays(store, found)).map(({ info }) => info)
}

/** A saved replay, by its number in the list or its name; of several with one name the newest. */
export async function viewReplay(store: Store, session: string, wanted: string | number): Promise<ReplayView> {
  const found = await findSession(store, session)
  const { info, record } = findReplay(store, await readReplays(store, found), wanted)
  return { ...info, result: await restore(store, found, record) }
}

interface ReadReplay {
  info: ReplayInfo
  /** Absent when it can't be read. */
  record?: ReplayRecord
}

export async function readReplays(store: Store, { session, info }: FoundSession): Promise<ReadReplay[]> {
  const events = await store.native.replays(session)
  return events.toReversed().map((event, index) => readReplay(event, info.sessionId, index + 1))
}

function readReplay({ payload, timeMs, commit }: SessionEvent, sessionId: string, number: number): ReadReplay {
  try {
    const decoded = decodePayload(payload, `replay ${number}`)
    if (!isReplay(decoded)) throw new MemvidError('Corrupt', `replay ${number} is not a well-formed record of a replay`)
    const record = decoded as unknown as ReplayRecord
    return { info: replayInfo(record, sessionId, number), record }
  } catch (error) {
    if (!(error instanceof MemvidError)) throw error
    const unknown = { name: null, mode: null, models: [], totalActions: 0, replayedActions: 0, counts: {}, ok: false }
    const info: ReplayInfo = { sessionId, number, timeMs, commit, ...unknown, error: { code: error.code, message: error.message } }
    return { info }
  }
}

function replayInfo(record: ReplayRecord, sessionId: string, number: number): ReplayInfo {
  const { name = null, timeMs, snapshot, mode, models, totalActions, steps, stopped } = record
  const counts: ReplayInfo['counts'] = {}
  for (const { status } of steps) counts[status] = (counts[status] ?? 0) + 1
  const ok = !stopped && steps.every((step) => step.ok)
  const { commit } = snapshot
  const facts: Omit<ReplayInfo, 'replayedActions' | 'counts' | 'ok'> = { sessionId, number, name, timeMs, commit, mode, models, totalActions }
  return { ...facts, replayedActions: steps.length, counts, ok, ...(stopped ? { stopped } : {}) }
}

export function findReplay(store: Store, replays: readonly ReadReplay[], wanted: string | number): Required<ReadReplay> {
  if (typeof wanted !== 'string' && typeof wanted !== 'number') throw invalid('a saved replay is named by its number from 1 or its name')
  const found = replays.findLast(({ info }) => info.name === String(wanted)) ?? replays[Number(wanted) - 1]
  if (!found) {
    throw new MemvidError('ReplayNotFound', `this session has no saved replay "${wanted}"`, {
      hint: replays.length === 0 ? 'It has none: save one with `memvid session replay … --save`.' : 'See `memvid session replays`.',
      path: store.path,
    })
  }
  const { info, record } = found
  if (!record) throw new MemvidError(info.error!.code, info.error!.message, { path: store.path })
  return { info, record }
}

/** The result as it was, joined with what the session holds. */
export async function restore(store: Store, found: FoundSession, record: ReplayRecord): Promise<ReplayResult> {
  const stored = new Map(record.steps.map((step) => [step.number, step]))
  const given = new Map<number, AnswerRecord[]>()
  for (const answer of record.answers) given.set(answer.number, [...(given.get(answer.number) ?? []), answer])
  const original = new Tally()
  const steps: ReplayStep[] = []
  for await (const action of eachAction(store, found)) {
    const step = stored.get(action.number)
    if (!step) continue
    original.add(action)
    steps.push(restoreStep(step, action, record, given.get(action.number) ?? []))
  }
  const { mode, fromCheckpoint, totalActions, models, stopped, durationMs } = record
  const { sessionId, name } = found.info
  const extras = stopped ? { stopped } : {}
  return { ...assembleResult({ sessionId, name, mode, fromCheckpoint, totalActions, steps, original, extras, models }), durationMs }
}

function restoreStep(stored: StoredStep, action: Action, record: ReplayRecord, answers: readonly AnswerRecord[]): ReplayStep {
  const { find, frozen, ask, ...rest } = stored
  const query = action.record?.kind === 'find' ? action.record.query : ''
  return {
    step: action.number + 1,
    ...rest,
    ...(find ? { find: { query, ...find } } : {}),
    ...(frozen ? { frozen: { query, ...frozen } } : {}),
    ...(ask ? { ask: restoreAsk(ask, action, record, answers) } : {}),
  }
}

function restoreAsk(stored: StoredAsk, { record: action }: Action, { models, options }: ReplayRecord, given: readonly AnswerRecord[]): AskReplay {
  const own = action?.kind === 'ask' ? describeAsk(stored.step, action, models) : undefined
  const question = own?.question ?? ''
  const { find, answers, ...rest } = stored
  const joined: AskReplay = {
    ...(own ?? { question, originalModel: 'unknown', frozenFrames: [], originalAnswer: null, original: null }),
    ...rest,
    ...(find ? { find: { query: question, ...find } } : {}),
  }
  const before = options['diff'] === true ? joined.originalAnswer : null
  const diff = (text: string) => (before === null ? {} : { wordDiff: wordDiff(before, text) })
  if (answers) {
    return {
      ...joined,
      answers: answers.map((each): ModelAnswer => {
        const answer = given.find(({ model }) => model.label === each.model)
        return answer ? { ...each, answer: answer.answer, measures: measuresOf(answer), ...diff(answer.answer) } : each
      }),
    }
  }
  const [only] = given
  return only ? { ...joined, newAnswer: only.answer, replayed: measuresOf(only), ...diff(only.answer) } : joined
}

function measuresOf({ response, cost, grounding, from }: AnswerRecord): AnswerMeasures {
  const { usage, latencyMs } = response
  return { usage, cost, latencyMs, grounding, cached: from !== undefined, ...(from ? { from } : {}) }
}
