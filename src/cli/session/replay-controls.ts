/** The options of a replay that say how it is carried out and what it fails on, and the exit code that follows. */
import { writeFileSync } from 'node:fs'
import { InvalidArgumentError, type Command } from 'commander'
import type { FailOn, ReplayControls, ReplayResult } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { wholeNumber } from '../options.js'
import { writeParts } from '../output/text-file.js'
import type { StepStyle } from '../output/replay.js'

export interface ControlOptions {
  concurrency?: number
  dryRun?: boolean
  maxCost?: string
  maxTokens?: number
  offline?: boolean
  failOn?: FailOn[]
  stopOnMismatch?: boolean
  junit?: string
  summary?: string
  save?: string | true
  report?: string
}

const EXIT_CODES = {
  passed: ExitCode.ok,
  incomplete: ExitCode.lossOrDifferences,
  different: ExitCode.lossOrDifferences,
  failed: ExitCode.failed,
} as const

const FAIL_ON: readonly FailOn[] = ['mismatch', 'unverified', 'changed', 'none']

/** `--fail-on changed --fail-on unverified`, or `--fail-on changed,unverified`. */
function failOn(text: string, before: FailOn[] | undefined): FailOn[] {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !FAIL_ON.includes(name as FailOn))
  if (unknown !== undefined) throw new InvalidArgumentError(`Allowed choices are ${FAIL_ON.join(', ')}.`)
  return [...(before ?? []), ...(names as FailOn[])]
}

function dollars(text: string): string {
  const amount = text.replace(/^\$/, '')
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(amount)) throw new InvalidArgumentError('It takes an amount of US dollars such as 0.25.')
  return amount
}

export function addControls(command: Command): Command {
  return command
    .option('--dry-run', 'estimate what --use-model would cost, and send nothing')
    .option('--max-cost <usd>', 'stop before the answers cost more than this (exit 3); answers get at most --max-tokens, or 1024', dollars)
    .option('--max-tokens <n>', 'longest answer, in tokens', wholeNumber(1))
    .option('--concurrency <n>', 'provider calls side by side (default: 4)', wholeNumber(1))
    .option('--offline', 'answer every provider call from what the file recorded, or refuse it; nothing is sent')
    .option(
      '--fail-on <what>',
      'exit 3 on: mismatch (a step marked ✗; the default), unverified (a context or content is not proven), changed (anything differs, ' +
        'also answers of --use-model and lists under other settings), or none; may be repeated',
      failOn,
    )
    .option('--stop-on-mismatch', 'stop after the first step that --fail-on counts, and name it')
    .option('--save [name]', 'keep the replay in the file, under this name or without one; see `session replays`')
    .option('--junit <file>', 'write the steps as JUnit XML, for CI')
    .option('--summary <file>', 'write a summary as Markdown, as GitHub shows it')
    .option('--report <file>', 'write all steps as one web page that loads nothing: answers side by side, differences, grounding, costs')
}

const CONTROLS: ReadonlySet<string> = new Set<keyof ControlOptions>([
  'concurrency',
  'dryRun',
  'maxCost',
  'maxTokens',
  'offline',
  'failOn',
  'stopOnMismatch',
  'junit',
  'summary',
  'save',
  'report',
])

/** A replay's other options, which have the names of the API. */
export function withoutControls<T extends ControlOptions>(options: T): Omit<T, keyof ControlOptions> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !CONTROLS.has(name))) as Omit<T, keyof ControlOptions>
}

export function controlOptions(options: ControlOptions): ReplayControls & { maxOutputTokens?: number } {
  const { concurrency, dryRun, maxCost, maxTokens, offline, failOn, stopOnMismatch, save } = options
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(dryRun && { dryRun }),
    ...(maxCost !== undefined && { maxCost }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(offline && { offline }),
    ...(failOn && { failOn }),
    ...(stopOnMismatch && { stopOnMismatch }),
    ...(save !== undefined && { save }),
  }
}

/**
 * Writes the reports that were asked for, and gives the exit code. 1: a step or a provider call failed · 3: a difference that
 * `--fail-on` counts, or stopped by `--max-cost` · else 0.
 */
export async function concludeReplay(result: ReplayResult, options: ControlOptions, style: StepStyle): Promise<number> {
  const { judgeReplay } = await import('../../index.js')
  const verdict = judgeReplay(result, options.failOn)
  const { junit, summary, report } = options
  if (junit !== undefined) writeFileSync(junit, (await import('../output/junit.js')).junitXml(result, verdict, style))
  if (summary !== undefined) writeFileSync(summary, (await import('../output/summary.js')).summaryMarkdown(result, verdict))
  if (report !== undefined) await writeParts(report, (await import('../report/page.js')).reportPage(result, verdict))
  return EXIT_CODES[verdict.outcome]
}
