import type { Command } from 'commander'
import type { RecordResult, ToolCall } from '../../index.js'
import { withMemory } from '../memory.js'
import { addJson, moment, numberBetween, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'

const MOST_MS = 1e12

interface RecordCommandOptions extends JsonOption {
  name: string
  input?: string
  output?: string
  error?: string
  startedAt?: Date
  durationMs?: number
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The value that is written as JSON, or the text itself where it is none. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function value(text: string): Promise<unknown> {
  return jsonOrText(text === '-' ? await readStdin() : text)
}

async function toolCall({ name, input, output, error, startedAt, durationMs }: RecordCommandOptions): Promise<ToolCall> {
  if (input === '-' && output === '-') {
    const { MemvidError } = await import('../../index.js')
    throw new MemvidError('InvalidInput', 'only one of --input and --output can come from stdin', { hint: 'Give the other one as text.' })
  }
  return {
    name,
    ...(input !== undefined && { input: await value(input) }),
    ...(output !== undefined && { output: await value(output) }),
    ...(error !== undefined && { error }),
    ...(startedAt && { startedAtMs: startedAt.getTime() }),
    ...(durationMs !== undefined && { durationMs }),
  }
}

async function run(file: string, options: RecordCommandOptions): Promise<void> {
  const event = await toolCall(options)
  const result: RecordResult = await withMemory(file, (memory) => memory.record(event))
  if (options.json) process.stdout.write(formatJson(result))
  else print(`Recorded ${line(event.name)} as action ${result.number}.`)
}

export function register(parent: Command): void {
  const command = parent.command('record').argument('<file>', 'the .mv2 file')
  command.description("record an event of your agent's own, such as a tool call, in the active session")
  command
    .requiredOption('--name <name>', 'what was called, e.g. search_web')
    .option('--input <json|text|->', 'what it was given: JSON, else taken as text; - reads stdin')
    .option('--output <json|text|->', 'what it gave: JSON, else taken as text; - reads stdin')
    .option('--error <message>', 'what went wrong')
    .option('--started-at <time>', 'when it began', moment)
    .option('--duration-ms <n>', 'how long it took (default: from --started-at to now)', numberBetween(0, MOST_MS))
  addJson(command).action(run)
}
