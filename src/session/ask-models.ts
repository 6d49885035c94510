/** Puts one question over one context to the models of a replay, and compares what they answer. */

import { answer, type Answer } from '../ask/answer.js'
import type { RenderedPrompt } from '../ask/prompt.js'
import { MemvidError } from '../errors.js'
import type { ResolvedModel } from '../providers/model.js'
import type { ContextPassage } from '../types.js'
import { compareFacts } from './agreement.js'
import { BOUNDED_OUTPUT_TOKENS, estimateCall, mostCost } from './call-cost.js'
import { wordDiff } from './diff.js'
import { recordedAnswer } from './offline.js'
import type { AskRecord } from './record.js'
import type { CallEstimate, ModelAnswer } from './replay-control-types.js'
import type { AnswerMeasures, AskReplay, WordDiffPart } from './replay-types.js'
import { answerRecord } from './replay-save.js'
import type { ReplayRun } from './replay.js'
import { isStop } from './stop.js'

export interface Question {
  record: AskRecord
  passages: readonly ContextPassage[]
  prompt: RenderedPrompt
  /** The context is the recorded one, byte for byte. */
  frozen: boolean
}

/** One model: its answer next to the original. Several: the same for each, and in what their answers agree. */
export async function askModels(run: ReplayRun, replay: AskReplay, models: readonly ResolvedModel[], question: Question): Promise<AskReplay> {
  if (run.options.dryRun) return { ...replay, estimates: await estimates(run, models, question) }
  const [only, ...others] = models
  if (!only) return replay
  return others.length === 0 ? askOne(run, replay, only, question) : askSeveral(run, replay, models, question)
}

async function askOne(run: ReplayRun, replay: AskReplay, model: ResolvedModel, question: Question): Promise<AskReplay> {
  const { answer: newAnswer, error, measures, answerStatus, wordDiff } = await answerOf(run, replay, model, question)
  if (error) return { ...replay, newError: error }
  if (newAnswer === undefined || measures === undefined || answerStatus === 'NOT RE-ASKED') return replay
  const diff = wordDiff ? { wordDiff } : {}
  return { ...replay, newAnswer, replayed: measures, answerStatus, diffStatus: answerStatus, ...diff }
}

async function askSeveral(run: ReplayRun, replay: AskReplay, models: readonly ResolvedModel[], question: Question): Promise<AskReplay> {
  const settled = await Promise.allSettled(models.map((model) => answerOf(run, replay, model, question)))
  const answered = settled.some((result) => result.status === 'fulfilled')
  const answers = settled.map((result, index): ModelAnswer => {
    if (result.status === 'fulfilled') return result.value
    // What the others answered was paid for, so it is kept when one of them was stopped.
    const reason: unknown = result.reason
    if (!answered || !(reason instanceof MemvidError) || !isStop(reason)) throw reason
    const { code, message } = reason
    return { model: models[index]!.label, error: { code, message }, answerStatus: 'NOT RE-ASKED' }
  })
  const given = answers.flatMap(({ model, answer }) => (answer === undefined ? [] : [{ label: model, text: answer }]))
  if (given.length === 0) return { ...replay, answers }
  const status = answers.some((each) => each.answerStatus === 'CHANGED') ? 'CHANGED' : 'IDENTICAL'
  const original = replay.originalAnswer === null ? [] : [{ label: 'original', text: replay.originalAnswer }]
  const agreement = compareFacts([...original, ...given], question.passages.map(({ text }) => text))
  return { ...replay, answers, answerStatus: status, diffStatus: status, agreement }
}

/** An answer, or why there is none; what ends the whole replay is thrown. */
async function answerOf(run: ReplayRun, replay: AskReplay, model: ResolvedModel, question: Question): Promise<ModelAnswer> {
  let called: Called
  try {
    called = await callModel(run, model, question)
  } catch (error) {
    if (!(error instanceof MemvidError) || isStop(error)) throw error
    return { model: model.label, error: { code: error.code, message: error.message }, answerStatus: 'NOT RE-ASKED' }
  }
  const { answered, from, sent } = called
  if (run.options.save) run.answers.push(answerRecord(replay.step - 1, model, question.prompt, sent, answered, from))
  const { text, response, cost, grounding } = answered
  const { usage, latencyMs } = response
  const measures: AnswerMeasures = { usage, cost, latencyMs, grounding, cached: from !== undefined, ...(from ? { from } : {}) }
  return { model: model.label, answer: text, measures, ...compared(replay.originalAnswer, text, run.options.diff ?? false) }
}

function compared(original: string | null, text: string, diff: boolean): { answerStatus: 'IDENTICAL' | 'CHANGED'; wordDiff?: WordDiffPart[] } {
  if (original === null) return { answerStatus: 'CHANGED' }
  return { answerStatus: original === text ? 'IDENTICAL' : 'CHANGED', ...(diff ? { wordDiff: wordDiff(original, text) } : {}) }
}

interface Called {
  answered: Answer
  from?: AnswerMeasures['from']
  /** What was sent besides the prompt. */
  sent: { maxOutputTokens: number | undefined; temperature: number | undefined; seed: number | undefined }
}

async function callModel(run: ReplayRun, model: ResolvedModel, question: Question): Promise<Called> {
  const { options, signal, prices } = run
  const { record, passages, prompt } = question
  const { temperature, seed, timeoutMs, maxCost } = options
  const maxOutputTokens = options.maxOutputTokens ?? (maxCost && BOUNDED_OUTPUT_TOKENS)
  const settings = { maxOutputTokens, temperature, seed, timeoutMs, signal, prices }
  const ask = (): Promise<Answer> => answer(model, record.question, passages, prompt, settings)
  const sent = { maxOutputTokens, temperature, seed }
  if (model.local || passages.length === 0) return { answered: await ask(), sent }
  if (options.offline) return { ...(await recordedAnswer(run, model, question)), sent }
  const most = maxCost && (await mostCost(model, prompt, maxOutputTokens ?? BOUNDED_OUTPUT_TOKENS, prices))
  return { answered: await run.calls.run(most, signal, ask), sent }
}

function estimates(run: ReplayRun, models: readonly ResolvedModel[], { record, prompt, frozen, passages }: Question): Promise<CallEstimate[]> {
  const { maxOutputTokens, maxCost } = run.options
  const limit = maxOutputTokens ?? (maxCost && BOUNDED_OUTPUT_TOKENS)
  const asked = passages.length === 0 ? [] : models
  return Promise.all(asked.map((model) => estimateCall(model, prompt, record, frozen, limit, run.prices)))
}
