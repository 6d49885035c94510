import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

async function run(file: string, { session, key, json }: SessionOption & JsonOption & { key: string }): Promise<void> {
  const signed = await withMemory(file, (memory) => memory.sessionSign(session, { key }))
  if (json) process.stdout.write(formatJson(signed))
  else print(`Signed ${signed.size} actions of session ${signed.sessionId} with ${line(signed.keyName)} (${signed.keyId}).`)
}

export function register(parent: Command): void {
  const command = parent.command('sign').argument('<file>', 'the .mv2 file').description('sign a session as it is now')
  addSession(command).requiredOption('--key <key>', 'the private key: the path of its file, or its name in the key folder')
  addJson(command).action(run)
}
