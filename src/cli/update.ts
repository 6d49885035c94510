import type { Command } from 'commander'
import { addDocument, documentFields, type DocumentOptions } from './document-options.js'
import { readDocument, type Format, formatOption } from './input/document.js'
import { withMemory } from './memory.js'
import { addJson, frameReference, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { print } from './output/terminal.js'

interface UpdateCommandOptions extends DocumentOptions, JsonOption {
  input?: string
  format?: Format
}

async function run(file: string, frame: string, options: UpdateCommandOptions): Promise<void> {
  const content = options.input === undefined ? {} : await readDocument(options.input, options.format)
  const result = await withMemory(file, (memory) => memory.update(frameReference(frame), { ...content, ...documentFields(options) }))
  if (options.json) process.stdout.write(formatJson(result))
  else print(`Frame ${result.supersedes} is superseded by frame ${result.frameId} as ${line(result.uri)}.`)
}

export function register(parent: Command): void {
  const command = parent.command('update').description('replace a document; what is not given stays as it was')
  command.argument('<file>', 'the .mv2 file').argument('<frame>', 'its frame id or URI')
  command.option('--input <path|->', 'the new content (- is stdin)').addOption(formatOption())
  addJson(addDocument(command)).action(run)
}
