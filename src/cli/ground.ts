import { Option, type Command } from 'commander'
import type { Grounding } from '../index.js'
import { ExitCode } from './exit-codes.js'
import { readDocument } from './input/document.js'
import { addJson, addJudge, type JsonOption, type JudgeOptions } from './options.js'
import { groundingLines, sentenceLines } from './output/answer.js'
import { formatJson } from './output/json.js'
import { print, yellow } from './output/terminal.js'
import { interrupted } from './signals.js'

interface GroundCommandOptions extends JsonOption, JudgeOptions {
  answer: string
  context: string[]
  question?: string
  failOn: 'low' | 'contradicted' | 'none'
  prices?: string
}

/** A file's text, or stdin's for `-`. HTML comes as the text that it shows. */
async function readText(path: string): Promise<string> {
  const { text } = await readDocument(path)
  if (text !== undefined) return text
  const { MemvidError } = await import('../index.js')
  throw new MemvidError('InvalidInput', 'this is no text, so nothing can be compared with it', { path })
}

async function refuseSharedStdin({ answer, context }: GroundCommandOptions): Promise<void> {
  if ([answer, ...context].filter((name) => name === '-').length < 2) return
  const { MemvidError } = await import('../index.js')
  throw new MemvidError('InvalidInput', 'stdin can be read once, and - was given more than once', {
    hint: 'Put the answer or the context into a file.',
  })
}

function fails({ label, sentences }: Grounding, failOn: GroundCommandOptions['failOn']): boolean {
  const contradicted = sentences.some(({ verdict }) => verdict === 'CONTRADICTED')
  return failOn !== 'none' && (label === 'LOW' || (failOn === 'contradicted' && contradicted))
}

async function run(options: GroundCommandOptions): Promise<void> {
  await refuseSharedStdin(options)
  const { scoreGrounding } = await import('../index.js')
  const { question, failOn, judge, judgeBaseUrl, prices } = options
  const answer = options.answer === '-' ? await readText('-') : options.answer
  const contexts: string[] = []
  for (const path of options.context) contexts.push(await readText(path))
  const asked = question === undefined ? {} : { question }
  const judged = { ...asked, ...(judgeBaseUrl !== undefined && { judgeBaseUrl }), ...(prices !== undefined && { prices }), signal: interrupted }
  const grounding = await (judge === undefined ? scoreGrounding(answer, contexts, asked) : scoreGrounding(answer, contexts, { ...judged, judge }))
  if (options.json) process.stdout.write(formatJson({ ...grounding, contexts: options.context }))
  else {
    for (const text of groundingLines(grounding)) print(text.startsWith('⚠') ? yellow(text) : text)
    for (const text of sentenceLines(grounding, (context) => options.context[context] ?? '')) print(text)
  }
  if (fails(grounding, failOn)) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent.command('ground').description('score how far an answer is borne out by texts')
  command.requiredOption('--answer <text>', 'the answer, or - for stdin')
  command.requiredOption('--context <file...>', 'the texts to check it against; - is stdin')
  command.option('--question <text>', 'the question, to tell a refusal that overlooked an answer')
  command.option('--prices <file>', 'your own prices (default: the file that MEMVID_PRICES names)')
  command.addOption(
    new Option('--fail-on <what>', 'exit 3 when grounding is LOW, also when a sentence is contradicted, or never')
      .choices(['low', 'contradicted', 'none'])
      .default('low'),
  )
  addJson(addJudge(command)).action(run)
}
