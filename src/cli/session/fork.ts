import type { Command } from 'commander'
import type { ForkOrigin, SessionForkOptions } from '../../index.js'
import { withMemory } from '../memory.js'
import { addJson, wholeNumber, type JsonOption } from '../options.js'
import { quoted } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { print } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

type ForkCommandOptions = SessionOption & SessionForkOptions & JsonOption

/** `"Audit" 0193… after action 3 (checkpoint "half"), commit 12` */
export function formatOrigin({ sessionId, name, action, checkpoint, commit }: ForkOrigin): string {
  const where = checkpoint === null ? '' : ` (checkpoint ${quoted(checkpoint)})`
  return `${quoted(name)} ${sessionId} after action ${action}${where}, commit ${commit}`
}

async function run(file: string, { session, json, ...options }: ForkCommandOptions): Promise<void> {
  const fork = await withMemory(file, (memory) => memory.sessionFork(session, options))
  if (json) process.stdout.write(formatJson(fork))
  else print(`Session started. ${fork.sessionId}\nForked from ${formatOrigin(fork.forkedFrom)}.`)
}

export function register(parent: Command): void {
  const command = parent.command('fork').argument('<file>', 'the .mv2 file')
  command.description('start a new session that goes on from a checkpoint or an action of another; that one stays as it was')
  addSession(command)
    .requiredOption('--name <name>', 'a name for the new session')
    .option('--from-checkpoint <name|number>', "the checkpoint's name, or its number from 1")
    .option('--from-action <number>', 'the last action that is taken as given, numbered from 0 as in `session view`', wholeNumber(0))
    .addHelpText(
      'after',
      `
The file's content is not set back: documents put since are there. Search the state that the fork names with
\`find\` or \`ask\` and --as-of <commit>.`,
    )
  addJson(command).action(run)
}
