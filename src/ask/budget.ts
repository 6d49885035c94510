/** A prompt whose context keeps within a number of tokens, counted as the model will count them. */

import { renderPrompt, type PromptInput, type RenderedPrompt } from './prompt.js'
import type { CountTokens } from './tokens.js'

/** OpenAI's tokenizers, by the names that `tiktoken` gives them. */
export type TokenizerName = 'o200k_base' | 'cl100k_base'

export interface AskedModel {
  provider: string
  apiModel: string
}

/** The encoder is quadratic in a run of letters without a break, such as a document may hold; no piece that it gets is longer. */
const PIECE_CHARACTERS = 2000

/** The one that the model counts with. Others than OpenAI's publish none that works here, and the newer one is nearer to theirs. */
function tokenizerOf({ provider, apiModel }: AskedModel): TokenizerName {
  return provider === 'openai' && /^gpt-(3\.5|4(?![.\do]))/.test(apiModel) ? 'cl100k_base' : 'o200k_base'
}

const loaded = new Map<TokenizerName, Promise<CountTokens>>()

/** Loads a tokenizer, which takes about a second and 30 MB, once. Nothing comes over the network. */
export function loadTokenizer(name: TokenizerName): Promise<CountTokens> {
  let counter = loaded.get(name)
  if (!counter) loaded.set(name, (counter = load(name)))
  return counter
}

/** What the package's table of an encoding holds. Its own types describe the module that a bundler sees, not the one that Node loads. */
interface Encoding {
  pat_str: string
  special_tokens: Record<string, number>
  bpe_ranks: string
}

async function load(name: TokenizerName): Promise<CountTokens> {
  const [{ Tiktoken }, table] = await Promise.all([
    import('tiktoken/lite'),
    name === 'o200k_base' ? import('tiktoken/encoders/o200k_base') : import('tiktoken/encoders/cl100k_base'),
  ])
  const { bpe_ranks, special_tokens, pat_str } = table.default as unknown as Encoding
  const encoder = new Tiktoken(bpe_ranks, special_tokens, pat_str)
  return (text) => piecesOf(text).reduce((sum, piece) => sum + encoder.encode_ordinary(piece).length, 0)
}

/** Pieces that are cut before a space, as the tokenizer itself cuts there; where there is none, the sum is off by a token or two. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  let start = 0
  while (text.length - start > PIECE_CHARACTERS) {
    const space = text.lastIndexOf(' ', start + PIECE_CHARACTERS)
    const end = space > start ? space : start + PIECE_CHARACTERS
    pieces.push(text.slice(start, end))
    start = end
  }
  return [...pieces, text.slice(start)]
}

export interface BudgetedPrompt {
  prompt: RenderedPrompt
  /** For the user: that the count is an estimate for this model. */
  remarks: string[]
}

/**
 * Renders a prompt within `input.maxContextTokens`. A context that fits whatever the tokenizer (a token is a byte at least) needs none
 * loaded, nor does the local answerer, which reads no tokens.
 */
export async function renderWithinBudget(input: PromptInput, model: AskedModel | null): Promise<BudgetedPrompt> {
  const { maxContextTokens, ...whole } = input
  if (maxContextTokens === undefined || !model || model.provider === 'local') return { prompt: renderPrompt(input), remarks: [] }
  const unlimited = renderPrompt(whole)
  if (Buffer.byteLength(unlimited.contextText) <= maxContextTokens) return { prompt: unlimited, remarks: [] }
  const name = tokenizerOf(model)
  const prompt = renderPrompt({ ...input, tokenizer: { name, count: await loadTokenizer(name) } })
  if (model.provider === 'openai') return { prompt, remarks: [] }
  const counted = `the context was counted with OpenAI's tokenizer ${name}: ${prompt.contextTokensEstimate} tokens`
  return { prompt, remarks: [`${counted}, an estimate for ${model.apiModel}`] }
}
