import type { Command } from 'commander'
import { addJson, wholeNumber, type JsonOption } from './options.js'
import { formatJson } from './output/json.js'
import { note, print } from './output/terminal.js'
import { interrupted } from './signals.js'

export interface UiCommandOptions extends JsonOption {
  port?: number
  allowAsk?: boolean
  /** False with `--no-open`. */
  open?: boolean
  /** Shown first: its id, a beginning of it, or its name. */
  session?: string
}

const HIGHEST_PORT = 65_535

/** Serves the page until Ctrl-C. The file is opened for reading only: nothing that the page asks for can change it. */
export async function serveUi(file: string, { port = 0, allowAsk = false, open = true, session, json }: UiCommandOptions): Promise<void> {
  const api = await import('../index.js')
  const { hasPage, startUi } = await import('../ui/server/index.js')
  if (!hasPage()) throw new api.MemvidError('Unsupported', 'the web page is not part of this build', { hint: 'Build it with `npm run setup`.' })
  if (port > HIGHEST_PORT) throw new api.MemvidError('InvalidInput', `--port is at most ${HIGHEST_PORT}, got ${port}`)
  const memory = await api.open(file, { readOnly: true, client: 'memvid-ui' })
  try {
    // A session that is not there is an error now, not a page that is empty.
    const place = session === undefined ? {} : { session: (await memory.sessionView(session, { limit: 0 })).sessionId }
    const onFault = (error: unknown): void => note(`memvid ui: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    const server = await startUi(memory, { port, allowAsk, onFault })
    const url = server.url(place)
    if (json) process.stdout.write(formatJson({ url, port: server.port, token: server.token, ...place }))
    else print(url)
    note(`memvid: serving ${memory.path} to this machine only${allowAsk ? ', models may be asked' : ', read-only'}; Ctrl-C ends it`)
    if (open && process.stdout.isTTY && !json) await openBrowser(url)
    await untilInterrupted()
    await server.close()
  } finally {
    await memory.close()
  }
}

/** The system's own way to open an address; where there is none, the printed address is enough. */
async function openBrowser(url: string): Promise<void> {
  const { spawn } = await import('node:child_process')
  const [command, ...words] = { darwin: ['open'], win32: ['rundll32', 'url.dll,FileProtocolHandler'] }[process.platform as string] ?? ['xdg-open']
  const child = spawn(command!, [...words, url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

function untilInterrupted(): Promise<void> {
  if (interrupted.aborted) return Promise.resolve()
  // Something has to keep the process alive besides the server, which may have no connection.
  return new Promise((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }))
}

/** The options that `memvid ui` and `session replay --web` share. */
export function addUiOptions(command: Command): Command {
  return command
    .option('--port <n>', 'listen on this port of 127.0.0.1 (default: a free one)', wholeNumber(0))
    .option('--allow-ask', 'let the page ask models again, each time after its greatest cost was confirmed')
    .option('--no-open', 'print the address only, and open no browser')
}

export function register(parent: Command): void {
  const command = parent.command('ui').argument('<file>', 'the .mv2 file')
  command.description('look at sessions, searches and answers in a local web page, and turn their settings')
  addUiOptions(command).option('--session <id>', 'show this session first: its id, any unambiguous beginning of it, or its name')
  addJson(command).action(serveUi)
}
