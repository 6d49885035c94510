import { Option, type Command } from 'commander'
import type { SessionRedactOptions } from '../../index.js'
import { withMemory } from '../memory.js'
import { addJson, wholeNumber, type JsonOption } from '../options.js'
import { formatJson } from '../output/json.js'
import { note, print, yellow } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

type RedactOptions = SessionOption & JsonOption & SessionRedactOptions

async function run(file: string, { session, action, field = 'all', json }: RedactOptions): Promise<void> {
  const result = await withMemory(file, (memory) => memory.sessionRedact(session, { action, field }))
  if (json) process.stdout.write(formatJson(result))
  else print(`Erased ${result.fields.join(', ')} of action ${result.action}, and ${result.cachedAnswers} cached answers.`)
  const warn = (text: string): void => note(yellow(`warning: ${text}`, process.stderr))
  if (!result.isSalted) warn('it was recorded without a salt: a short text can be guessed from the hash that is left')
  for (const { sessionId, action: other } of result.sameTextIn) warn(`the same text stands in action ${other} of session ${sessionId}`)
}

export function register(parent: Command): void {
  const command = parent
    .command('redact')
    .argument('<file>', 'the .mv2 file')
    .description('erase what an action said; its proof stays. The file is written anew, copies of it are not touched')
  addSession(command)
    .requiredOption('--action <n>', 'its number, as `session view` shows it', wholeNumber(0))
    .addOption(new Option('--field <field>', 'what to erase (default: all)').choices(['answer', 'question', 'all']))
  addJson(command).action(run)
}
