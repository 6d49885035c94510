import type { Command } from 'commander'
import type { SessionInfo } from '../../index.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { note, print } from '../output/terminal.js'
import { formatOrigin } from './fork.js'

function formatSession({ sessionId, startedAtMs, status, actionCount, name, forkedFrom }: SessionInfo): string {
  const started = new Date(startedAtMs).toISOString()
  const origin = forkedFrom ? `  (forked from ${formatOrigin(forkedFrom)})` : ''
  return `${sessionId}  ${started}  ${status.padEnd(6)}  ${String(actionCount).padStart(5)} actions  ${line(name)}${origin}`
}

async function run(file: string, { json }: JsonOption): Promise<void> {
  const sessions = await withMemory(file, (memory) => memory.sessionList())
  if (json) process.stdout.write(formatJson(sessions))
  else if (sessions.length === 0) note('No sessions.')
  else for (const session of sessions) print(formatSession(session))
}

export function register(parent: Command): void {
  addJson(parent.command('list').argument('<file>', 'the .mv2 file').description('list all sessions, oldest first')).action(run)
}
