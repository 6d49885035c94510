import type { Command } from 'commander'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson, toSnakeCase } from './output/json.js'
import { print } from './output/terminal.js'

async function run(file: string, { json }: JsonOption): Promise<void> {
  const stats = await withMemory(file, (memory) => memory.stats())
  if (json) process.stdout.write(formatJson(stats))
  else {
    const rows = Object.entries(toSnakeCase(stats) as Record<string, unknown>)
    const width = Math.max(...rows.map(([name]) => name.length))
    for (const [name, value] of rows) print(`${name.padEnd(width)}  ${line(typeof value === 'string' ? value : JSON.stringify(value))}`)
  }
}

export function register(parent: Command): void {
  addJson(parent.command('stats').argument('<file>', 'the .mv2 file').description('sizes and counts of the file')).action(run)
}
