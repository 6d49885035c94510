import type { Command } from 'commander'
import type { BenchmarkResult } from '../index.js'
import { withMemory } from './memory.js'
import { addJson, wholeNumber, type JsonOption } from './options.js'
import { formatJson } from './output/json.js'
import { note, print } from './output/terminal.js'

interface BenchCommandOptions extends JsonOption {
  queries?: number
  topK?: number
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}

function show({ documents, vectors, embedder, queries, k, modes, sizeBytes }: BenchmarkResult): void {
  print(`${documents} documents, ${vectors} vectors${embedder === null ? '' : ` by ${embedder}`}`)
  for (const { mode, medianMs, p99Ms, recallOfIndex } of modes) {
    const recall = recallOfIndex === null ? '' : `, recall of the index ${recallOfIndex.toFixed(3)}`
    print(`${mode.padEnd(6)}  median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms${recall}`)
  }
  const { total, textIndex, vectorIndex, tables, documentsAndHistory } = sizeBytes
  print(`size    ${megabytes(total)}: text index ${megabytes(textIndex)}, vectors ${megabytes(vectorIndex)}, tables ${megabytes(tables)}, `
    + `documents and history ${megabytes(documentsAndHistory)}`)
  note(`${queries} searches of each mode for words of the file's own documents, ${k} hits each.`)
}

async function run(file: string, { queries, topK, json }: BenchCommandOptions): Promise<void> {
  const options = { ...(queries !== undefined && { queries }), ...(topK !== undefined && { k: topK }) }
  const result = await withMemory(file, (memory) => memory.benchmark(options))
  if (json) process.stdout.write(formatJson(result))
  else show(result)
}

export function register(parent: Command): void {
  const command = parent.command('bench').argument('<file>', 'the .mv2 file')
  command.description('measure this file: latency by mode, recall of the index against exact, size by part')
  command.option('--queries <n>', 'searches of each mode (default: 100)', wholeNumber(1)).option('--top-k <n>', 'hits of each (default: 10)', wholeNumber(1))
  addJson(command).action(run)
}
