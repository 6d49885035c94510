import type { Command } from 'commander'
import type { AskOptions, AskResult } from '../index.js'
import { ExitCode } from './exit-codes.js'
import { reportRecordingError, withMemory } from './memory.js'
import { addJson, addJudge, addSearch, duration, numberBetween, searchOptions, wholeNumber } from './options.js'
import type { JsonOption, JudgeOptions, SearchOptions } from './options.js'
import { block, line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { note, yellow } from './output/terminal.js'
import { interrupted } from './signals.js'

interface AskCommandOptions extends SearchOptions, JsonOption, JudgeOptions {
  question: string
  useModel?: string
  baseUrl?: string
  maxTokens?: number
  maxContextTokens?: number
  temperature?: number
  seed?: number
  timeout?: number
  prices?: string
  cache: boolean
  cacheTtl?: number
  refresh?: boolean
}

function apiOptions(options: AskCommandOptions): AskOptions {
  return {
    ...searchOptions(options),
    ...(options.useModel !== undefined && { model: options.useModel }),
    ...(options.baseUrl !== undefined && { baseUrl: options.baseUrl }),
    ...(options.maxTokens !== undefined && { maxOutputTokens: options.maxTokens }),
    ...(options.maxContextTokens !== undefined && { maxContextTokens: options.maxContextTokens }),
    ...(options.temperature !== undefined && { temperature: options.temperature }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    ...(options.prices !== undefined && { prices: options.prices }),
    ...(!options.cache && { noCache: true }),
    ...(options.cacheTtl !== undefined && { cacheTtlMs: options.cacheTtl }),
    ...(options.refresh && { refresh: true }),
    ...(options.judge !== undefined && { judge: options.judge }),
    ...(options.judgeBaseUrl !== undefined && { judgeBaseUrl: options.judgeBaseUrl }),
    signal: interrupted,
  }
}

/** The fields of the user's document come first, everything else after them. */
function asJson({ answer, usage, grounding, cached, ...rest }: AskResult): string {
  return formatJson({ answer, usage, grounding, cached, ...rest })
}

function printSources({ citations }: AskResult): void {
  for (const { marker, uri, title, supported } of citations) {
    const doubt = supported === false ? yellow('   ✗ does not bear out what cites it', process.stderr) : ''
    note(`source [${marker}]: ${title === null ? '' : `${line(title)} `}${line(uri)}${doubt}`)
  }
}

const finishNotes: Record<string, string> = {
  partial: 'the answer broke off before its end',
  length: 'the answer was cut at the limit of its length',
  filtered: "the provider's filter held the answer back",
  refusal: 'the model refused to answer',
  'not-asked': 'nothing was found, so no model was asked',
}

async function printStatistics(result: AskResult): Promise<void> {
  const { flaggedLines, statisticsLines } = await import('./output/answer.js')
  for (const text of [...statisticsLines(result), ...flaggedLines(result.grounding)]) note(/^[⚠✗]/.test(text) ? yellow(text, process.stderr) : text)
  const finish = finishNotes[result.finish]
  for (const text of [...(finish ? [finish] : []), ...result.warnings]) note(`note: ${line(text)}`)
}

/** The answer goes to stdout, on a terminal as it comes; everything about it goes to stderr. */
async function run(file: string, options: AskCommandOptions): Promise<void> {
  const streams = process.stdout.isTTY === true && !options.json
  let streamed = false
  const onToken = (text: string): void => {
    streamed = true
    process.stdout.write(block(text))
  }
  const result = await withMemory(file, (memory) => memory.ask(options.question, { ...apiOptions(options), ...(streams && { onToken }) }))
  if (options.json) process.stdout.write(asJson(result))
  else {
    const answer = process.stdout.isTTY ? block(result.answer) : result.answer
    process.stdout.write(streamed ? '\n' : `${answer}\n`)
    if (result.model.startsWith('local:')) note(`model: ${line(result.model)} (quotes from the documents, no language model)`)
    printSources(result)
    await printStatistics(result)
  }
  if (result.finish === 'partial') process.exitCode = ExitCode.lossOrDifferences
  reportRecordingError(result.recordingError)
}

export function register(parent: Command): void {
  const command = parent.command('ask').argument('<file>', 'the .mv2 file').description('answer a question from what is stored')
  command.requiredOption('--question <text>', 'the question')
  command.option(
    '--use-model <model>',
    'provider:model, or a provider (default: MEMVID_MODEL, else local:extractive, which needs no network)',
  )
  command.option('--base-url <url>', "the provider's server, instead of its usual one")
  command.option('--prices <file>', 'your own prices (default: the file that MEMVID_PRICES names)')
  command.option('--max-tokens <n>', 'longest answer, in tokens', wholeNumber(1))
  command.option('--max-context-tokens <n>', 'longest context, in tokens (default: all that was found)', wholeNumber(1))
  command.option('--temperature <t>', 'sent only when given, to models that take it', numberBetween(0, 2))
  command.option('--seed <n>', 'sent only when given, to models that take it', wholeNumber(0))
  command.option('--timeout <span>', 'time limit of the model, e.g. 30s or 5m (default: 120s)', duration)
  command.option('--no-cache', 'neither read nor write the answer cache')
  command.option('--cache-ttl <span>', 'take no cached answer older than, e.g. 15m, 12h or 7d', duration)
  command.option('--refresh', 'ask the model whatever the cache holds, and cache its answer')
  addJson(addJudge(addSearch(command))).action(run)
}
