import Big from 'big.js'
import { invalid, OptionReader, requiredText } from '../memory/options.js'
import { retrieve, SEARCH_OPTIONS, searchParameters } from '../memory/retrieve.js'
import type { Store } from '../memory/store.js'
import type { SearchMode } from '../memory/types.js'
import { MemvidError } from '../errors.js'
import { resolveModel } from '../providers/model.js'
import type { AskRecord } from '../session/record.js'
import { recordAction, recordedError, recordFailure } from '../session/recorder.js'
import type { ContextPassage, Cost } from '../types.js'
import { answer, answerWithCache, type Answer, type AnswerOptions } from './answer.js'
import { renderWithinBudget } from './budget.js'
import { checkedCitations } from './cited.js'
import { contextPassages } from './context.js'
import { storeCache } from './judge/cache.js'
import { addJudge, resolveJudge } from './judge/index.js'
import { readPriceOverrides, type PriceOverrides } from './prices.js'
import { randomDelimiter } from './prompt.js'
import { contextRecord, groundingRecord, modelRecord } from './record.js'
import type { Secret } from './secrets.js'
import type { AskOptions, AskResult, AskUsage, Citation } from './types.js'

const ANSWER_OPTIONS = [
  'model',
  'noCache',
  'refresh',
  'cacheTtlMs',
  'onToken',
  'signal',
  'baseUrl',
  'timeoutMs',
  'maxContextTokens',
  'maxOutputTokens',
  'temperature',
  'seed',
  'prices',
  'judge',
  'judgeBaseUrl',
] as const
const MAX_TOKENS = 100_000_000
const MAX_TIMEOUT_MS = 3_600_000

/** Retrieval → prompt → cache or model → grounding and cost → record. */
export async function ask(store: Store, questionGiven: string, given: AskOptions): Promise<AskResult> {
  const started = performance.now()
  const options = new OptionReader('ask', given, [...SEARCH_OPTIONS, ...ANSWER_OPTIONS])
  const question = requiredText('ask: the question', questionGiven)
  const settings = readSettings(options)
  await store.maintained()
  store.refresh()
  const session = store.native.activeSession()
  const parameters = await searchParameters(store, 'ask', options, question)
  const record: AskRecord = {
    kind: 'ask',
    client: store.client,
    question,
    parameters,
    answerParameters: recordedParameters(settings),
    model: null,
    cached: false,
    durationMs: 0,
  }
  let apiKey: Secret | undefined
  let judgeKey: Secret | undefined
  /** What is recorded as the engine encoded it. */
  let encoded: Record<string, Buffer> = {}
  const finish = () => (record.durationMs = performance.now() - started)
  try {
    const model = resolveModel(settings.model, { baseUrl: settings.baseUrl })
    apiKey = model.apiKey
    record.model = modelRecord(model)
    const judge = settings.judge === undefined ? undefined : resolveJudge(settings.judge, settings.judgeBaseUrl)
    judgeKey = judge?.apiKey
    settings.signal?.throwIfAborted()
    const found = await retrieve(store, question, parameters, session ? { record: true } : { hitsOnly: true })
    if (found.record) encoded = { retrieval: found.record }
    const passages = await contextPassages(store, found)
    const delimiter = randomDelimiter()
    const { prompt, remarks } = await renderWithinBudget({ question, passages, delimiter, maxContextTokens: settings.maxContextTokens }, model)
    record.context = contextRecord(prompt, passages, delimiter, settings.maxContextTokens)
    const included = prompt.includedPassages.map((index) => passages[index]!)
    if (passages.length > 0 && included.length === 0) {
      throw invalid(`ask: maxContextTokens ${settings.maxContextTokens} leaves no room for a passage`)
    }
    const produce = settings.noCache ? answer : answerWithCache.bind(undefined, store)
    const answered = await produce(model, question, included, prompt, settings)
    answered.warnings.unshift(...remarks)
    recordAnswer(record, answered)
    const events = answered.cacheEvent ? [answered.cacheEvent] : []
    if (judge) {
      const cache = settings.noCache ? undefined : storeCache(store, events, { ...settings, question })
      answered.grounding = await addJudge(judge, answered.grounding, included, { ...settings, question, cache })
      record.grounding = groundingRecord(answered.grounding)
    }
    finish()
    const recordingError = await recordAction(store, session, record, { events, encoded })
    const mode = found.mode as SearchMode
    const citations = checkedCitations(answered.grounding, included, question)
    const result = askResult(model.label, mode, answered, included, citations, performance.now() - started)
    return recordingError ? { ...result, recordingError } : result
  } catch (thrown) {
    const error = settings.signal?.aborted && !(thrown instanceof MemvidError) ? aborted(thrown) : thrown
    record.error = recordedError(error, [apiKey, judgeKey])
    const partial = error instanceof MemvidError ? error.details['partialText'] : undefined
    if (typeof partial === 'string') record.partialAnswer = partial
    finish()
    throw await recordFailure(store, session, record, error, encoded)
  }
}

