/** What a provider call may cost, before it is made. */

import Big from 'big.js'
import { costAt, priceOf } from '../ask/cost.js'
import type { PriceOverrides } from '../ask/prices.js'
import type { RenderedPrompt } from '../ask/prompt.js'
import { estimateTokens } from '../ask/tokens.js'
import { MemvidError } from '../errors.js'
import type { ResolvedModel } from '../providers/model.js'
import type { AskRecord } from './record.js'
import type { CallEstimate } from './replay-control-types.js'

/** With a limit of cost, an answer has at most this many tokens where nothing else is said: else its cost would have no bound. */
export const BOUNDED_OUTPUT_TOKENS = 1024
/** Expected length of an answer of which the recording says nothing. */
const EXPECTED_OUTPUT_TOKENS = 256
/** Roles and separators that a provider puts around the messages. */
const FRAMING_TOKENS = 64

/** About what asking `model` costs. Over the recorded context the recorded counts are the best guess, else text lengths are. */
export async function estimateCall(
  model: ResolvedModel,
  prompt: RenderedPrompt,
  record: AskRecord,
  frozen: boolean,
  outputLimit: number | undefined,
  prices: PriceOverrides | undefined,
): Promise<CallEstimate> {
  if (model.local) return { model: model.label, inputTokens: 0, outputTokens: 0, costUsd: '0', ...(outputLimit === undefined ? {} : { maxCostUsd: '0' }) }
  const recorded = record.cached ? record.cache?.usage : record.response?.usage
  const written = prompt.messages.reduce((sum, message) => sum + estimateTokens(message.content), 0)
  const inputTokens = frozen && recorded && recorded.inputTokens > 0 ? recorded.inputTokens : written
  const answered = record.answer === undefined ? EXPECTED_OUTPUT_TOKENS : Math.max(1, estimateTokens(record.answer))
  const expected = recorded && recorded.outputTokens > 0 ? recorded.outputTokens : answered
  const outputTokens = Math.min(expected, outputLimit ?? Infinity)
  const price = await priceOf(model, new Date(), prices, inputTokens)
  const costUsd = price === null ? null : costAt({ inputTokens, outputTokens }, price)
  const maxCostUsd = outputLimit === undefined || price === null ? null : (await mostCost(model, prompt, outputLimit, prices)).toFixed()
  return { model: model.label, inputTokens, outputTokens, costUsd, ...(outputLimit === undefined ? {} : { maxCostUsd }) }
}

/** The most that asking `model` can cost: no tokenizer makes more tokens of a text than it has bytes. */
export async function mostCost(
  model: ResolvedModel,
  prompt: RenderedPrompt,
  outputLimit: number,
  prices: PriceOverrides | undefined,
): Promise<Big> {
  const inputTokens = prompt.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), FRAMING_TOKENS)
  const price = await priceOf(model, new Date(), prices, inputTokens)
  if (price === null) throw unknownPrice(model.label)
  const { input, cacheRead = input, cacheWrite = input } = price
  const dearest = [cacheRead, cacheWrite].reduce((most, rate) => (new Big(rate).gt(most) ? rate : most), input)
  return new Big(inputTokens).times(dearest).plus(new Big(outputLimit).times(price.output)).times('0.000001')
}

/** A limit of cost can't be kept with a model of which nobody knows what it costs. */
export async function requirePrices(models: readonly ResolvedModel[], prices: PriceOverrides | undefined): Promise<void> {
  for (const model of models) if ((await priceOf(model, new Date(), prices)) === null) throw unknownPrice(model.label)
}

function unknownPrice(label: string): MemvidError {
  return new MemvidError('UnknownPrice', `the price of ${label} is unknown, so a limit of cost can't be kept`, {
    hint: 'Give its price in a file with --prices, or leave out --max-cost.',
    details: { model: label },
  })
}
