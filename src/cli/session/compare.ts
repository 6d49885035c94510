import { Option, type Command } from 'commander'
import type { ActionPair, SessionComparison, SessionInfo, SessionTotals } from '../../index.js'
import { ExitCode } from '../exit-codes.js'
import { withMemory } from '../memory.js'
import { addJson, type JsonOption } from '../options.js'
import { line, quoted } from '../output/escape.js'
import { formatJson } from '../output/json.js'
import { green, print, red } from '../output/terminal.js'
import { formatWordDiff } from '../output/word-diff.js'
import { formatAction } from './view.js'

interface CompareCommandOptions extends JsonOption {
  a: string
  b: string
  failOn: 'changed' | 'none'
}

function formatInfo(letter: string, { name, sessionId, actionCount }: SessionInfo): string {
  return `${letter}: ${quoted(name)} ${sessionId}, ${actionCount} actions`
}

const ABOUT_LENGTH = 120

/** The beginning of a long text, cut between characters as a reader counts them. */
function shorten(text: string): string {
  const characters = Array.from(new Intl.Segmenter().segment(text.slice(0, ABOUT_LENGTH * 20)), ({ segment }) => segment)
  return characters.length <= ABOUT_LENGTH ? text : `${characters.slice(0, ABOUT_LENGTH).join('')}…`
}

function difference({ status, came, went }: NonNullable<ActionPair['retrieval']>): string {
  return status === 'IDENTICAL' ? '' : `, only in B: [${came.join(', ')}], only in A: [${went.join(', ')}]`
}

function pairLines({ a, b, kind, about, identical, moved, retrieval, answer, sameContent }: ActionPair): string[] {
  return [
    `${identical ? green('=') : red('≠')} [${a}] [${b}] ${kind} ${quoted(shorten(about))}${moved ? ' (moved)' : ''}`,
    ...(retrieval ? [`   Results: ${retrieval.status}${difference(retrieval)}`] : []),
    ...(answer ? [`   Answers: ${answer.status} (${line(answer.modelA)}, ${line(answer.modelB)})`] : []),
    ...(answer && answer.status !== 'IDENTICAL' ? [`   Words: ${formatWordDiff(answer.wordDiff)}`] : []),
    ...(sameContent === false ? ['   Contents: CHANGED'] : []),
  ]
}

function formatTotals(
  letter: string,
  formatUsd: (usd: string) => string,
  { totalTokens, costUsd, unknownCosts, cachedAnswers, failures }: SessionTotals,
): string {
  const unknown = unknownCosts > 0 ? ` and ${unknownCosts} of unknown cost` : ''
  return `Totals ${letter}: ${totalTokens} tokens, ${formatUsd(costUsd)}${unknown}, ${cachedAnswers} cached, ${failures} failed`
}

async function printComparison({ a, b, pairs, onlyA, onlyB, identicalPairs, totals }: SessionComparison): Promise<void> {
  const { formatUsd } = await import('../../index.js')
  print(formatInfo('A', a))
  print(formatInfo('B', b))
  for (const pair of pairs) for (const text of pairLines(pair)) print(text)
  for (const action of onlyA) print(`only in A:${formatAction(action)}`)
  for (const action of onlyB) print(`only in B:${formatAction(action)}`)
  print(formatTotals('A', formatUsd, totals.a))
  print(formatTotals('B', formatUsd, totals.b))
  const moved = pairs.filter((pair) => pair.moved).length
  const tail = moved === 0 ? '' : `, ${moved} moved`
  print(`${identicalPairs} of ${pairs.length} pairs identical${tail}, ${onlyA.length} only in A, ${onlyB.length} only in B.`)
}

async function run(file: string, { a, b, failOn, json }: CompareCommandOptions): Promise<void> {
  const comparison = await withMemory(file, (memory) => memory.sessionCompare(a, b))
  if (json) process.stdout.write(formatJson(comparison))
  else await printComparison(comparison)
  if (failOn === 'changed' && !comparison.identical) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent.command('compare').argument('<file>', 'the .mv2 file').description('two sessions side by side')
  command
    .requiredOption('-a, --a <id>', 'the first session: id, beginning of it, or name')
    .requiredOption('-b, --b <id>', 'the second session')
  command.addOption(new Option('--fail-on <what>', 'exit 3 when anything differs, or never').choices(['changed', 'none']).default('none'))
  addJson(command).action(run)
}
