import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

async function run(file: string, { session, json }: SessionOption & JsonOption): Promise<void> {
  const anchor = await withMemory(file, (memory) => memory.sessionAnchor(session))
  if (json) process.stdout.write(formatJson(anchor))
  else print(anchor.line)
}

export function register(parent: Command): void {
  const command = parent.command('anchor').argument('<file>', 'the .mv2 file').description('print one line that proves a session later, to keep in git')
  addJson(addSession(command)).action(run)
}
