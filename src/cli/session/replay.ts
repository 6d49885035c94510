import type { Command } from 'commander'
import type { Memory, ReplayOptions, ReplayResult } from '../../index.js'
import { reportRecordingError, withMemory } from '../memory.js'
import { addJson, collect, type JsonOption } from '../options.js'
import { formatJson } from '../output/json.js'
import { startProgress } from '../output/progress.js'
import type { StepStyle } from '../output/replay.js'
import { refuseOverMemory } from '../output/report-file.js'
import { interrupted } from '../signals.js'
import { addDebugOptions, debugReplayOptions, givenDebugFlag, withoutDebug, type DebugOptions } from './debug-options.js'
import { addControls, concludeReplay, controlOptions, withoutControls, type ControlOptions } from './replay-controls.js'
import { printReplay, printSums, stepPrinter } from './replay-print.js'
import { addSession, type SessionOption } from './session-option.js'

interface ReplayCommandOptions extends SessionOption, JsonOption, DebugOptions, ControlOptions {
  audit?: boolean
  useModel?: string[]
  baseUrl?: string
  diff?: boolean
  skipAsks?: boolean
  skipFinds?: boolean
  fromCheckpoint?: string
  prices?: string
  verbose?: boolean
  web?: boolean
}

async function refuse(options: ReplayCommandOptions): Promise<void> {
  const { MemvidError } = await import('../../index.js')
  const flag = options.audit ? givenDebugFlag(options) : undefined
  if (flag) {
    throw new MemvidError('InvalidInput', `${flag} is for debug mode: an audit uses the recorded frames and does not search`, {
      hint: `Leave out ${flag} or --audit.`,
    })
  }
}

function apiOptions(options: ReplayCommandOptions): ReplayOptions {
  const { session: _, json: _json, verbose: _verbose, web: _web, ...rest } = options
  // A report shows the words that differ.
  const diff = options.diff || options.report !== undefined
  const shared = { ...withoutDebug(withoutControls(rest)), ...(diff && { diff }), signal: interrupted }
  return { ...shared, ...debugReplayOptions(options), ...controlOptions(options) }
}

function styleOf({ totalActions }: ReplayResult, { audit = false, diff = false, verbose = false }: ReplayCommandOptions): StepStyle {
  return { totalActions, audit, diff, verbose }
}

/** An audit for the terminal alone prints each step as it ends and lets go of it, so that a session of any length takes little memory. */
function printsAtOnce({ audit, useModel, json, dryRun, save, junit, summary, report }: ReplayCommandOptions): boolean {
  const keepsSteps = json || dryRun || [useModel, save, junit, summary, report].some((option) => option !== undefined)
  return audit === true && !keepsSteps
}

/** The replay's result, after its steps were printed. What counts as a difference keeps its details, for the verdict. */
async function printSteps(file: string, options: ReplayCommandOptions): Promise<ReplayResult> {
  const printStep = await stepPrinter({ audit: true, diff: options.diff ?? false, verbose: options.verbose ?? false })
  const onStep: ReplayOptions['onStep'] = (step, totalActions) => {
    printStep(step, totalActions)
    return !step.ok || step.status === 'SUPERSEDED'
  }
  return withMemory(file, (memory) => memory.sessionReplay(options.session, { ...apiOptions(options), onStep }))
}

/** The page shows what was recorded and replays on demand, so a replay's other options have no place with it. */
async function showInBrowser(file: string, { session, json, web: _, ...others }: ReplayCommandOptions): Promise<void> {
  const given = Object.keys(others).find((name) => name !== 'filters')
  if (given !== undefined || others.filters === false) {
    const { MemvidError } = await import('../../index.js')
    throw new MemvidError('InvalidInput', '--web goes with --session and --json only: the page has its own settings', {
      hint: 'For a port or for asking models, use `memvid ui <file> --session <id>`.',
    })
  }
  await (await import('../ui.js')).serveUi(file, { session, ...(json ? { json } : {}) })
}

async function run(file: string, options: ReplayCommandOptions): Promise<void> {
  await refuse(options)
  if (options.web) return showInBrowser(file, options)
  if (printsAtOnce(options)) {
    const result = await printSteps(file, options)
    await printSums(result)
    process.exitCode = await concludeReplay(result, options, styleOf(result, options))
    return
  }
  await refuseOverMemory(file, [options.junit, options.summary, options.report])
  const progress = startProgress('actions')
  const onProgress: ReplayOptions['onProgress'] = ({ step, total }) => progress.update(step, total)
  const replay = (memory: Memory): Promise<ReplayResult> => memory.sessionReplay(options.session, { ...apiOptions(options), onProgress })
  const result = await withMemory(file, replay).finally(() => progress.clear())
  if (options.json) process.stdout.write(formatJson(result))
  else await printReplay(result, styleOf(result, options))
  const code = await concludeReplay(result, options, styleOf(result, options))
  reportRecordingError(result.recordingError)
  if (code !== 0) process.exitCode = code
}

export function register(parent: Command): void {
  const command = parent.command('replay').argument('<file>', 'the .mv2 file')
  command.description('run a session again and compare, or with --audit verify its frozen context')
  addDebugOptions(addSession(command))
    .option('--audit', 'freeze retrieval: use the recorded frames instead of searching again')
    .option('--use-model <model>', 'ask this model for comparison, e.g. openai:gpt-4o; repeat it to compare several', collect)
    .option('--base-url <url>', "the server of --use-model's provider, instead of its usual one")
    .option('--prices <file>', 'your own prices (default: the file that MEMVID_PRICES names)')
    .option('--diff', 'compare the original with the new answers')
    .option('--skip-asks', 'skip LLM operations')
    .option('--skip-finds', 'skip search operations')
    .option('--from-checkpoint <name|number>', 'start after a checkpoint of the session: its name, or its number from 1')
    .option('--verbose', 'why each document came or went, the words that differ, and what answers cost')
    .option('--web', 'show the session in a local web page, as `memvid ui` does')
  addJson(addControls(command)).action(run)
}
