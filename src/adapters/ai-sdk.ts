/** A memory as tools of the Vercel AI SDK. Needs the package `ai`. */
import { tool, type ToolSet } from 'ai'
import { z } from 'zod'
import type { Memory } from '../index.js'
import { TOOLS } from '../mcp/tools.js'

export interface MemvidToolsOptions {
  /** Offer only what changes nothing. Default false. */
  readOnly?: boolean
  /** Names of the tools to offer. Default: all. */
  only?: readonly string[]
}

/**
 * The memory's tools (`put`, `find`, `ask`, `get`, `session_start`, …) for `generateText` and `streamText`. What they do is recorded while a
 * session is active.
 *
 * @example
 * const { text } = await generateText({ model, tools: memvidTools(mem, { readOnly: true }), stopWhen: stepCountIs(5), prompt })
 */
export function memvidTools(memory: Memory, { readOnly = false, only }: MemvidToolsOptions = {}): ToolSet {
  const offered = TOOLS.filter(({ name, writes }) => !(writes && readOnly) && (only === undefined || only.includes(name)))
  return Object.fromEntries(
    offered.map(({ name, description, input, run }) => [
      name,
      tool({
        description,
        inputSchema: z.object(input),
        execute: (given, { abortSignal }) => run(memory, given as never, abortSignal ?? new AbortController().signal),
      }),
    ]),
  )
}
