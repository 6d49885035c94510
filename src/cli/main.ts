#!/usr/bin/env node
/** The command `memvid`: finds the verb, runs it, and turns whatever happens into output and an exit code. */
import { reportError } from './output/errors.js'
import { ExitCode } from './exit-codes.js'
import { buildProgram } from './program.js'
import { listenForSignals, signalExitCode } from './signals.js'

/** A reader that went away (`| head`) ends the output, not the work: an action that is being recorded is still finished. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** Commander ends a call for help by an error. Help that was asked for is a result; help in place of a missing verb is not. */
function helpExitCode(error: unknown): number | undefined {
  const { code } = error as { code?: unknown }
  return code === 'commander.helpDisplayed' ? ExitCode.ok : code === 'commander.help' ? ExitCode.usage : undefined
}

async function main(words: string[]): Promise<void> {
  ignoreClosedPipes()
  listenForSignals()
  try {
    const program = await buildProgram(words)
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    process.exitCode = helpExitCode(error) ?? reportError(error, words.includes('--json'))
  }
  process.exitCode = signalExitCode() ?? process.exitCode ?? ExitCode.ok
}

void main(process.argv.slice(2))
