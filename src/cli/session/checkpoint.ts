import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { quoted } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'

async function run(file: string, { name, json }: JsonOption & { name?: string }): Promise<void> {
  const checkpoint = await withMemory(file, (memory) => memory.sessionCheckpoint(name))
  if (json) process.stdout.write(formatJson(checkpoint))
  else print(`Checkpoint ${quoted(checkpoint.name)} at action ${checkpoint.number}, commit ${checkpoint.commit}.`)
}

export function register(parent: Command): void {
  const command = parent
    .command('checkpoint')
    .argument('<file>', 'the .mv2 file')
    .description("name the file's present state in the active session")
  command.option('--name <name>', 'its name (default: checkpoint-<n>)')
  addJson(command).action(run)
}
