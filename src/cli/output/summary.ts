/** A replay as Markdown that GitHub shows: for a job's summary or a comment. */
import type { ReplayResult, ReplayStep, ReplayVerdict } from '../../index.js'
import { costText, TOTALS_HEADING, totalsRows } from './models.js'

const STEPS_LISTED = 200
const TEXT_LENGTH = 300

/** Escaped by a backslash where that works, else by its number: HTML, mentions, and the beginnings of links. */
const MARKUP = /[\\`*_{}[\]()#|~$&<>@]|:\/\/|\bwww\./g

const TITLES: Record<ReplayVerdict['outcome'], string> = {
  passed: '✅ passed',
  different: '❌ differences found',
  failed: '❌ failed',
  incomplete: '⚠️ incomplete',
}

/** Text from a file or a model as one cell: no markup, link, mention or line of its own comes out of it. */
function cell(text: string): string {
  const short = text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH)}…`
  const line = short.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
  return line.replace(MARKUP, (found) => (/[\w&<>@:]/.test(found) ? `&#${found.charCodeAt(0)};${found.slice(1)}` : `\\${found}`))
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(heading), row(heading.map(() => '---')), ...rows.map(row)]
}

function about({ ask, find, frozen }: ReplayStep): string {
  return cell(ask?.question ?? find?.query ?? frozen?.query ?? '')
}

function facts(result: ReplayResult): string[] {
  const { sessionId, mode, steps, totalActions, totals, stopped } = result
  const counts = Object.entries(result.counts).map(([status, count]) => `${count} ${status}`)
  const { costUsd, unknownCosts, totalTokens } = totals.replayed
  return table(['', ''], [
    ['Session', `\`${sessionId}\``],
    ['Mode', mode],
    ['Replayed', `${steps.length} of ${totalActions} actions`],
    ['Statuses', counts.join(', ') || 'none'],
    ['Answers', `${totalTokens} tokens, ${costText(costUsd, unknownCosts)}`],
    ...(stopped ? [['Stopped', cell(stopped.note)]] : []),
  ])
}

function differences({ divergences }: ReplayVerdict): string[] {
  if (divergences.length === 0) return []
  const listed = divergences.slice(0, STEPS_LISTED)
  const rows = listed.map(({ step, kind, about, status, note }) => [String(step), kind, cell(about ?? ''), status, cell(note)])
  const more = divergences.length - listed.length
  const tail = more > 0 ? ['', `… and ${more} more.`] : []
  return ['', '### Differences', '', ...table(['step', 'action', 'about', 'status', 'what'], rows), ...tail]
}

function models({ models }: ReplayResult): string[] {
  if (!models) return []
  const rows = totalsRows(models).map(([model = '', ...figures]) => [cell(model), ...figures.map(cell)])
  return ['', '### Models', '', ...table(TOTALS_HEADING, rows)]
}

function allSteps({ steps }: ReplayResult): string[] {
  if (steps.length === 0) return []
  const rows = steps.slice(0, STEPS_LISTED).map((step) => [String(step.step), step.kind, about(step), step.status])
  const more = steps.length > STEPS_LISTED ? [`… and ${steps.length - STEPS_LISTED} more.`, ''] : []
  return ['', '<details><summary>All steps</summary>', '', ...table(['step', 'action', 'about', 'status'], rows), '', ...more, '</details>']
}

export function summaryMarkdown(result: ReplayResult, verdict: ReplayVerdict): string {
  return [
    `## Session replay of ${cell(result.name)}: ${TITLES[verdict.outcome]}`,
    '',
    ...facts(result),
    ...differences(verdict),
    ...models(result),
    ...allSteps(result),
    '',
  ].join('\n')
}
