/** Grounding as a call of its own: any answer against any contexts, whoever wrote it. */

import { invalid, OptionReader } from '../memory/options.js'
import type { Grounding } from '../types.js'
import { scoreGrounding as score, type GroundingContext } from './grounding/index.js'

export interface GroundingOptions {
  /** The question that was answered. With it, a refusal that overlooked an answer in the contexts is told (`answerMayExist`). */
  question?: string
}

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
 * @param contexts Texts, or objects with a `text` such as the passages of an ask.
 * @throws MemvidError `InvalidInput` for an answer or a context that is no text, and for an unknown option.
 *
 * @example
 * scoreGrounding('It cost $2B.', ['The acquisition was valued at $2 billion. It cost more than planned.']).label
 */
export function scoreGrounding(answer: string, contexts: readonly (string | GroundingContext)[], options: GroundingOptions = {}): Grounding {
  const read = new OptionReader('scoreGrounding', options, ['question'])
  if (typeof answer !== 'string') throw invalid('scoreGrounding: the answer is a text')
  if (!Array.isArray(contexts)) throw invalid('scoreGrounding: the contexts are a list of texts, or of objects with a text')
  contexts.forEach((context: unknown, index) => {
    const text = typeof context === 'object' && context !== null ? (context as { text?: unknown }).text : context
    if (typeof text !== 'string') throw invalid(`scoreGrounding: context ${index} is neither a text nor an object with a text`)
  })
  const question = read.text('question')
  return score(answer, contexts, question === undefined ? {} : { question })
}
