import type { Command } from 'commander'
import { formatUsd, type CostReport, type CostSums } from '../index.js'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { note, print, yellow } from './output/terminal.js'

interface CostCommandOptions extends JsonOption {
  session?: string
}

const HEADINGS = ['asks', 'replayed', 'cached', 'input', 'output', 'cost', 'saved']

/** A sum of which some parts are not known says so. */
function money(usd: string, unknown: number, known: number): string {
  if (unknown === 0) return formatUsd(usd)
  return known === 0 ? 'unknown' : `${formatUsd(usd)} + ${unknown} unknown`
}

function cells(sums: CostSums): string[] {
  const { asks, judges, replayedAnswers, cachedAnswers, inputTokens, outputTokens, costUsd, unknownCosts, savedUsd, unknownSavings } = sums
  const cost = money(costUsd, unknownCosts, asks + judges + replayedAnswers - unknownCosts)
  const saved = money(savedUsd, unknownSavings, cachedAnswers - unknownSavings)
  return [...[asks, replayedAnswers, cachedAnswers, inputTokens, outputTokens].map(String), cost, saved]
}

function tableLines({ models, days, totals }: CostReport): string[] {
  const rows = [
    ['model', ...HEADINGS],
    ...models.map((sums) => [line(sums.model), ...cells(sums)]),
    ['day (UTC)', ...HEADINGS],
    ...days.map((sums) => [sums.day, ...cells(sums)]),
    ['total', ...cells(totals)],
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '))
}

async function run(file: string, { session, json }: CostCommandOptions): Promise<void> {
  const report = await withMemory(file, (memory) => memory.cost(session === undefined ? {} : { session }))
  if (json) process.stdout.write(formatJson(report))
  else if (report.totals.asks + report.totals.replayedAnswers === 0) note('No recorded asks.')
  else {
    for (const text of tableLines(report)) print(text)
    const sessions = `${report.sessions} ${report.sessions === 1 ? 'session' : 'sessions'}`
    note(`Recorded asks and saved replays of ${sessions}. Asks outside sessions and replays without --save are not recorded.`)
  }
  if (report.damagedActions > 0) note(yellow(`warning: ${report.damagedActions} damaged records are not counted`, process.stderr))
}

export function register(parent: Command): void {
  const command = parent.command('cost').argument('<file>', 'the .mv2 file').description('what recorded asks and saved replays cost, by model and day')
  addJson(command.option('--session <id>', 'only this session: id, beginning of the id, or name')).action(run)
}
