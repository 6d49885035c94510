/** A second opinion on grounding by a model. It stands beside the scorer's result and never takes its place. */

import { MemvidError } from '../../errors.js'
import { complete, type Completion } from '../../providers/complete.js'
import { resolveModel, type ResolvedModel } from '../../providers/model.js'
import type { ChatMessage, Cost, Grounding, GroundingJudge, SentenceVerdict, TokenUsage } from '../../types.js'
import { costOf } from '../cost.js'
import { answerScore, labelOf } from '../grounding/score.js'
import type { PriceOverrides } from '../prices.js'
import { randomDelimiter } from '../prompt.js'
import { judgeMessages, readVerdicts } from './prompt.js'

export interface JudgeOptions {
  question?: string | undefined
  /** Where replies are kept. Default: nowhere. */
  cache?: JudgeCache | undefined
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
  prices?: PriceOverrides | undefined
}

/** What a judge wrote, and what it cost. */
export interface JudgeReply {
  text: string
  responseModel: string | null
  usage: TokenUsage | null
  cost: Cost
  cached: boolean
  savedUsd?: string | null
  error?: { code: string; message: string }
}

/** Keeps the replies of judges, so that a repeated ask costs nothing. */
export interface JudgeCache {
  key(model: ResolvedModel, messages: ChatMessage[]): Buffer
  read(key: Buffer): Promise<JudgeReply | undefined>
  write(key: Buffer, model: ResolvedModel, completion: Completion, cost: Cost): void
}

const UNKNOWN: Cost = { usd: null, priceTable: null, priceDate: null }
/** What a verdict counts in the judge's score. */
const WORTH: Readonly<Record<SentenceVerdict, number>> = { SUPPORTED: 1, WEAK: 0.5, UNSUPPORTED: 0, CONTRADICTED: 0, NOT_CHECKABLE: 0 }

/**
 * Resolves the model that judges, before anything is asked or paid.
 *
 * @throws MemvidError `UnknownModel`, `MissingKey`, `InvalidInput` (base URL, or a local model, which can't judge).
 */
export function resolveJudge(spec: string, baseUrl: string | undefined): ResolvedModel {
  const model = resolveModel(spec, { baseUrl })
  if (!model.local) return model
  throw new MemvidError('InvalidInput', `${model.label} is no language model, so it can't judge`, {
    hint: 'Name another, e.g. openai:gpt-4o-mini.',
  })
}

/**
 * Asks a model about every checkable sentence of a scored answer, and gives the grounding with what it says. Where there is none, as in
 * a refusal, nothing is sent. A judge that fails or can't be read is told in `judge.error`; the answer and its score stand all the same.
 *
 * @throws MemvidError `Aborted`.
 */
export async function addJudge(
  model: ResolvedModel,
  grounding: Grounding,
  contexts: readonly { text: string }[],
  options: JudgeOptions,
): Promise<Grounding> {
  const statements = grounding.sentences.filter(({ verdict }) => verdict !== 'NOT_CHECKABLE').map(({ sentence }) => sentence)
  if (statements.length === 0) return grounding
  const texts = contexts.map(({ text }) => text)
  const started = performance.now()
  let reply: JudgeReply
  try {
    const key = options.cache?.key(model, judgeMessages(texts, statements, options.question, ''))
    const cached = key && (await options.cache?.read(key))
    reply = cached ?? (await askJudge(model, judgeMessages(texts, statements, options.question, randomDelimiter()), options, key))
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code === 'Aborted') throw error
    reply = { text: '', responseModel: null, usage: null, cost: UNKNOWN, cached: false, error: { code: error.code, message: error.message } }
  }
  return { ...grounding, judge: judgement(model, grounding, reply, performance.now() - started) }
}

async function askJudge(model: ResolvedModel, messages: ChatMessage[], options: JudgeOptions, key: Buffer | undefined): Promise<JudgeReply> {
  const { signal, timeoutMs, prices, cache } = options
  const askedAt = new Date()
  const completion = await complete(model, { messages, signal, timeoutMs })
  const { text, responseModel, usage, finish } = completion
  const cost = await costOf(usage, model, askedAt, prices)
  if (key && finish === 'stop') cache?.write(key, model, completion, cost)
  return { text, responseModel, usage, cost, cached: false }
}

function judgement(model: ResolvedModel, grounding: Grounding, reply: JudgeReply, latencyMs: number): GroundingJudge {
  const { text, error, ...figures } = reply
  const found = readVerdicts(text, grounding.sentences.length)
  let next = 0
  const verdicts = grounding.sentences.map(({ verdict }) => (verdict === 'NOT_CHECKABLE' ? null : found[next++]!))
  const judged = verdicts.flatMap((verdict) => (verdict === null ? [] : [{ verdict, score: WORTH[verdict] }]))
  const score = answerScore(judged)
  const failure = error ?? (score === null ? { code: 'ProviderMalformed', message: 'the judge gave no verdict that can be read' } : undefined)
  const label = score === null ? null : labelOf(score)
  return { model: model.label, score, label, verdicts, ...figures, latencyMs, ...(failure && { error: failure }) }
}
