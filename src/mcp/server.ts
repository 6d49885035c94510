/** An MCP server over one memory: tools, and documents as resources. Protocol and transport are the official SDK's. */
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { toSnakeCase } from '../cli/output/json.js'
import { MemvidError, SDK_VERSION, type Memory } from '../index.js'
import { TOOLS } from './tools.js'

export interface McpOptions {
  /** Offer only what changes nothing. Default false. */
  readOnly?: boolean
}

const LISTED_DOCUMENTS = 500

/** The server for a memory, not connected yet. */
export function mcpServer(memory: Memory, { readOnly = false }: McpOptions = {}): McpServer {
  const server = new McpServer({ name: 'memvid', version: SDK_VERSION })
  for (const { name, title, description, input, writes, run } of TOOLS) {
    if (writes && readOnly) continue
    const annotations = { readOnlyHint: !writes, destructiveHint: false, openWorldHint: false }
    server.registerTool(name, { title, description, inputSchema: input, annotations }, async (given: unknown, extra: { signal: AbortSignal }) => {
      try {
        return { content: [{ type: 'text' as const, text: asJson(await run(memory, given as never, extra.signal)) }] }
      } catch (error) {
        return { isError: true, content: [{ type: 'text' as const, text: asJson(errorObject(error)) }] }
      }
    })
  }
  addDocuments(server, memory)
  return server
}

/** Serves over standard input and output until the input ends. */
export async function serveMcp(memory: Memory, options: McpOptions): Promise<void> {
  // Standard output belongs to the protocol: hosts drop a server that prints anything else there.
  console.log = console.error
  console.info = console.error
  const server = mcpServer(memory, options)
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve)
    server.server.onclose = resolve
  })
  await server.connect(new StdioServerTransport())
  await ended
  await server.close()
}

/** Documents by their URI; the newest are listed. */
function addDocuments(server: McpServer, memory: Memory): void {
  const list = async () => {
    const entries = await memory.timeline({ reverse: true, limit: LISTED_DOCUMENTS })
    return { resources: entries.map(({ uri, title, mimeType }) => ({ uri, name: title ?? uri, mimeType })) }
  }
  const template = new ResourceTemplate('mv2://{+path}', { list })
  const about = { title: 'Documents', description: 'The documents of the memory by their URI; the newest are listed' }
  server.registerResource('document', template, about, async (uri, { path }) => {
    // The URL type may have rewritten what it parsed; the name of a document is its bytes.
    const { mimeType, text, bytes } = await memory.get(`mv2://${String(path)}`)
    const content = text === undefined ? { blob: Buffer.from(bytes ?? []).toString('base64') } : { text }
    return { contents: [{ uri: uri.href, mimeType, ...content }] }
  })
}

function asJson(value: unknown): string {
  return JSON.stringify(toSnakeCase(value))
}

function errorObject(error: unknown): Record<string, unknown> {
  if (!(error instanceof MemvidError)) return { error: { code: 'Internal', message: error instanceof Error ? error.message : String(error) } }
  const { code, message, hint } = error
  return { error: { code, message, hint } }
}
