import { createHash } from 'node:crypto'
import type { ChatMessage } from '../types.js'

export interface CacheKeyInput {
  provider: string
  baseUrl: string
  /** As the API is asked for it. */
  model: string
  /** Every parameter that is sent besides model and messages; one that is undefined counts as not sent. */
  parameters: Readonly<Record<string, string | number | boolean | null | undefined>>
  /** Without the random delimiter: `messagesForKey` of the rendered prompt. */
  messages: readonly ChatMessage[]
  /** Hex, in the order of the prompt. */
  contextHashes: readonly string[]
}

/** Part of every key, so that keys of another layout can never be equal to these. */
const LAYOUT = 'memvid-answer-cache@1'

/**
 * The 32-byte SHA-256 key of an answer. Two calls have the same key only when everything that reaches the model is the same:
 * the input is written as JSON arrays in a fixed order, so no two inputs have the same bytes.
 */
export function cacheKey(input: CacheKeyInput): Buffer {
  const parameters = Object.entries(input.parameters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const messages = input.messages.map(({ role, content }) => [role, content])
  const canonical = JSON.stringify([LAYOUT, input.provider, input.baseUrl, input.model, parameters, messages, input.contextHashes])
  return createHash('sha256').update(canonical, 'utf8').digest()
}
