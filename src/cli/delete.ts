import type { Command } from 'commander'
import { withMemory } from './memory.js'
import { addJson, frameReference, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { print } from './output/terminal.js'

async function run(file: string, frame: string, options: JsonOption): Promise<void> {
  const result = await withMemory(file, (memory) => memory.delete(frameReference(frame)))
  if (options.json) process.stdout.write(formatJson(result))
  else print(`Deleted frame ${result.frameId} (${line(result.uri)}).`)
}

export function register(parent: Command): void {
  const command = parent.command('delete').description('mark a document deleted; its bytes stay in the history')
  command.argument('<file>', 'the .mv2 file').argument('<frame>', 'its frame id or URI')
  addJson(command).action(run)
}
