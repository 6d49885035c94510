import type { Command } from 'commander'
import { addEmbedder, embedderFields, type EmbedderOptions } from './embedder-options.js'
import { note } from './output/terminal.js'

interface McpCommandOptions extends EmbedderOptions {
  readOnly?: boolean
}

/** An agent's host may have other servers on the same file: each takes short turns. */
const LOCK_TIMEOUT_MS = 30_000

async function run(file: string, options: McpCommandOptions): Promise<void> {
  const { create, open } = await import('../index.js')
  const { serveMcp } = await import('../mcp/server.js')
  const given = { ...embedderFields(options), lockTimeoutMs: LOCK_TIMEOUT_MS, client: 'mcp' }
  const memory = options.readOnly ? await open(file, { ...given, readOnly: true }) : await create(file, given)
  note(`memvid: serving ${file} over MCP${options.readOnly ? ', read-only' : ''}`)
  try {
    await serveMcp(memory, { readOnly: options.readOnly ?? false })
  } finally {
    await memory.close()
  }
}

export function register(parent: Command): void {
  const command = parent.command('mcp').argument('<file>', 'the .mv2 file; made when it is not there')
  command.description("serve the memory to an agent's host over the Model Context Protocol (standard input and output)")
  command.option('--read-only', 'offer only what changes nothing')
  addEmbedder(command).action(run)
}
