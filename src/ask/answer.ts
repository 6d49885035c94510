/** One answer to one question over given passages, by whichever model: used by `ask` and by replays alike. */

import type { Store } from '../memory/store.js'
import { complete } from '../providers/complete.js'
import type { ResolvedModel } from '../providers/model.js'
import { encodePayload } from '../session/codec.js'
import type { CachedAnswer, RequestRecord, ResponseRecord } from '../session/record.js'
import type { EventInput } from '../native/binding.js'
import type { ContextPassage, Cost, Grounding, TokenUsage } from '../types.js'
import { cacheKey } from './cache-key.js'
import { readCache, type FoundAnswer } from './cache.js'
import { costOf } from './cost.js'
import type { PriceOverrides } from './prices.js'
import { answerExtractively } from './extractive/index.js'
import { scoreGrounding } from './grounding/index.js'
import type { RenderedPrompt } from './prompt.js'
import { modelRecord, requestRecord, responseRecord } from './record.js'

export interface AnswerOptions {
  maxOutputTokens?: number | undefined
  temperature?: number | undefined
  seed?: number | undefined
  onToken?: ((text: string) => void) | undefined
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
  /** The user's own prices. */
  prices?: PriceOverrides | undefined
  /** A cached answer that is older counts as none. Default: any age. */
  cacheTtlMs?: number | undefined
  /** Ask the model whatever the cache holds, and cache its answer. */
  refresh?: boolean | undefined
}

export interface Answer {
  text: string
  response: ResponseRecord
  /** Absent when nothing was sent. */
  request?: RequestRecord
  cost: Cost
  grounding: Grounding
  warnings: string[]
  /** Present when the answer came from the cache: when it was written, and what it had used and cost. */
  cache?: { timeMs: number; usage: TokenUsage | null; cost: Cost }
  cacheKey?: Buffer
  /** The model read less of the prompt than it was sent, so this is no answer to it. */
  promptCut?: boolean
  /** To be written with the answer's action, so that the next ask finds it. */
  cacheEvent?: EventInput
}

const NOT_FOUND = 'Not found: the memory holds nothing about this question.'
const FREE: Cost = { usd: '0', priceTable: null, priceDate: null }
const NO_TOKENS: TokenUsage = { inputTokens: 0, outputTokens: 0 }

/** Asks the model, or answers from the passages themselves where it is `local`. Over no passages at all nothing is asked or paid. */
export async function answer(
  model: ResolvedModel,
  question: string,
  passages: readonly ContextPassage[],
  prompt: RenderedPrompt,
  options: AnswerOptions,
): Promise<Answer> {
  if (passages.length === 0) return answerHere(model, question, passages, NOT_FOUND, 'not-asked', options)
  if (model.local) {
    const started = performance.now()
    const { text } = answerExtractively(question, passages)
    return answerHere(model, question, passages, text, 'stop', options, performance.now() - started)
  }
  const { maxOutputTokens, temperature, seed, onToken, signal, timeoutMs } = options
  const askedAt = new Date()
  const completion = await complete(model, { messages: prompt.messages, maxOutputTokens, temperature, seed, onToken, signal, timeoutMs })
  return {
    text: completion.text,
    response: responseRecord(completion),
    request: requestRecord(completion.requestBody, prompt),
    cost: await costOf(completion.usage, model, askedAt, options.prices),
    grounding: groundingOf(completion.text, passages, question),
    warnings: [...(model.notice ? [model.notice] : []), ...completion.warnings],
    ...(completion.promptCut && { promptCut: true }),
  }
}

/** The same through the answer cache of the file: a hit sends nothing; a whole answer brings the event that caches it. */
export async function answerWithCache(
  store: Store,
  model: ResolvedModel,
  question: string,
  passages: readonly ContextPassage[],
  prompt: RenderedPrompt,
  options: AnswerOptions,
): Promise<Answer> {
  if (model.local || passages.length === 0) return answer(model, question, passages, prompt, options)
  const { maxOutputTokens, temperature, seed } = options
  const { provider, baseUrl, apiModel } = model
  const contextHashes = passages.map((passage) => passage.contentHash)
  const messages = prompt.messagesForKey
  const key = cacheKey({ provider, baseUrl, model: apiModel, parameters: { maxOutputTokens, temperature, seed }, messages, contextHashes })
  const cached = options.refresh ? undefined : await readCache(store, key, options.cacheTtlMs)
  if (cached) return { ...cachedAnswer(cached, question, passages, options), cacheKey: key }
  const fresh = await answer(model, question, passages, prompt, options)
  // Only what ended by itself is whole: an answer that was cut, filtered or refused would be given again for ever.
  if (fresh.response.finish !== 'stop' || fresh.promptCut) return { ...fresh, cacheKey: key }
  const entry: CachedAnswer = { question, answer: fresh.text, response: fresh.response, cost: fresh.cost, model: modelRecord(model) }
  return { ...fresh, cacheKey: key, cacheEvent: { type: 'cache', key, payload: encodePayload(entry) } }
}

/** A stored answer given again: nothing is asked or paid. */
export function cachedAnswer(
  entry: FoundAnswer,
  question: string,
  passages: readonly ContextPassage[],
  options: AnswerOptions,
): Answer {
  options.onToken?.(entry.answer)
  const { usage, ...response } = entry.response
  return {
    text: entry.answer,
    response: { ...response, usage: NO_TOKENS, rawUsage: null, latencyMs: 0, timeToFirstTokenMs: null, retries: 0 },
    cost: FREE,
    grounding: groundingOf(entry.answer, passages, question),
    warnings: [],
    cache: { timeMs: entry.timeMs, usage, cost: entry.cost },
  }
}

/** An answer that no provider was asked for. */
function answerHere(
  model: ResolvedModel,
  question: string,
  passages: readonly ContextPassage[],
  text: string,
  finish: 'stop' | 'not-asked',
  options: AnswerOptions,
  latencyMs = 0,
): Answer {
  options.onToken?.(text)
  const response: ResponseRecord = {
    responseModel: model.local ? model.label : null,
    responseId: null,
    finishReasons: [],
    finish,
    usage: NO_TOKENS,
    rawUsage: null,
    latencyMs,
    timeToFirstTokenMs: null,
    retries: 0,
  }
  return { text, response, cost: FREE, grounding: groundingOf(text, passages, question), warnings: [] }
}

function groundingOf(text: string, passages: readonly ContextPassage[], question: string): Grounding {
  return scoreGrounding(text, passages, { question })
}
