import type { Command } from 'commander'
import type { FindHit } from '../index.js'
import { addEmbedder, type EmbedderOptions } from './embedder-options.js'
import { reportRecordingError, withMemory } from './memory.js'
import { addJson, addSearch, searchOptions, type JsonOption, type SearchOptions } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { dim, note, print } from './output/terminal.js'

interface FindCommandOptions extends SearchOptions, JsonOption, EmbedderOptions {
  query: string
}

function score(value: number | null): string {
  return value === null ? '-' : value.toFixed(3)
}

function formatHit(hit: FindHit): string {
  const scores = `score ${score(hit.score)}, text ${score(hit.scores.text)}, vector ${score(hit.scores.vector)}`
  return [
    `${hit.rank}. ${line(hit.title ?? hit.uri)}`,
    `   ${line(hit.uri)} ${dim(`frame ${hit.frameId}, ${scores}`)}`,
    `   ${line(hit.snippet.replace(/\s+/g, ' '))}`,
  ].join('\n')
}

async function run(file: string, options: FindCommandOptions): Promise<void> {
  const result = await withMemory(file, (memory) => memory.find(options.query, searchOptions(options)), options)
  if (options.json) process.stdout.write(formatJson({ query: options.query, ...result }))
  else {
    for (const hit of result.hits) print(formatHit(hit))
    const { cut, total, mode, latencyMs } = result
    note(`${result.hits.length} of ${total} documents, ${mode}, cut by ${cut.rule} after ${cut.kept}, ${latencyMs.toFixed(1)} ms`)
  }
  reportRecordingError(result.recordingError)
}

export function register(parent: Command): void {
  const command = parent.command('find').argument('<file>', 'the .mv2 file').description('search the memory')
  command.requiredOption('--query <text>', 'what to look for')
  addJson(addEmbedder(addSearch(command))).action(run)
}
