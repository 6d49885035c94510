import type { Command } from 'commander'
import { formatUsd, type CacheEntry } from '../../index.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { note, print, yellow } from '../output/terminal.js'

function formatEntry({ key, timeMs, model, question, cost }: CacheEntry): string {
  const written = new Date(timeMs).toISOString()
  return `${key.slice(0, 12)}  ${written}  ${formatUsd(cost.usd).padStart(9)}  ${line(model)}  ${line(question ?? '(question not kept)')}`
}

async function run(file: string, { json }: JsonOption): Promise<void> {
  const listing = await withMemory(file, (memory) => memory.cacheList())
  if (json) process.stdout.write(formatJson(listing))
  else if (listing.entries.length === 0) note('No cached answers.')
  else for (const entry of listing.entries) print(formatEntry(entry))
  if (listing.damaged > 0) note(yellow(`warning: ${listing.damaged} more can't be read; see \`memvid verify\`.`, process.stderr))
}

export function register(parent: Command): void {
  addJson(parent.command('list').argument('<file>', 'the .mv2 file').description('list the cached answers, oldest first')).action(run)
}
