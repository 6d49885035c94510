import type { Command } from 'commander'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { note, print, red } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

interface ExportOptions extends SessionOption, JsonOption {
  evidence: string
  key?: string
}

async function exportEvidence(file: string, { session, evidence, key, json }: ExportOptions): Promise<void> {
  const { listKeys } = await import('../../index.js')
  const trustedKeys = listKeys().map((each) => each.publicKey)
  const result = await withMemory(file, (memory) => memory.sessionEvidence(session, evidence, { trustedKeys, ...(key !== undefined && { key }) }))
  if (json) process.stdout.write(formatJson(result))
  else {
    print(`Evidence of ${result.actionCount} actions and ${result.frameCount} frames is in ${line(result.path)}.`)
    note(`To check it: python3 verify.py ${line(result.path)}`)
    for (const { message } of result.problems) note(red(line(message), process.stderr))
  }
  if (result.problems.length > 0) process.exitCode = ExitCode.lossOrDifferences
}

async function run(file: string, options: ExportOptions): Promise<void> {
  await exportEvidence(file, options)
}

export function register(parent: Command): void {
  const command = parent.command('export').argument('<file>', 'the .mv2 file').description('write a session in a form for others')
  addSession(command)
    .requiredOption('--evidence <path>', 'an archive of actions, frames and proofs, with a verifier that needs Python only')
    .option('--key <key>', 'with --evidence: sign it with this private key, a file or a name in the key folder')
  addJson(command).action(run)
}
