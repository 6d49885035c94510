import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'

async function run(file: string, { name, json }: JsonOption & { name: string }): Promise<void> {
  const sessionId = await withMemory(file, (memory) => memory.sessionStart(name))
  if (json) process.stdout.write(formatJson({ sessionId, name }))
  else print(`Session started. ${sessionId}`)
}

export function register(parent: Command): void {
  const command = parent
    .command('start')
    .argument('<file>', 'the .mv2 file')
    .description('start recording; it goes on across processes until `session end`')
  command.requiredOption('--name <name>', 'a name to find it by')
  addJson(command).action(run)
}
