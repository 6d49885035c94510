import type { Command } from 'commander'
import type { ActionView, Memory, SessionView } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, wholeNumber, type JsonOption } from '../options.js'
import { line, quoted } from '../output/escape.js'
import { formatJson, toSnakeCase } from '../output/json.js'
import { note, print, red } from '../output/terminal.js'
import { formatOrigin } from './fork.js'
import { eachPage, type ActionRange } from './pages.js'
import { addSession } from './session-option.js'

interface ViewCommandOptions extends ActionRange, JsonOption {}

/** `put-many` is `PutMany` in the braces of its line. */
function pascalCase(kind: string): string {
  return kind.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value)
}

/** `[0] FIND - Find { query: "acquisition price", mode: "Hybrid", result_count: 8 }` */
export function formatAction({ number, kind, summary, error }: ActionView): string {
  const facts = Object.entries(toSnakeCase(summary) as Record<string, unknown>).map(([name, value]) => `${name}: ${formatValue(value)}`)
  const text = `  [${number}] ${kind.toUpperCase()} - ${pascalCase(kind)} { ${facts.join(', ')} }`
  return error ? `${text} ${red(`${error.code}: ${line(error.message)}`)}` : text
}

async function printActions(memory: Memory, options: ViewCommandOptions): Promise<void> {
  let shown = 0
  let all = 0
  for await (const { actions, actionCount, forkedFrom } of eachPage(memory, { ...options, records: false })) {
    if (shown === 0 && forkedFrom) print(`Forked from ${formatOrigin(forkedFrom)}`)
    if (shown === 0) print('Actions:')
    if (actions.length > 0) print(actions.map(formatAction).join('\n'))
    if (actions.some(({ error }) => error && error.code !== 'Erased')) process.exitCode = ExitCode.lossOrDifferences
    shown += actions.length
    all = actionCount
  }
  if (shown < all) note(`${shown} of ${all} actions, from number ${options.offset ?? 0}`)
}

async function printJson(memory: Memory, options: ViewCommandOptions): Promise<void> {
  let view: SessionView | undefined
  for await (const page of eachPage(memory, options)) {
    if (view) view.actions.push(...page.actions)
    else view = page
  }
  process.stdout.write(formatJson(view))
}

async function run(file: string, options: ViewCommandOptions): Promise<void> {
  await withMemory(file, (memory) => (options.json ? printJson(memory, options) : printActions(memory, options)))
}

export function register(parent: Command): void {
  const command = addSession(parent.command('view').argument('<file>', 'the .mv2 file').description('show the recorded actions'))
  command.option('--offset <n>', 'number of the first action to show (default: 0)', wholeNumber(0))
  command.option('--limit <n>', 'most actions to show (default: all)', wholeNumber(0))
  addJson(command).action(run)
}
