import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exitCodeHelp } from './exit-codes.js'
import { setWait } from './memory.js'
import { duration } from './options.js'
import { sessionVerbs, verbs } from './verbs.js'

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}

/** Verbs that may have to wait for another writer: recording makes writers of `find` and `ask`, too. */
const WRITERS = new Set('put find ask update delete doctor compact optimize clear start record end replay checkpoint fork sign redact'.split(' '))

function addWait(command: Command): void {
  command.commands.forEach(addWait)
  if (!WRITERS.has(command.name()) || command.registeredArguments.length === 0) return
  command.option('--wait <span>', 'how long to wait for another writer, such as 500ms or 1m (default: 5s)', (text: string) => {
    const span = duration(text)
    setWait(span)
    return span
  })
}

/** The program with those of its verbs that `words` can mean: the named one, or all of them for help and for a misspelling. */
export async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('memvid')
  program.description('Memory for AI agents in one .mv2 file, and a flight recorder for what was done with it')
  program.option('-V, --version', 'print the version')
  program.on('option:version', () => {
    process.stdout.write(`${version()}\n`)
    process.exit(0)
  })
  program.addHelpText('after', exitCodeHelp)
  program
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .enablePositionalOptions()

  const [first, second] = words
  const named = first === undefined ? undefined : verbs[first]
  if (named) {
    ;(await named()).register(program)
    addWait(program)
    return program
  }
  if (first !== 'session') for (const load of Object.values(verbs)) (await load()).register(program)

  const session = program.command('session').description('record a session, look at it, and replay it')
  const namedSession = first === 'session' && second !== undefined ? sessionVerbs[second] : undefined
  const loaders = namedSession ? [namedSession] : Object.values(sessionVerbs)
  for (const load of loaders) (await load()).register(session)
  addWait(program)
  return program
}
