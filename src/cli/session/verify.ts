import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { ProofProblem, Rung, SessionVerifyResult } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, collect, type JsonOption } from '../options.js'
import { line } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { startProgress } from '../output/progress.js'
import { green, print, red, yellow } from '../output/terminal.js'
import { addSession, type SessionOption } from './session-option.js'

interface VerifyOptions extends SessionOption, JsonOption {
  publicKey?: string[]
  anchor?: string[]
}

/** The value itself where it looks like one, else what the file of this name holds. */
function valueOrFile(looksRight: RegExp): (text: string) => string {
  return (text) => (looksRight.test(text) ? text : readFileSync(text, 'utf8'))
}

const publicKeyText = valueOrFile(/^[^\s+]+\+[0-9a-f]{8}\+/)
const anchorText = valueOrFile(/^memvid-anchor /)

/** The anchors of this session among the lines that were given, or all of them where none is its own: then the check says so. */
function anchorsFor(sessionId: string, given: readonly string[]): string[] {
  const lines = given.flatMap((text) => anchorText(text).split('\n')).filter((row) => row.trim() !== '')
  const own = lines.filter((row) => row.startsWith(`memvid-anchor memvid.session/${sessionId} `))
  return own.length > 0 ? own : lines
}

function formatProblem({ action, offset, message }: ProofProblem): string {
  const where = action === null ? '' : `action ${action}: `
  return red(`  ${where}${line(message)}${offset === null ? '' : ` (at byte ${offset})`}`)
}

function rungLine(result: SessionVerifyResult, rung: Rung): string {
  const { actionCount, frameCount, commitCount, recordedRoot, root, signatures } = result
  const signers = signatures.map(({ keyName, keyId, status }) => `${keyName} (${keyId}) ${status}`).join(', ')
  const notes: Record<Rung, string> = {
    checksummed: `${actionCount} actions, ${frameCount} frames; root ${root ?? 'unknown'}${recordedRoot === null ? ', no root recorded' : ''}`,
    chained: `${commitCount} commits`,
    signed: signers || 'no signature',
    anchored: result.rungs.anchored ? 'agrees with the anchor' : 'no anchor that agrees',
  }
  return `  ${result.rungs[rung] ? '✓' : '–'} ${rung.padEnd(11)} ${line(notes[rung])}`
}

function printResult(result: SessionVerifyResult): void {
  const { verdict, rung, erased, problems, name } = result
  const colour = { VERIFIED: green, 'NOT VERIFIED': red, UNVERIFIABLE: yellow }[verdict]
  print(`${colour(verdict)}${verdict === 'VERIFIED' ? ` (${rung})` : ''}: ${line(name)}`)
  for (const each of ['checksummed', 'chained', 'signed', 'anchored'] as const) print(rungLine(result, each))
  for (const { action, fields } of erased) print(yellow(`  action ${action}: ERASED ${fields.join(', ')}`))
  for (const problem of problems) print(formatProblem(problem))
}

async function run(file: string, { session, json, publicKey = [], anchor = [] }: VerifyOptions): Promise<void> {
  const { listKeys } = await import('../../index.js')
  const trustedKeys = listKeys().map((key) => key.publicKey)
  const publicKeys = publicKey.map(publicKeyText)
  const progress = startProgress('actions')
  const onProgress = ({ done, total }: { done: number; total: number }): void => progress.update(done, total)
  const verify = async (memory: Parameters<Parameters<typeof withMemory>[1]>[0]): Promise<SessionVerifyResult> => {
    const { sessionId } = await memory.sessionView(session, { limit: 0 })
    return memory.sessionVerify(sessionId, { publicKeys, trustedKeys, anchors: anchorsFor(sessionId, anchor), onProgress })
  }
  const result = await withMemory(file, verify).finally(() => progress.clear())
  if (json) process.stdout.write(formatJson(result))
  else printResult(result)
  if (result.verdict !== 'VERIFIED') process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent.command('verify').argument('<file>', 'the .mv2 file').description('prove that a session is as it was recorded; exit 3 when not')
  addSession(command)
    .option('--public-key <key>', 'demand a signature by this key: its line, or a file with it; may be repeated', collect)
    .option('--anchor <line>', 'check a line of `session anchor`, or a file with such lines; may be repeated', collect)
  addJson(command).action(run)
}
