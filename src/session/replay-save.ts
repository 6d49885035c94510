import type { Answer } from '../ask/answer.js'
import { groundingRecord, modelRecord, sha256 } from '../ask/record.js'
import type { RenderedPrompt } from '../ask/prompt.js'
import { SDK_VERSION } from '../memory/store.js'
import { engineVersion } from '../native/index.js'
import type { ResolvedModel } from '../providers/model.js'
import { encodePayload } from './codec.js'
import type { FoundSession } from './lookup.js'
import { recordedError } from './recorder.js'
import type { SavedReplay } from './replay-control-types.js'
import type { AnswerRecord, ReplayRecord, StoredAsk, StoredStep } from './replay-record.js'
import type { AskReplay, ReplayResult, ReplayStep } from './replay-types.js'
import type { ReplayRun } from './replay.js'

type Sent = Partial<Record<keyof AnswerRecord['parameters'], number | undefined>>

export function answerRecord(
  number: number,
  model: ResolvedModel,
  prompt: RenderedPrompt,
  sent: Sent,
  { request, response, text, cost, grounding }: Answer,
  from: AnswerRecord['from'],
): AnswerRecord {
  const { maxOutputTokens = null, temperature = null, seed = null } = sent
  return {
    number,
    model: modelRecord(model),
    promptSha256: promptHash(prompt),
    parameters: { maxOutputTokens, temperature, seed },
    ...(request ? { request } : {}),
    response,
    answer: text,
    cost,
    grounding: groundingRecord(grounding),
    ...(from ? { from } : {}),
  }
}

/** Equal for equal questions over equal contexts. */
export function promptHash({ messagesForKey }: RenderedPrompt): Buffer {
  return sha256(JSON.stringify(messagesForKey.map(({ role, content }) => [role, content])))
}

/**
 * Writes a replay into the file, one event in its session. The replay may have been paid for, so a failure to write it is returned
 * beside the result, not thrown.
 */
export async function saveReplay(run: ReplayRun, result: ReplayResult): Promise<Pick<ReplayResult, 'saved' | 'recordingError'>> {
  const { store, found } = run
  const record = replayRecord(run, result)
  try {
    const { commit, events } = await store.commit({ events: [{ type: 'replay', session: found.session, payload: encodePayload(record) }] })
    return { saved: await savedAs(run, found, record.name ?? null, commit, events[0]!.offset) }
  } catch (error) {
    return { recordingError: recordedError(error) }
  }
}

async function savedAs({ store }: ReplayRun, { session }: FoundSession, name: string | null, commit: number, offset: number): Promise<SavedReplay> {
  const replays = await store.native.replays(session)
  return { number: replays.length - replays.findIndex((each) => each.offset === offset), name, commit }
}

function replayRecord(run: ReplayRun, result: ReplayResult): ReplayRecord {
  const { store, options, snapshot, answers, models } = run
  const { mode, fromCheckpoint, totalActions, stopped, durationMs } = result
  return {
    ...(typeof options.save === 'string' ? { name: options.save } : {}),
    timeMs: Date.now(),
    client: store.client,
    sdkVersion: SDK_VERSION,
    engineVersion: engineVersion(),
    durationMs,
    snapshot,
    mode,
    options: recordedOptions(run),
    models: models.map(({ label }) => label),
    fromCheckpoint,
    totalActions,
    ...(stopped ? { stopped } : {}),
    steps: result.steps.map(storedStep),
    answers,
  }
}

/** Paths, addresses and callbacks are this machine's, not the replay's. */
function recordedOptions({ options }: ReplayRun): Record<string, unknown> {
  const { onProgress: _progress, signal: _signal, prices: _prices, baseUrl: _url, save: _save, models: _models, maxCost, ...rest } = options
  return { ...rest, ...(maxCost ? { maxCost: maxCost.toFixed() } : {}) }
}

function storedStep({ step: _step, find, frozen, ask, ...rest }: ReplayStep): StoredStep {
  return {
    ...rest,
    ...(find ? { find: withoutQuery(find) } : {}),
    ...(frozen ? { frozen: withoutQuery(frozen) } : {}),
    ...(ask ? { ask: storedAsk(ask) } : {}),
  }
}

function withoutQuery<T extends { query: string }>({ query: _query, ...rest }: T): Omit<T, 'query'> {
  return rest
}

function storedAsk(ask: AskReplay): StoredAsk {
  const { question: _q, originalModel: _m, frozenFrames: _f, originalAnswer: _a, originalError: _e, original: _o, ...without } = ask
  const { overrideModel: _model, overrideModels: _models, newAnswer: _new, replayed: _replayed, wordDiff: _diff, ...rest } = without
  const { find, answers, ...stored } = rest
  return {
    ...stored,
    ...(find ? { find: withoutQuery(find) } : {}),
    ...(answers ? { answers: answers.map(({ model, error, answerStatus }) => ({ model, answerStatus, ...(error ? { error } : {}) })) } : {}),
  }
}
