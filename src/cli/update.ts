import type { Command } from 'commander'
import { addDocument, documentFields, type DocumentOptions } from './document-options.js'
import { readDocument, type Format, formatOption } from './input/document.js'
import { SecretWatch } from './input/secret-watch.js'
import { withMemory } from './memory.js'
import { addJson, frameReference, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { print } from './output/terminal.js'

interface UpdateCommandOptions extends DocumentOptions, JsonOption {
  input?: string
  format?: Format
  redact?: boolean
}

async function run(file: string, frame: string, options: UpdateCommandOptions): Promise<void> {
  const content = options.input === undefined ? {} : await readDocument(options.input, options.format)
  const watch = new SecretWatch(await import('../index.js'), options.redact ?? false)
  const changes = watch.look({ ...content, ...documentFields(options) }, frame)
  const result = await withMemory(file, (memory) => memory.update(frameReference(frame), changes))
  if (options.json) process.stdout.write(formatJson({ ...result, secrets: watch.found }))
  else print(`Frame ${result.supersedes} is superseded by frame ${result.frameId} as ${line(result.uri)}.`)
  watch.report()
}

export function register(parent: Command): void {
  const command = parent.command('update').description('replace a document; what is not given stays as it was')
  command.argument('<file>', 'the .mv2 file').argument('<frame>', 'its frame id or URI')
  command.option('--input <path|->', 'the new content (- is stdin)').addOption(formatOption())
  command.option('--redact', 'store [secret] in place of what looks like a key, a token or a private key')
  addJson(addDocument(command)).action(run)
}
