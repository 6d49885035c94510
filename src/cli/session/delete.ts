import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

async function run(file: string, { session, json }: SessionOption & JsonOption): Promise<void> {
  const result = await withMemory(file, (memory) => memory.sessionDelete(session))
  if (json) process.stdout.write(formatJson(result))
  else print(`Session deleted. ${result.sessionId} ${line(result.name)}`)
}

export function register(parent: Command): void {
  addJson(addSession(parent.command('delete').argument('<file>', 'the .mv2 file').description('delete a session'))).action(run)
}
