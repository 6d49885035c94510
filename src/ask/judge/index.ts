/** A second opinion on grounding by a model. It stands beside the scorer's result and never takes its place. */

import { MemvidError } from '../../errors.js'
import { complete } from '../../providers/complete.js'
import { resolveModel, type ResolvedModel } from '../../providers/model.js'
import type { Cost, Grounding, GroundingJudge, SentenceVerdict, TokenUsage } from '../../types.js'
import { costOf } from '../cost.js'
import { answerScore, labelOf } from '../grounding/score.js'
import type { PriceOverrides } from '../prices.js'
import { randomDelimiter } from '../prompt.js'
import { judgeMessages, readVerdicts } from './prompt.js'

export interface JudgeOptions {
  question?: string | undefined
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
  prices?: PriceOverrides | undefined
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
 * Asks a model about every checkable sentence of a scored answer. Gives null when there is none, as in a refusal: then nothing is
 * sent. A judge that fails or can't be read is told in `error`; the answer and its score stand all the same.
 *
 * @throws MemvidError `Aborted`.
 */
export async function judgeGrounding(
  model: ResolvedModel,
  grounding: Grounding,
  contexts: readonly string[],
  options: JudgeOptions,
): Promise<GroundingJudge | null> {
  const checkable = grounding.sentences.filter(({ verdict }) => verdict !== 'NOT_CHECKABLE')
  if (checkable.length === 0) return null
  const statements = checkable.map(({ sentence }) => sentence)
  const { question, signal, timeoutMs, prices } = options
  const askedAt = new Date()
  const started = performance.now()
  try {
    const messages = judgeMessages(contexts, statements, question, randomDelimiter())
    const { text, usage, responseModel } = await complete(model, { messages, signal, timeoutMs })
    const cost = await costOf(usage, model, askedAt, prices)
    const figures = { responseModel, usage, cost, latencyMs: performance.now() - started }
    return judgement(model, grounding, readVerdicts(text, statements.length), figures)
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code === 'Aborted') throw error
    const figures = { responseModel: null, usage: null, cost: UNKNOWN, latencyMs: performance.now() - started }
    const failed = { code: error.code, message: error.message }
    return { ...judgement(model, grounding, [], figures), error: failed }
  }
}

/** The grounding with what the judge says of it; as it is where there is nothing to judge. */
export async function addJudge(
  model: ResolvedModel,
  grounding: Grounding,
  contexts: readonly { text: string }[],
  options: JudgeOptions,
): Promise<Grounding> {
  const texts = contexts.map(({ text }) => text)
  const judge = await judgeGrounding(model, grounding, texts, options)
  return judge === null ? grounding : { ...grounding, judge }
}

interface Figures {
  responseModel: string | null
  usage: TokenUsage | null
  cost: Cost
  latencyMs: number
}

function judgement(model: ResolvedModel, grounding: Grounding, found: (SentenceVerdict | null)[], figures: Figures): GroundingJudge {
  let next = 0
  const verdicts = grounding.sentences.map(({ verdict }) => (verdict === 'NOT_CHECKABLE' ? null : (found[next++] ?? null)))
  const judged = verdicts.flatMap((verdict) => (verdict === null ? [] : [{ verdict, score: WORTH[verdict] }]))
  const score = answerScore(judged)
  const unread = next > 0 && judged.length === 0
  return {
    model: model.label,
    score,
    label: score === null ? null : labelOf(score),
    verdicts,
    ...figures,
    ...(unread && { error: { code: 'ProviderMalformed', message: 'the judge gave no verdict that can be read' } }),
  }
}
