import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Memory, PutItem, PutManyResult } from '../index.js'
import { addDocument, documentFields, type DocumentOptions } from './document-options.js'
import { addEmbedder, type EmbedderOptions } from './embedder-options.js'
import { ExitCode } from './exit-codes.js'
import { formatOf, formatOption, readDocument, type Format } from './input/document.js'
import { folderDocuments, walk, type FolderFile, type Skipped } from './input/folder.js'
import { jsonlDocuments } from './input/jsonl.js'
import { SecretWatch } from './input/secret-watch.js'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { note, print } from './output/terminal.js'
import { interrupted } from './signals.js'

interface PutCommandOptions extends DocumentOptions, JsonOption, EmbedderOptions {
  input: string
  format?: Format
  redact?: boolean
}

/** Many documents, and how many there will be where that is known. */
interface Source {
  documents: AsyncIterable<PutItem>
  total?: number
  skipped: Skipped[]
}

async function* withFields(
  documents: AsyncIterable<PutItem>,
  { tags, metadata, timestamp }: PutItem,
  watch: SecretWatch,
): AsyncGenerator<PutItem> {
  let number = 0
  for await (const document of documents) {
    const whole = {
      ...document,
      ...(tags && { tags: [...new Set([...(document.tags ?? []), ...tags])] }),
      ...(metadata && { metadata: { ...metadata, ...document.metadata } }),
      ...(timestamp !== undefined && document.timestamp === undefined && { timestamp }),
    }
    yield watch.look(whole, `document ${++number}`)
  }
}

async function refuseSingleOnly({ title, uri }: DocumentOptions): Promise<void> {
  if (title === undefined && uri === undefined) return
  const { MemvidError } = await import('../index.js')
  throw new MemvidError('InvalidInput', '--title and --uri are for one document, the input holds many', {
    hint: 'Leave them out, or put the documents one by one.',
  })
}

async function folderSource(folder: string): Promise<Source> {
  const skipped: Skipped[] = []
  const skip = (file: Skipped): void => {
    skipped.push(file)
    note(`skipped ${line(file.path)}: ${line(file.reason)}`)
  }
  const files: FolderFile[] = []
  for await (const file of walk(folder, skip)) files.push(file)
  return { documents: folderDocuments(folder, files, skip), total: files.length, skipped }
}

/** The source of many documents that `input` names, or undefined when it is one document. */
async function manyDocuments({ input, format }: PutCommandOptions): Promise<Source | undefined> {
  if (input !== '-' && (await stat(input)).isDirectory()) return folderSource(input)
  if ((format ?? (input === '-' ? 'text' : formatOf(input))) !== 'jsonl') return undefined
  const stream = input === '-' ? process.stdin : createReadStream(input)
  return { documents: jsonlDocuments(stream as AsyncIterable<Buffer>, input), skipped: [] }
}

async function putMany(memory: Memory, { documents, total }: Source, options: PutCommandOptions, watch: SecretWatch): Promise<PutManyResult> {
  const progress = startProgress('documents')
  try {
    return await memory.putMany(withFields(documents, documentFields(options), watch), {
      signal: interrupted,
      onProgress: ({ done }) => progress.update(done, total),
    })
  } finally {
    progress.clear()
  }
}

function manyLine({ count, frameIds }: PutManyResult, skipped: Skipped[]): string {
  const frames = count === 0 ? '' : ` as frames ${frameIds[0]} to ${frameIds[frameIds.length - 1]}`
  return `Stored ${count} documents${frames}.${skipped.length > 0 ? ` ${skipped.length} skipped.` : ''}`
}

async function run(file: string, options: PutCommandOptions): Promise<void> {
  const source = await manyDocuments(options)
  if (source) await refuseSingleOnly(options)
  const watch = new SecretWatch(await import('../index.js'), options.redact ?? false)
  if (!source) {
    const read = { ...(await readDocument(options.input, options.format)), ...documentFields(options) }
    const document = watch.look(read, options.input)
    const result = await withMemory(file, (memory) => memory.put(document), options)
    if (options.json) process.stdout.write(formatJson({ ...result, secrets: watch.found }))
    else print(`Stored frame ${result.frameId} as ${line(result.uri)}.`)
    return watch.report()
  }
  const result = await withMemory(file, (memory) => putMany(memory, source, options, watch), options)
  if (options.json) process.stdout.write(formatJson({ ...result, skipped: source.skipped, secrets: watch.found }))
  else print(manyLine(result, source.skipped))
  watch.report()
  if (source.skipped.some(({ unreadable }) => unreadable)) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent.command('put').argument('<file>', 'the .mv2 file').description('store a file, a folder, JSONL, or stdin')
  command.requiredOption('--input <path|->', 'a file, a folder, or - for stdin').addOption(formatOption())
  command.option('--redact', 'store [secret] in place of what looks like a key, a token or a private key')
  command.addHelpText(
    'after',
    `
Text, Markdown and HTML become one document each; a file that is not text is kept as bytes.
A folder is read in a stable order, with URIs made of its name and the path in it; hidden files, links and files that
are not text are left out with a note. JSONL holds one object a line: {"text":…, "title":…, "uri":…, "tags":[…],
"metadata":{…}, "timestamp":…, "vector":[…]}, of which only the text is needed.`,
  )
  addJson(addEmbedder(addDocument(command))).action(run)
}
