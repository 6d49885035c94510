/** Grounding as a call of its own: any answer against any contexts, whoever wrote it. */

import { invalid, OptionReader } from '../memory/options.js'
import type { Grounding } from '../types.js'
import { readPrices } from './ask.js'
import { scoreGrounding as score, type GroundingContext } from './grounding/index.js'
import { addJudge, resolveJudge } from './judge/index.js'

export interface GroundingOptions {
  /** The question that was answered. With it, a refusal that overlooked an answer in the contexts is told (`answerMayExist`). */
  question?: string
}

export interface JudgedGroundingOptions extends GroundingOptions {
  /** A second opinion: `provider:model` or a provider's name. Costs what that model costs. */
  judge: string
  /** The judge's server, instead of its usual one. */
  judgeBaseUrl?: string
  /** Time limit of the judge's call. Default 120000. */
  timeoutMs?: number
  /** A file of your own prices. Default: the one that `MEMVID_PRICES` names. */
  prices?: string
  signal?: AbortSignal
}

const JUDGE_OPTIONS = ['judge', 'judgeBaseUrl', 'timeoutMs', 'prices', 'signal'] as const
const MAX_TIMEOUT_MS = 3_600_000

/**
 * Scores how far an answer is borne out by its contexts, sentence by sentence, without network or model. Whether the contexts are
 * true is not checked.
 *
 * Each sentence is SUPPORTED, WEAK, UNSUPPORTED, CONTRADICTED (with a reason) or NOT_CHECKABLE, and has the span of its best
 * evidence: the context's number, offsets in its text in UTF-16 units, and for contexts that are spans of frames (`frameId`,
 * `start`) also the frame and the UTF-8 byte span in it. The answer's `score` is their mean from 0 to 1, HIGH from 0.70 and MEDIUM
 * from 0.40 on. An answer that only says that the contexts do not hold it has no score and is `abstained`.
 *
 * @param answer The text to score. `[n]` markers are read as citations of `contexts[n - 1]`.
 * With `judge`, a model is asked about every sentence too, and the call gives a promise; what it says stands in `judge`, beside the
 * scorer's result, with its tokens and cost. A judge that fails is told in `judge.error`.
 *
 * @param contexts Texts, or objects with a `text` such as the passages of an ask.
 * @throws MemvidError `InvalidInput` for an answer or a context that is no text, and for an unknown option; `UnknownModel`,
 *   `MissingKey` for the judge.
 *
 * @example
 * scoreGrounding('It cost $2B.', ['The acquisition was valued at $2 billion. It cost more than planned.']).label
 */
export function scoreGrounding(answer: string, contexts: readonly Context[], options: JudgedGroundingOptions): Promise<Grounding>
export function scoreGrounding(answer: string, contexts: readonly Context[], options?: GroundingOptions): Grounding
export function scoreGrounding(
  answer: string,
  contexts: readonly Context[],
  given: GroundingOptions | JudgedGroundingOptions = {},
): Grounding | Promise<Grounding> {
  const options = new OptionReader('scoreGrounding', given, ['question', ...JUDGE_OPTIONS])
  checkTexts(answer, contexts)
  const question = options.text('question')
  const grounding = score(answer, contexts, question === undefined ? {} : { question })
  const judge = options.text('judge')
  return judge === undefined ? grounding : judged(grounding, contexts, judge, question, options)
}

type Context = string | GroundingContext

function checkTexts(answer: unknown, contexts: unknown): void {
  if (typeof answer !== 'string') throw invalid('scoreGrounding: the answer is a text')
  if (!Array.isArray(contexts)) throw invalid('scoreGrounding: the contexts are a list of texts, or of objects with a text')
  contexts.forEach((context: unknown, index) => {
    const text = typeof context === 'object' && context !== null ? (context as { text?: unknown }).text : context
    if (typeof text !== 'string') throw invalid(`scoreGrounding: context ${index} is neither a text nor an object with a text`)
  })
}

async function judged(
  grounding: Grounding,
  contexts: readonly Context[],
  judge: string,
  question: string | undefined,
  options: OptionReader,
): Promise<Grounding> {
  const model = resolveJudge(judge, options.text('judgeBaseUrl'))
  const settings = {
    question,
    signal: options.signal('signal'),
    timeoutMs: options.integer('timeoutMs', 1, MAX_TIMEOUT_MS),
    prices: readPrices(options.text('prices')),
  }
  const texts = contexts.map((context) => (typeof context === 'string' ? { text: context } : context))
  return addJudge(model, grounding, texts, settings)
}
