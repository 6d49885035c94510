/** Answers to a replay's questions out of what the file recorded: for replays that must not send anything. */

import { cacheKey } from '../ask/cache-key.js'
import { readCache } from '../ask/cache.js'
import { cachedAnswer, type Answer } from '../ask/answer.js'
import { modelRecord } from '../ask/record.js'
import { hex } from '../memory/convert.js'
import { MemvidError } from '../errors.js'
import type { ResolvedModel } from '../providers/model.js'
import type { ContextPassage } from '../types.js'
import type { Question } from './ask-models.js'
import { hashAt } from './frames.js'
import type { AskRecord, ContextRecord } from './record.js'
import type { AnswerRecord } from './replay-record.js'
import { promptHash } from './replay-save.js'
import { readReplays } from './replay-saved.js'
import type { AnswerMeasures } from './replay-types.js'
import type { ReplayRun } from './replay.js'
import { UNKNOWN_COST } from './totals.js'

/** What an answer depends on besides model and prompt. */
type Sampling = { maxOutputTokens?: number | undefined; temperature?: number | undefined; seed?: number | undefined }
const SAMPLING = ['maxOutputTokens', 'temperature', 'seed'] as const

export interface RecordedAnswer {
  answered: Answer
  from: NonNullable<AnswerMeasures['from']>
}

/**
 * The model's answer to the very same question over the very same context: the recorded one, one of a saved replay, or one in the answer
 * cache. Throws `Offline` when there is none.
 */
export async function recordedAnswer(run: ReplayRun, model: ResolvedModel, question: Question): Promise<RecordedAnswer> {
  const own = ownAnswer(run.options, model, question)
  if (own) return { answered: own, from: 'record' }
  const saved = await answerInReplays(run, model, question)
  if (saved) return { answered: saved, from: 'replay' }
  const cached = await answerInCache(run, model, question)
  if (cached) return { answered: cached, from: 'cache' }
  throw new MemvidError('Offline', `${model.label} would have to be asked: the file holds no answer of it to this question over this context`, {
    hint: 'Replay it once with a network and --save, or leave out --offline.',
    details: { model: model.label },
  })
}

/** The answer of the recorded ask itself, where that asked the same model the same thing. The server is not compared: its name may change. */
function ownAnswer(options: Sampling, model: ResolvedModel, { record, passages, frozen }: Question): Answer | undefined {
  if (record.answer === undefined || !record.response || !record.model || !record.context) return undefined
  const sameModel = record.model.provider === model.provider && record.model.apiModel === model.apiModel
  if (!sameModel || !(frozen || sameContext(record.context, passages)) || !sameSampling(options, record)) return undefined
  const { answer, question, response, cost = UNKNOWN_COST } = record
  const entry = { question, answer, response, cost, model: modelRecord(model), timeMs: 0 }
  return cachedAnswer(entry, question, passages, {})
}

function sameContext(context: ContextRecord, passages: readonly ContextPassage[]): boolean {
  const { frameId, start, length, uri, title, contentHash } = context
  if (frameId.length !== passages.length) return false
  return passages.every((passage, index) => {
    const sameSpan = passage.frameId === frameId[index] && passage.start === start[index] && passage.length === length[index]
    const sameName = passage.uri === uri[index] && (passage.title ?? null) === (title[index] ?? null)
    return sameSpan && sameName && passage.contentHash === hex(hashAt(contentHash, index))
  })
}

function sameSampling(options: Sampling, { answerParameters }: AskRecord): boolean {
  return SAMPLING.every((name) => options[name] === undefined || options[name] === answerParameters[name])
}

/** The newest one. */
async function answerInReplays(run: ReplayRun, model: ResolvedModel, { record, passages, prompt }: Question): Promise<Answer | undefined> {
  run.savedAnswers ??= savedAnswers(run)
  const candidates = (await run.savedAnswers).get(promptHash(prompt).toString('hex')) ?? []
  const found = candidates.find((each) => {
    const sameModel = each.model.provider === model.provider && each.model.apiModel === model.apiModel
    return sameModel && SAMPLING.every((name) => run.options[name] === undefined || run.options[name] === each.parameters[name])
  })
  if (!found) return undefined
  const { answer, response, cost } = found
  return cachedAnswer({ question: record.question, answer, response, cost, model: found.model, timeMs: 0 }, record.question, passages, {})
}

async function savedAnswers({ store, found }: ReplayRun): Promise<Map<string, AnswerRecord[]>> {
  const byPrompt = new Map<string, AnswerRecord[]>()
  for (const { record } of (await readReplays(store, found)).toReversed()) {
    for (const answer of record?.answers ?? []) {
      const key = Buffer.from(answer.promptSha256).toString('hex')
      byPrompt.set(key, [...(byPrompt.get(key) ?? []), answer])
    }
  }
  return byPrompt
}

async function answerInCache(run: ReplayRun, model: ResolvedModel, { record, passages, prompt }: Question): Promise<Answer | undefined> {
  const { provider, apiModel } = model
  const recordedUrl = record.model?.provider === provider ? record.model.baseUrl : null
  const contextHashes = passages.map((passage) => passage.contentHash)
  for (const baseUrl of new Set([model.baseUrl, recordedUrl ?? model.baseUrl])) {
    for (const parameters of samplings(run.options, record)) {
      const key = cacheKey({ provider, baseUrl, model: apiModel, parameters, messages: prompt.messagesForKey, contextHashes })
      const entry = await readCache(run.store, key, undefined)
      if (entry) return cachedAnswer(entry, record.question, passages, {})
    }
  }
  return undefined
}

/** The parameters of the replay, and where it names none, those of the recording. */
function samplings(options: Sampling, { answerParameters }: AskRecord): Sampling[] {
  const pick = (from: Record<string, unknown>): Sampling => Object.fromEntries(SAMPLING.map((name) => [name, from[name] ?? undefined]))
  const given = pick(options as Record<string, unknown>)
  return SAMPLING.some((name) => given[name] !== undefined) ? [given] : [given, pick(answerParameters)]
}
