import type { Command } from 'commander'
import type { ActionView, Memory, SessionView } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line, quoted } from '../output/escape.js'
import { formatJson, toSnakeCase } from '../output/json.js'
import { print, red } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

const PAGE = 100

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

/** All actions, page by page, so that a session of any length takes little memory at a time. */
async function* pages(memory: Memory, session: string): AsyncGenerator<SessionView> {
  let offset = 0
  do {
    const page = await memory.sessionView(session, { offset, limit: PAGE })
    yield page
    if (page.actions.length === 0) return
    offset += page.actions.length
    if (offset >= page.actionCount) return
  } while (true)
}

async function printActions(memory: Memory, session: string): Promise<void> {
  let first = true
  for await (const { actions } of pages(memory, session)) {
    if (first) print('Actions:')
    first = false
    for (const action of actions) print(formatAction(action))
    if (actions.some(({ error }) => error)) process.exitCode = ExitCode.lossOrDifferences
  }
}

async function printJson(memory: Memory, session: string): Promise<void> {
  let view: SessionView | undefined
  for await (const page of pages(memory, session)) {
    if (view) view.actions.push(...page.actions)
    else view = page
  }
  process.stdout.write(formatJson(view))
}

async function run(file: string, { session, json }: SessionOption & JsonOption): Promise<void> {
  await withMemory(file, (memory) => (json ? printJson(memory, session) : printActions(memory, session)))
}

export function register(parent: Command): void {
  addJson(addSession(parent.command('view').argument('<file>', 'the .mv2 file').description('show the recorded actions'))).action(run)
}
