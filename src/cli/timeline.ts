import type { Command } from 'commander'
import type { TimelineEntry, TimelineOptions } from '../index.js'
import { withMemory } from './memory.js'
import { addJson, commitOrMoment, moment, wholeNumber, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { dim, print } from './output/terminal.js'

type TimelineCommandOptions = TimelineOptions & JsonOption

function formatEntry({ timestampMs, frameId, title, uri, preview }: TimelineEntry): string {
  const heading = `${new Date(timestampMs).toISOString()}  ${line(title ?? uri)}  ${dim(`frame ${frameId}, ${line(uri)}`)}`
  return `${heading}\n   ${line(preview.replace(/\s+/g, ' '))}`
}

async function run(file: string, { json, ...options }: TimelineCommandOptions): Promise<void> {
  const entries = await withMemory(file, (memory) => memory.timeline(options))
  if (json) process.stdout.write(formatJson(entries))
  else for (const entry of entries) print(formatEntry(entry))
}

export function register(parent: Command): void {
  const command = parent.command('timeline').argument('<file>', 'the .mv2 file').description('list documents in the order of their dates')
  command
    .option('--limit <n>', 'most documents (default: 100)', wholeNumber(1))
    .option('--offset <n>', 'leave out so many first', wholeNumber(0))
    .option('--after <time>', 'only documents dated at or after', moment)
    .option('--before <time>', 'only documents dated before', moment)
    .option('--reverse', 'newest first')
    .option('--as-of <commit|time>', 'the memory as it was', commitOrMoment)
  addJson(command).action(run)
}
