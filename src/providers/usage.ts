import type { TokenUsage } from '../types.js'

type Fields = Record<string, unknown>

/** A count as a provider sent it; anything but a whole number that is not negative is no count. */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function withDetails(input: number, output: number, read: number | undefined, written: number | undefined, reasoning: number | undefined) {
  const usage: TokenUsage = { inputTokens: input, outputTokens: output }
  if (read !== undefined) usage.cacheReadTokens = read
  if (written !== undefined) usage.cacheWriteTokens = written
  if (reasoning !== undefined) usage.reasoningTokens = reasoning
  return usage
}

/**
 * Chat-completions usage. `prompt_tokens` counts all input, cached or not. Gemini and xAI leave reasoning out of
 * `completion_tokens` but bill it as output and count it in `total_tokens`; so output is what the total has beyond the
 * input, wherever that is more. Null when there are no counts.
 */
export function chatCompletionsUsage(raw: unknown): TokenUsage | null {
  const usage = fields(raw)
  const input = count(usage['prompt_tokens'])
  const completion = count(usage['completion_tokens'])
  if (input === undefined || completion === undefined) return null
  const output = Math.max(completion, (count(usage['total_tokens']) ?? 0) - input)
  const inputDetails = fields(usage['prompt_tokens_details'])
  const named = count(fields(usage['completion_tokens_details'])['reasoning_tokens'])
  const reasoning = named ?? (output > completion ? output - completion : undefined)
  return withDetails(input, output, count(inputDetails['cached_tokens']), count(inputDetails['cache_write_tokens']), reasoning)
}

/** Claude's usage. `input_tokens` leaves out what was read from and written to the cache; they are added here. */
export function claudeUsage(raw: unknown): TokenUsage | null {
  const usage = fields(raw)
  const uncached = count(usage['input_tokens'])
  const output = count(usage['output_tokens'])
  if (uncached === undefined || output === undefined) return null
  const read = count(usage['cache_read_input_tokens'])
  const written = count(usage['cache_creation_input_tokens'])
  const reasoning = count(fields(usage['output_tokens_details'])['thinking_tokens'])
  return withDetails(uncached + (read ?? 0) + (written ?? 0), output, read, written, reasoning)
}
