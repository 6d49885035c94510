import type { Command } from 'commander'
import type { ReplayInfo } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line, quoted } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { note, print, red } from '../output/terminal.js'
import { printReplay } from './replay-print.js'
import { addSession, type SessionOption } from './session-option.js'

interface ReplaysCommandOptions extends SessionOption, JsonOption {
  show?: string
  diff?: boolean
  verbose?: boolean
}

/** `[2] 2026-11-25T… audit, openai:gpt-4o, 12 of 12 actions: 12 VERIFIED "nightly"` */
export function formatReplay(info: ReplayInfo): string {
  const { number, timeMs, mode, models, replayedActions, totalActions, counts, name, stopped, error } = info
  const statuses = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
  const tail = statuses.length > 0 ? `: ${statuses.join(', ')}` : ''
  const replayed = `${replayedActions} of ${totalActions} actions${tail}`
  const facts = error
    ? red(`${error.code}: ${line(error.message)}`)
    : [mode, ...models.map(line), replayed, ...(stopped ? [`stopped (${stopped.reason})`] : [])].join(', ')
  return `[${number}] ${new Date(timeMs).toISOString()} ${facts}${name === null ? '' : ` ${quoted(name)}`}`
}

async function show(file: string, { session, show = '', json, diff = false, verbose = false }: ReplaysCommandOptions): Promise<void> {
  const view = await withMemory(file, (memory) => memory.sessionReplayView(session, show))
  if (json) {
    process.stdout.write(formatJson(view))
    return
  }
  note(formatReplay(view))
  await printReplay(view.result, { audit: view.mode === 'audit', diff, verbose })
}

async function run(file: string, options: ReplaysCommandOptions): Promise<void> {
  if (options.show !== undefined) return show(file, options)
  const replays = await withMemory(file, (memory) => memory.sessionReplays(options.session))
  if (options.json) process.stdout.write(formatJson(replays))
  else if (replays.length === 0) note('No saved replays.')
  else for (const replay of replays) print(formatReplay(replay))
  if (replays.some(({ error }) => error)) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent.command('replays').argument('<file>', 'the .mv2 file')
  command.description('list the replays of a session that were saved, or show one of them')
  addSession(command)
    .option('--show <number|name>', 'show this one as it was')
    .option('--diff', 'with --show: compare the original with the new answers')
    .option('--verbose', 'with --show: all details')
  addJson(command).action(run)
}
