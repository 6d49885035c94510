import { readFileSync } from 'node:fs'
import { MemvidError } from '../errors.js'

/** Rates in US dollars for a million tokens, as exact decimals. A kind without a rate of its own costs what input costs. */
export interface Price {
  input: string
  output: string
  cacheRead?: string
  cacheWrite?: string
  /** `memvid-2025-12`, `genai-prices@<version>`, `override:<file>`, or `local`. */
  table: string
  /** `YYYY-MM` or `YYYY-MM-DD`. */
  date: string | null
}

export type Rates = Pick<Price, 'input' | 'output' | 'cacheRead' | 'cacheWrite'>

export const BUILT_IN_TABLE = 'memvid-2025-12'
export const BUILT_IN_DATE = '2025-12'

/**
 * The price table of the user documentation, December 2025. It names input and output; the rates for the prompt cache are
 * the providers' own of that time. Groq and Mistral had none for these models.
 */
export const BUILT_IN_PRICES: Readonly<Record<string, Rates>> = {
  'openai:gpt-4o-mini': { input: '0.15', output: '0.60', cacheRead: '0.075' },
  'openai:gpt-4o': { input: '2.50', output: '10.00', cacheRead: '1.25' },
  'openai:gpt-4.5': { input: '75.00', output: '150.00', cacheRead: '37.50' },
  'claude:claude-3-haiku': { input: '0.25', output: '1.25', cacheRead: '0.03', cacheWrite: '0.30' },
  'claude:claude-4-sonnet': { input: '3.00', output: '15.00', cacheRead: '0.30', cacheWrite: '3.75' },
  'claude:claude-4-opus': { input: '15.00', output: '75.00', cacheRead: '1.50', cacheWrite: '18.75' },
  'gemini:gemini-2.5-flash': { input: '0.15', output: '3.50', cacheRead: '0.03' },
  'gemini:gemini-2.5-pro': { input: '1.25', output: '10.00', cacheRead: '0.125' },
  'xai:grok-4': { input: '3.00', output: '15.00', cacheRead: '0.75' },
  'groq:llama-3.3-70b': { input: '0.59', output: '0.79' },
  'mistral:mistral-large': { input: '0.50', output: '1.50' },
}

/** Prices that go before every other table, by `provider:model`; `provider:*` is for all of a provider's models. */
export interface PriceOverrides {
  table: string
  date: string | null
  models: Readonly<Record<string, Rates>>
}

const DECIMAL = /^\d{1,9}(\.\d{1,12})?$/

function rate(value: unknown, where: string): string {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && DECIMAL.test(text)) return text
  throw new MemvidError('InvalidInput', `${where} is not a price in dollars for a million tokens`, { hint: 'Write it like "0.15".' })
}

/**
 * Reads a file of prices:
 * `{ "date": "2026-11-01", "models": { "openai:gpt-4o-mini": { "input": "0.15", "output": "0.60", "cache_read": "0.075" } } }`,
 * in US dollars for a million tokens; `cache_read` and `cache_write` may be left out.
 *
 * @throws MemvidError `NotFound` when the file cannot be read, `InvalidInput` when it is not of this form.
 */
export function readPriceOverrides(path: string): PriceOverrides {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MemvidError('NotFound', `the price file cannot be read`, { path, cause, hint: 'It is named by MEMVID_PRICES or --prices.' })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new MemvidError('InvalidInput', `the price file is not valid JSON`, { path, cause })
  }
  const file = parsed as { date?: unknown; models?: unknown } | null
  if (typeof file !== 'object' || file === null || typeof file.models !== 'object' || file.models === null) {
    throw new MemvidError('InvalidInput', 'the price file has no "models"', { path, hint: 'See the README for its form.' })
  }
  const models: Record<string, Rates> = {}
  for (const [label, given] of Object.entries(file.models as Record<string, Record<string, unknown> | null>)) {
    models[label.toLowerCase()] = {
      input: rate(given?.['input'], `"input" of ${label} in ${path}`),
      output: rate(given?.['output'], `"output" of ${label} in ${path}`),
      ...(given?.['cache_read'] === undefined ? {} : { cacheRead: rate(given['cache_read'], `"cache_read" of ${label} in ${path}`) }),
      ...(given?.['cache_write'] === undefined ? {} : { cacheWrite: rate(given['cache_write'], `"cache_write" of ${label} in ${path}`) }),
    }
  }
  return { table: `override:${path}`, date: typeof file.date === 'string' ? file.date : null, models }
}
