import type { Command } from 'commander'
import type { Memory } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { note, print, red } from '../output/terminal.js'
import { writeParts } from '../output/text-file.js'
import { actionLines } from './export-text.js'
import { addSession, type SessionOption } from './session-option.js'

interface TextExport {
  format: string
  /** For the line that says where it is. */
  name: string
  parts(memory: Memory, session: string): AsyncIterable<string>
}

const SPANS: TextExport = { format: 'otlp', name: 'OpenTelemetry spans', parts: (memory, session) => memory.sessionOtlp(session) }
const ACTIONS: TextExport = { format: 'jsonl', name: 'Actions, one a line,', parts: actionLines }

interface ExportOptions extends SessionOption, JsonOption {
  evidence?: string
  key?: string
  otlp?: string
  jsonl?: string
}

async function exportEvidence(file: string, evidence: string, { session, key, json }: ExportOptions): Promise<void> {
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

/** To stdout nothing but the text itself is written; of a file it is said that it is there. */
async function exportText(file: string, path: string, { session, json }: ExportOptions, what: TextExport): Promise<void> {
  await withMemory(file, (memory) => writeParts(path, what.parts(memory, session)))
  if (path === '-') return
  if (json) process.stdout.write(formatJson({ path, format: what.format }))
  else print(`${what.name} are in ${line(path)}.`)
}

async function run(file: string, options: ExportOptions): Promise<void> {
  const { MemvidError } = await import('../../index.js')
  const wanted = [options.evidence, options.otlp, options.jsonl].filter((path) => path !== undefined)
  if (wanted.length !== 1) {
    throw new MemvidError('InvalidInput', `one of --evidence, --otlp and --jsonl says what to write, ${wanted.length} were given`)
  }
  if (options.key !== undefined && options.evidence === undefined) throw new MemvidError('InvalidInput', '--key signs evidence, it needs --evidence')
  if (options.evidence !== undefined) await exportEvidence(file, options.evidence, options)
  else if (options.otlp !== undefined) await exportText(file, options.otlp, options, SPANS)
  else if (options.jsonl !== undefined) await exportText(file, options.jsonl, options, ACTIONS)
}

export function register(parent: Command): void {
  const command = parent.command('export').argument('<file>', 'the .mv2 file').description('write a session in a form for others')
  addSession(command)
    .option('--evidence <path>', 'an archive of actions, frames and proofs, with a verifier that needs Python only')
    .option('--otlp <path|->', 'OpenTelemetry spans as OTLP JSON, by the conventions for generative AI; - writes to stdout')
    .option('--jsonl <path|->', 'one action a line, as JSON; - writes to stdout')
    .option('--key <key>', 'with --evidence: sign it with this private key, a file or a name in the key folder')
  addJson(command).action(run)
}
