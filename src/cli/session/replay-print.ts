/** A replay in the terminal: its steps and sums on stdout, what is said about it on stderr. */
import type { ReplayResult, ReplayStep } from '../../index.js'
import { line, quoted } from '../output/escape.js'
import type { StepStyle } from '../output/replay.js'
import { note, print } from '../output/terminal.js'

const stopWords = { mismatch: 'Stopped on the first mismatch', 'max-cost': 'Stopped by --max-cost' } as const

function summary({ steps, totalActions, counts, retrieval, stopped, fromCheckpoint, saved }: ReplayResult): string[] {
  const statuses = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
  const tail = statuses.length > 0 ? `: ${statuses.join(', ')}` : ''
  return [
    ...(fromCheckpoint ? [`From checkpoint ${quoted(fromCheckpoint.name)}: commit ${fromCheckpoint.commit} is in the file's history.`] : []),
    ...(retrieval === null ? [] : [`Retrieval: ${retrieval}`]),
    ...(stopped && stopped.reason !== 'aborted' ? [`${stopWords[stopped.reason]}: ${line(stopped.note)}`] : []),
    `${stopped?.reason === 'aborted' ? 'Interrupted: replayed' : 'Replayed'} ${steps.length} of ${totalActions} actions${tail}.`,
    ...(saved ? [`Saved as replay ${saved.number}${saved.name === null ? '' : ` ${quoted(saved.name)}`}.`] : []),
  ]
}

type Style = Omit<StepStyle, 'totalActions'>

/** Prints a step at once, for those who print while the replay goes on. */
export async function stepPrinter(style: Style): Promise<(step: ReplayStep, totalActions: number) => void> {
  const { stepLines } = await import('../output/replay.js')
  return (step, totalActions) => print(stepLines(step, { ...style, totalActions }).join('\n'))
}

export async function printReplay(result: ReplayResult, style: Style): Promise<void> {
  const printStep = await stepPrinter(style)
  for (const step of result.steps) printStep(step, result.totalActions)
  await printSums(result)
}

/** What stands below the steps. */
export async function printSums(result: ReplayResult): Promise<void> {
  const { estimateLines, totalsLines } = await import('../output/models.js')
  if (result.models) print(totalsLines(result.models).join('\n'))
  if (result.estimate) print(estimateLines(result.estimate).join('\n'))
  for (const text of summary(result)) note(text)
}
