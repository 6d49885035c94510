import type { Command } from 'commander'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { print } from './output/terminal.js'
import { interrupted } from './signals.js'

async function run(file: string, { json }: JsonOption): Promise<void> {
  const progress = startProgress('vectors')
  const onProgress = ({ done, total }: { done: number; total: number }): void => progress.update(done, total)
  const done = await withMemory(file, (memory) => memory.optimize({ onProgress, signal: interrupted })).finally(() => progress.clear())
  const { beforeSegments, afterSegments, vectorCount, hasGraph } = done
  if (json) process.stdout.write(formatJson(done))
  else {
    print(`Optimized: ${beforeSegments} index segments before, ${afterSegments} after.`)
    print(hasGraph ? `Searches among ${vectorCount} vectors walk a graph.` : `Searches compare all of ${vectorCount} vectors: no graph is needed.`)
  }
}

export function register(parent: Command): void {
  const command = parent
    .command('optimize')
    .argument('<file>', 'the .mv2 file')
    .description('put the index into the form that is searched fastest; `compact` then gives back the room')
  addJson(command).action(run)
}
