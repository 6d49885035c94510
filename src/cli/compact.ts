import type { Command } from 'commander'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { print } from './output/terminal.js'
import { interrupted } from './signals.js'

async function run(file: string, { json }: JsonOption): Promise<void> {
  const progress = startProgress('bytes')
  const onProgress = ({ done, total }: { done: number; total: number }): void => progress.update(done, total)
  const done = await withMemory(file, (memory) => memory.compact({ onProgress, signal: interrupted })).finally(() => progress.clear())
  if (json) process.stdout.write(formatJson(done))
  else if (done.droppedSegments === 0) print(`Nothing to reclaim: ${done.afterBytes} bytes.`)
  else print(`Compacted: ${done.beforeBytes} bytes before, ${done.afterBytes} after; ${done.droppedSegments} retired segments dropped.`)
}

export function register(parent: Command): void {
  const command = parent
    .command('compact')
    .argument('<file>', 'the .mv2 file')
    .description('give back the room of retired index segments; documents, sessions, proofs and the past stay as they are')
  addJson(command).action(run)
}
