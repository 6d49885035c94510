/** Which hits of an ask got into its prompt, and what budget the others would have needed. */

import type { FindResponse } from '../../native/binding.js'
import { renderWithinBudget, type AskedModel } from '../../ask/budget.js'
import { contextPassages, readRankedPassages, type RankedPassage } from '../../ask/context.js'
import { randomDelimiter } from '../../ask/prompt.js'
import { MemvidError } from '../../errors.js'
import type { Store } from '../../memory/store.js'
import type { Standing } from '../miss-types.js'
import type { ContextRecord } from '../record.js'
import type { RecordedSearch } from '../search-overrides.js'
import { needText } from './standing.js'

export interface PromptList {
  question: string
  /** Ids of the frames in the prompt, in its order. */
  frames: number[]
  tokensEstimate: number
  /** Null: no limit. */
  budget: number | null
  /** The passages of all hits that have text, best first; they are read when they are first needed. */
  passages: () => Promise<RankedPassage[]>
  model: AskedModel | null
}

export function recordedPrompt(store: Store, { query, retrieval, model = null }: RecordedSearch, context: ContextRecord): PromptList {
  const { candidates, cut, uris, titles } = retrieval
  const hits = candidates.frameId.slice(0, cut.kept).map((frameId, index) => ({
    frameId,
    start: candidates.start[index]!,
    length: candidates.length[index]!,
    contentHash: Buffer.from(candidates.contentHash.subarray(index * 32, index * 32 + 32)),
    uri: uris[index] ?? '',
    title: titles[index] ?? undefined,
  }))
  const passages = () => readRankedPassages(store, hits)
  const { frameId: frames, tokensEstimate, maxContextTokens: budget } = context
  return { question: query, frames, tokensEstimate, budget, passages, model }
}

/** The prompt that an ask would send over these results. */
export async function promptOver(
  store: Store,
  { query: question, model = null }: RecordedSearch,
  response: FindResponse,
  budget: number | null,
): Promise<PromptList> {
  const passages = await contextPassages(store, response)
  const input = { question, passages, delimiter: randomDelimiter(), maxContextTokens: budget ?? undefined }
  const { prompt } = await renderWithinBudget(input, model)
  const frames = prompt.includedPassages.map((index) => passages[index]!.frameId)
  return { question, frames, tokensEstimate: prompt.contextTokensEstimate, budget, passages: async () => passages, model }
}

/** The standing of a hit with the prompt taken into account: a hit that did not get into it was missed all the same. */
export async function standingInPrompt(prompt: PromptList, standing: Standing): Promise<Standing> {
  const { frameId, rank } = standing
  if (!standing.found || prompt.frames.includes(frameId)) return standing
  let passages: RankedPassage[]
  try {
    passages = await prompt.passages()
  } catch (error) {
    if (!(error instanceof MemvidError)) throw error
    return { ...standing, found: false, reason: 'unknown', note: `found at rank ${rank}, but what was left out can't be read: ${error.message}` }
  }
  const index = passages.findIndex((passage) => passage.frameId === frameId)
  if (index === -1 || prompt.budget === null) {
    return { ...standing, found: false, reason: 'nothing-to-find', note: `found at rank ${rank}, but without text to put into the prompt` }
  }
  const need = { maxContextTokens: await leastBudget(prompt, passages.slice(0, index + 1), prompt.budget) }
  const note = `found at rank ${rank}, but left out of the prompt by the token budget of ${prompt.budget}, would need ${needText(need)}`
  return { ...standing, found: false, reason: 'token-budget', need, note }
}

/**
 * The least budget above `budget` with which the last of the passages is in the prompt. A larger budget may let an earlier passage in
 * that takes the room again, so each step goes to the next budget at which any of them comes in.
 */
async function leastBudget({ question, model }: PromptList, passages: readonly RankedPassage[], budget: number): Promise<number> {
  const delimiter = randomDelimiter()
  const last = passages.length - 1
  for (let maxContextTokens = budget; ; ) {
    const { prompt } = await renderWithinBudget({ question, passages, delimiter, maxContextTokens }, model)
    if (!prompt.leftOut.some(({ index }) => index === last)) return maxContextTokens
    maxContextTokens += Math.min(...prompt.leftOut.map(({ shortBy }) => shortBy))
  }
}
