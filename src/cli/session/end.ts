import type { Command } from 'commander'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'

async function run(file: string, { json }: JsonOption): Promise<void> {
  const summary = await withMemory(file, (memory) => memory.sessionEnd())
  if (json) process.stdout.write(formatJson(summary))
  else print(`Session ended. ${summary.actionCount} actions recorded.`)
}

export function register(parent: Command): void {
  addJson(parent.command('end').argument('<file>', 'the .mv2 file').description('end recording and save')).action(run)
}
