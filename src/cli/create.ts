import { lstatSync } from 'node:fs'
import { Option, type Command } from 'commander'
import type { VectorPrecision } from '../index.js'
import { addEmbedder, embedderFields, type EmbedderOptions } from './embedder-options.js'
import { createMemory } from './memory.js'
import { addJson, wholeNumber, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { print } from './output/terminal.js'

interface CreateCommandOptions extends JsonOption, EmbedderOptions {
  vec: boolean
  vectorDim?: number
  vectorPrecision?: VectorPrecision
}

async function run(file: string, options: CreateCommandOptions): Promise<void> {
  // A symbolic link counts as something that stands there, even when it points nowhere.
  if (lstatSync(file, { throwIfNoEntry: false })) {
    const { MemvidError } = await import('../index.js')
    throw new MemvidError('AlreadyExists', 'something stands at this path already', {
      path: file,
      hint: 'Choose another name; `create` never replaces a file.',
    })
  }
  const { vectorDim, vectorPrecision } = options
  const vectors = { ...(vectorDim !== undefined && { vectorDim }), ...(vectorPrecision && { vectorPrecision }) }
  await createMemory(file, { enableVec: options.vec, ...vectors, ...embedderFields(options) })
  if (options.json) process.stdout.write(formatJson({ path: file, enableVec: options.vec }))
  else print(`Created ${line(file)}.`)
}

export function register(parent: Command): void {
  const command = parent.command('create').argument('<file>', 'the .mv2 file to make').description('make a new, empty memory')
  command.option('--no-vec', 'without vectors: text search only')
  command.option('--vector-dim <n>', 'dimension of your own vectors (default: the embedded embedder makes them)', wholeNumber(1))
  command.addOption(
    new Option('--vector-precision <precision>', 'how finely vectors are kept: as given, halves, or bytes (default: f32)').choices(['f32', 'f16', 'i8']),
  )
  addJson(addEmbedder(command)).action(run)
}
