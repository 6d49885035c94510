import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exitCodeHelp } from './exit-codes.js'
import { sessionVerbs, verbs } from './verbs.js'

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
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
    return program
  }
  if (first !== 'session') for (const load of Object.values(verbs)) (await load()).register(program)

  const session = program.command('session').description('record a session, look at it, and replay it')
  const namedSession = first === 'session' && second !== undefined ? sessionVerbs[second] : undefined
  const loaders = namedSession ? [namedSession] : Object.values(sessionVerbs)
  for (const load of loaders) (await load()).register(session)
  return program
}
