import { Option, type Command } from 'commander'
import type { ReplayComparison, ReplayStepPair } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line, quoted } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { green, print, red } from '../output/terminal.js'
import { formatWordDiff } from '../output/word-diff.js'
import { formatReplay } from './replays.js'
import { addSession, type SessionOption } from './session-option.js'

interface CompareReplaysOptions extends SessionOption, JsonOption {
  a: string
  b: string
  failOn: 'changed' | 'none'
}

function pairLines({ step, kind, about, statusA, statusB, identical, results, answers = [] }: ReplayStepPair): string[] {
  return [
    `${identical ? green('=') : red('≠')} Step ${step} ${kind}${about === null ? '' : ` ${quoted(about)}`}`,
    ...(statusA === statusB ? [] : [`   Status: ${statusA}, ${statusB}`]),
    ...(results && results.status !== 'IDENTICAL'
      ? [`   Results: ${results.status}, only in B: [${results.came.join(', ')}], only in A: [${results.went.join(', ')}]`]
      : []),
    ...answers.flatMap(({ modelA, modelB, status, wordDiff }) => [
      `   Answers: ${status} (${line(modelA ?? 'none')}, ${line(modelB ?? 'none')})`,
      ...(wordDiff.length > 0 ? [`   Words: ${formatWordDiff(wordDiff)}`] : []),
    ]),
  ]
}

function printComparison({ a, b, steps, onlyA, onlyB, identicalSteps }: ReplayComparison): void {
  print(`A: ${formatReplay(a)}`)
  print(`B: ${formatReplay(b)}`)
  for (const pair of steps) print(pairLines(pair).join('\n'))
  if (onlyA.length > 0) print(`Only in A: steps ${onlyA.join(', ')}`)
  if (onlyB.length > 0) print(`Only in B: steps ${onlyB.join(', ')}`)
  print(`${identicalSteps} of ${steps.length} steps identical, ${onlyA.length} only in A, ${onlyB.length} only in B.`)
}

async function run(file: string, { session, a, b, failOn, json }: CompareReplaysOptions): Promise<void> {
  const comparison = await withMemory(file, (memory) => memory.sessionCompareReplays(session, a, b))
  if (json) process.stdout.write(formatJson(comparison))
  else printComparison(comparison)
  if (failOn === 'changed' && !comparison.identical) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent.command('compare-replays').argument('<file>', 'the .mv2 file')
  command.description('two saved replays of one session side by side')
  addSession(command)
    .requiredOption('-a, --a <number|name>', 'the first replay, as `session replays` lists it')
    .requiredOption('-b, --b <number|name>', 'the second replay')
    .addOption(new Option('--fail-on <what>', 'exit 3 when anything differs, or never').choices(['changed', 'none']).default('none'))
  addJson(command).action(run)
}
