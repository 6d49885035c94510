import { Big } from 'big.js'
import type { Cost, TokenUsage } from '../types.js'
import { BUILT_IN_DATE, BUILT_IN_PRICES, BUILT_IN_TABLE, type Price, type PriceOverrides, type Rates } from './prices.js'

/** What a cost depends on; a `ResolvedModel` has these. */
export interface PricedModel {
  provider: string
  /** As the user named it. */
  model: string
  /** As the API was asked for it. */
  apiModel: string
}

/** Version and day of publication of the larger table. A test holds the version against the installed package. */
export const GENAI_PRICES = { version: '0.1.8', date: '2026-09-23' } as const

/** The providers of that table that are ours. Ollama and other servers have no list of prices. */
const GENAI_PROVIDERS: Readonly<Record<string, string>> = {
  openai: 'openai',
  claude: 'anthropic',
  gemini: 'google',
  xai: 'x-ai',
  groq: 'groq',
  mistral: 'mistral',
}

function withTable(rates: Rates, table: string, date: string | null): Price {
  return { ...rates, table, date }
}

/** A rate of the package: a number, or steps by the size of the prompt, of which the highest that is passed counts for all. */
function rateAt(rate: unknown, inputTokens: number): string | undefined {
  if (typeof rate === 'number') return new Big(rate).toFixed()
  if (typeof rate !== 'object' || rate === null) return undefined
  const steps = rate as { base?: unknown; tiers?: { start: number; price: number }[] }
  let price = steps.base
  for (const tier of [...(steps.tiers ?? [])].sort((a, b) => a.start - b.start)) if (inputTokens > tier.start) price = tier.price
  return typeof price === 'number' ? new Big(price).toFixed() : undefined
}

/**
 * The package matches names by their beginnings, so `claude-sonnet-5-5` finds `claude-sonnet-5`. A short number after the
 * name is another version with another price; a long one is a date.
 */
function isNewerVersion(apiModel: string, matched: string): boolean {
  return apiModel.toLowerCase().startsWith(matched) && /^[.-]\d{1,2}(?!\d)/.test(apiModel.slice(matched.length))
}

async function genaiPrice(model: PricedModel, at: Date, inputTokens: number): Promise<Price | null> {
  const providerId = GENAI_PROVIDERS[model.provider]
  if (providerId === undefined) return null
  const { calcPrice } = await import('@pydantic/genai-prices')
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model.apiModel, { providerId, timestamp: at })
  if (found === null || isNewerVersion(model.apiModel, found.model.id)) return null
  const rates = found.model_price
  const input = rateAt(rates['input_mtok'], inputTokens)
  const output = rateAt(rates['output_mtok'], inputTokens)
  if (input === undefined || output === undefined) return null
  const cacheRead = rateAt(rates['cache_read_mtok'], inputTokens)
  const cacheWrite = rateAt(rates['cache_write_mtok'], inputTokens)
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    table: `genai-prices@${GENAI_PRICES.version}`,
    date: GENAI_PRICES.date,
  }
}

/**
 * The price of a model, or null when no table has it. The user's own prices go first, then the table of the user
 * documentation, then the larger one of `@pydantic/genai-prices`, which also has what changed at which date.
 *
 * @param inputTokens For models whose rates rise with the size of the prompt. Default 0.
 */
export async function priceOf(model: PricedModel, at: Date, overrides?: PriceOverrides | null, inputTokens = 0): Promise<Price | null> {
  if (model.provider === 'local') return { input: '0', output: '0', table: 'local', date: null }
  const labels = [model.model, model.apiModel].map((name) => `${model.provider}:${name}`.toLowerCase())
  for (const label of [...labels, `${model.provider}:*`]) {
    const rates = overrides?.models[label]
    if (overrides && rates) return withTable(rates, overrides.table, overrides.date)
  }
  for (const label of labels) {
    const rates = BUILT_IN_PRICES[label]
    if (rates) return withTable(rates, BUILT_IN_TABLE, BUILT_IN_DATE)
  }
  return genaiPrice(model, at, inputTokens)
}

/** The exact price of one call: each kind of token times its own rate. */
export function costAt(usage: TokenUsage, price: Price): string {
  const read = usage.cacheReadTokens ?? 0
  const written = usage.cacheWriteTokens ?? 0
  // Some servers count what they wrote apart from the input; a negative rest would pay the user back.
  const uncached = Math.max(0, usage.inputTokens - read - written)
  return new Big(uncached)
    .times(price.input)
    .plus(new Big(read).times(price.cacheRead ?? price.input))
    .plus(new Big(written).times(price.cacheWrite ?? price.input))
    .plus(new Big(usage.outputTokens).times(price.output))
    .times('0.000001')
    .toFixed()
}

/**
 * What a call cost. Unknown (`usd: null`) without a price or without counts; exactly "0" for `local`, which calls no model.
 *
 * @param at When the call was made; prices change.
 */
export async function costOf(usage: TokenUsage | null, model: PricedModel, at: Date, overrides?: PriceOverrides | null): Promise<Cost> {
  const price = await priceOf(model, at, overrides, usage?.inputTokens ?? 0)
  if (price === null) return { usd: null, priceTable: null, priceDate: null }
  if (model.provider === 'local') return { usd: '0', priceTable: null, priceDate: null }
  return { usd: usage === null ? null : costAt(usage, price), priceTable: price.table, priceDate: price.date }
}

function formatDollars(usd: string | null, decimals: number): string {
  if (usd === null) return 'unknown'
  const exact = new Big(usd)
  const rounded = exact.round(decimals, Big.roundHalfUp)
  // Something that cost money must not be shown as free.
  if (rounded.eq(0) && exact.gt(0)) return `<$${new Big(10).pow(-decimals).toFixed()}`
  const [whole = '0', fraction = ''] = rounded.toFixed(decimals).split('.')
  return `$${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`
}

/** `$0.000478`: six decimals, zeros at the end left out down to two; `unknown` for null, `<$0.000001` for less than shows. */
export function formatUsd(usd: string | null): string {
  return formatDollars(usd, 6)
}

/** `$0.0005`: the same with four decimals. */
export function formatUsdShort(usd: string | null): string {
  return formatDollars(usd, 4)
}
