import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'

async function run(file: string, { json }: JsonOption): Promise<void> {
  const result = await withMemory(file, (memory) => memory.cacheClear())
  if (json) process.stdout.write(formatJson(result))
  else print(`Cache cleared. ${result.cleared} ${result.cleared === 1 ? 'answer' : 'answers'} removed.`)
}

export function register(parent: Command): void {
  addJson(parent.command('clear').argument('<file>', 'the .mv2 file').description('remove every cached answer')).action(run)
}