interface AskSettings extends AnswerOptions {
  model: string | undefined
  noCache: boolean
  baseUrl: string | undefined
  maxContextTokens: number | undefined
  judge: string | undefined
  judgeBaseUrl: string | undefined
}

function readSettings(options: OptionReader): AskSettings {
  const noCache = options.flag('noCache') ?? false
  const refresh = options.flag('refresh') ?? false
  if (noCache && refresh) throw invalid('ask: noCache and refresh exclude each other', 'With refresh the new answer is cached.')
  return {
    model: options.text('model'),
    noCache,
    refresh,
    cacheTtlMs: options.integer('cacheTtlMs', 0, Number.MAX_SAFE_INTEGER),
    baseUrl: options.text('baseUrl'),
    maxContextTokens: options.integer('maxContextTokens', 1, MAX_TOKENS),
    maxOutputTokens: options.integer('maxOutputTokens', 1, MAX_TOKENS),
    temperature: options.number('temperature', 0, 2),
    seed: options.integer('seed', 0, Number.MAX_SAFE_INTEGER),
    timeoutMs: options.integer('timeoutMs', 1, MAX_TIMEOUT_MS),
    onToken: options.call<(text: string) => void>('onToken'),
    signal: options.signal('signal'),
    prices: readPrices(options.text('prices')),
    judge: options.text('judge'),
    judgeBaseUrl: options.text('judgeBaseUrl'),
  }
}

/** The user's own prices: the file that is named, else the one that `MEMVID_PRICES` names. */
export function readPrices(path: string | undefined): PriceOverrides | undefined {
  const chosen = path ?? process.env['MEMVID_PRICES']
  return chosen ? readPriceOverrides(chosen) : undefined
}

function recordedParameters(settings: AskSettings): AskRecord['answerParameters'] {
  const { noCache, refresh, cacheTtlMs, maxContextTokens, maxOutputTokens, temperature, seed, timeoutMs, onToken } = settings
  return {
    noCache,
    refresh: refresh ?? false,
    cacheTtlMs: cacheTtlMs ?? null,
    streamed: onToken !== undefined,
    maxContextTokens: maxContextTokens ?? null,
    maxOutputTokens: maxOutputTokens ?? null,
    temperature: temperature ?? null,
    seed: seed ?? null,
    timeoutMs: timeoutMs ?? null,
  }
}

function recordAnswer(record: AskRecord, answered: Answer): void {
  record.response = answered.response
  record.answer = answered.text
  record.cost = answered.cost
  record.grounding = groundingRecord(answered.grounding)
  record.cached = answered.cache !== undefined
  if (answered.request) record.request = answered.request
  if (answered.cacheKey) record.cacheKey = answered.cacheKey
  if (answered.cache) record.cache = answered.cache
}

function askResult(
  model: string,
  mode: SearchMode,
  answered: Answer,
  included: readonly ContextPassage[],
  citations: Citation[],
  latencyMs: number,
): AskResult {
  const { response, grounding, cost, cache } = answered
  return {
    answer: answered.text,
    model,
    responseModel: response.responseModel,
    finish: response.finish,
    usage: askUsage(answered),
    cost,
    grounding,
    cached: cache !== undefined,
    ...(cache ? { savedUsd: dollars(cache.cost) } : {}),
    citations,
    frames: included.map((passage) => passage.frameId),
    mode,
    latencyMs,
    timeToFirstTokenMs: response.timeToFirstTokenMs,
    retries: response.retries,
    warnings: answered.warnings,
  }
}

function askUsage({ response: { usage }, cost }: Answer): AskUsage {
  const { inputTokens, outputTokens, ...kinds } = usage ?? { inputTokens: 0, outputTokens: 0 }
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, ...kinds, costUsd: dollars(cost) }
}

/** The exact decimal as the nearest number; null when it is not known. */
export function dollars(cost: Cost): number | null {
  return cost.usd === null ? null : new Big(cost.usd).toNumber()
}

function aborted(cause: unknown): MemvidError {
  return new MemvidError('Aborted', 'the ask was aborted', { cause })
}
