/** A replay as one web page that needs nothing beside it: no script, no request, no font. */
import { createHash } from 'node:crypto'
import type { ReplayResult, ReplayStep, ReplayVerdict, SessionTotals } from '../../index.js'
import { costText, estimateLines, TOTALS_HEADING, totalsRows } from '../output/models.js'
import { askSection } from './ask.js'
import { html, type Html, type Part } from './html.js'
import { facts, frameTable, lines, table, titled } from './parts.js'
import { frozenSection, searchSection } from './search.js'
import { STYLE } from './style.js'

/** Nothing may be loaded, and of styles only the very one in the page. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`

const VERDICTS: Record<ReplayVerdict['outcome'], readonly [string, string]> = {
  passed: ['good', 'passed'],
  different: ['bad', 'differences found'],
  failed: ['bad', 'failed'],
  incomplete: ['idle', 'incomplete'],
}

/** The page in parts, a step each, so that a long session is not in memory twice. */
export function* reportPage(result: ReplayResult, verdict: ReplayVerdict): Generator<string> {
  const title = `Session replay: ${result.name}`
  // The style is ours and holds no markup; its bytes are what the policy's hash is of.
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">`
  yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
  yield html`<title>${title}</title>`.text
  yield `<style>${STYLE}</style></head><body>\n`
  yield html`<header><h1>${title}</h1>${summary(result, verdict)}</header>\n`.text
  yield html`${divergences(verdict)}${models(result)}<h2>Steps</h2>\n`.text
  for (const step of result.steps) yield stepArticle(step, result.totalActions).text
  yield '</body></html>\n'
}

function summary(result: ReplayResult, { outcome }: ReplayVerdict): Html {
  const { sessionId, mode, steps, totalActions, counts, retrieval, fromCheckpoint, stopped, totals } = result
  const [mark, word] = VERDICTS[outcome]
  const statuses = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
  const start = fromCheckpoint && `"${fromCheckpoint.name}": commit ${fromCheckpoint.commit} is in the file's history`
  return facts([
    ['Verdict', html`<b class="${mark}">${word}</b>`],
    ['Session', sessionId],
    ['Mode', mode === 'audit' ? 'audit: frozen retrieval' : 'debug: retrieval run again'],
    ['Replayed', `${steps.length} of ${totalActions} actions`],
    ['Statuses', statuses.join(', ')],
    ['From checkpoint', start],
    ['Retrieval', retrieval],
    ['Stopped', stopped?.note],
    ['Recorded answers', totalsText(totals.original)],
    ['New answers', totalsText(totals.replayed)],
  ])
}

function totalsText({ inputTokens, outputTokens, costUsd, unknownCosts, failures }: SessionTotals): string {
  const failed = failures === 0 ? '' : `, ${failures} failed`
  return `${inputTokens} + ${outputTokens} tokens, ${costText(costUsd, unknownCosts)}${failed}`
}

function divergences({ divergences: found }: ReplayVerdict): Part {
  const rows = found.map(({ step, kind, about, status, note }) => [html`<a href="#step-${step}">${step}</a>`, kind, about ?? '', status, note])
  const differences = table(['step', 'action', 'about', 'status', 'what is different'], rows)
  return differences && html`<h2>Differences</h2>${differences}\n`
}

function models({ models: totals, estimate }: ReplayResult): Part[] {
  return [
    totals && html`<h2>Models</h2>${table(TOTALS_HEADING, totalsRows(totals))}\n`,
    estimate && html`<h2>Estimate</h2>${lines(estimateLines(estimate))}\n`,
  ]
}

function markOf({ status, ok }: ReplayStep): readonly [string, string] {
  if (status === 'SKIPPED' || status === 'NOT CHECKED') return ['idle', '–']
  return ok ? ['good', '✓'] : ['bad', '✗']
}

function stepArticle(step: ReplayStep, totalActions: number): Html {
  const { ask, find, frozen, put, note, status, kind, error } = step
  const [name, mark] = markOf(step)
  const about = ask?.question ?? find?.query ?? frozen?.query
  const body: Part = ask ? askSection(ask) : find ? searchSection(find) : frozen ? frozenSection(frozen) : null
  const failure = error && html`<p><b class="bad">${error.code}</b> ${error.message}</p>`
  return html`<article id="step-${step.step}" class="${name}"><h3><span>${mark} Step ${step.step}/${totalActions} ${kind}</span><b>${status}</b></h3>
${about !== undefined && html`<p dir="auto">${about}</p>`}${note !== null && html`<p class="dim">${note}</p>`}${failure}
${body}${put && titled('Frames', frameTable(put.frames))}</article>\n`
}
