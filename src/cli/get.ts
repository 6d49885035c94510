import type { Command } from 'commander'
import type { FrameView } from '../index.js'
import { withMemory } from './memory.js'
import { addJson, commitOrMoment, frameReference, type JsonOption } from './options.js'
import { block, line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { dim, note } from './output/terminal.js'

interface GetCommandOptions extends JsonOption {
  asOf?: number | Date
}

function describe({ frameId, uri, title, status, mimeType, sizeBytes, supersededBy }: FrameView): string {
  const replaced = supersededBy === null ? '' : ` by frame ${supersededBy}`
  const name = title === null ? line(uri) : `${line(title)}  ${line(uri)}`
  return `${name}  frame ${frameId}, ${status}${replaced}, ${line(mimeType)}, ${sizeBytes} bytes`
}

/** The content goes to stdout byte for byte, unless that is a terminal. */
async function run(file: string, frame: string, options: GetCommandOptions): Promise<void> {
  const asOf = options.asOf === undefined ? {} : { asOf: options.asOf }
  const view = await withMemory(file, (memory) => memory.get(frameReference(frame), asOf))
  if (options.json) {
    process.stdout.write(formatJson(view))
    return
  }
  note(dim(describe(view), process.stderr))
  if (view.text === undefined) {
    if (process.stdout.isTTY) note('The content is not text; send it to a file with `>`.')
    else process.stdout.write(view.bytes ?? '')
  } else process.stdout.write(process.stdout.isTTY ? `${block(view.text)}\n` : view.text)
}

export function register(parent: Command): void {
  const command = parent.command('get').description('print one document')
  command.argument('<file>', 'the .mv2 file').argument('<frame>', 'its frame id or URI')
  command.option('--as-of <commit|time>', 'the memory as it was', commitOrMoment)
  addJson(command).action(run)
}
