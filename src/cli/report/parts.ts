/** Pieces that several sections of the report are made of. */
import { formatUsd, type AnswerMeasures, type FrameCheck, type Grounding, type WordDiffPart } from '../../index.js'
import { groundingMark } from '../output/answer.js'
import { html, type Html, type Part } from './html.js'

/** A table, or nothing where there are no rows. */
export function table(heading: readonly string[], rows: readonly (readonly Part[])[]): Html | null {
  if (rows.length === 0) return null
  const head = heading.map((name) => html`<th>${name}</th>`)
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)
  return html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
}

/** Names with their values; what has none is left out. */
export function facts(pairs: readonly (readonly [string, Part])[]): Html {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
  return html`<dl>${given.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** A heading with what belongs below it, or nothing. */
export function titled(title: string, content: Part): Html | null {
  const isEmpty = content === null || content === undefined || content === false || (Array.isArray(content) && content.length === 0)
  return isEmpty ? null : html`<h4>${title}</h4>${content}`
}

/** Text as it was written, in its own reading direction. */
export function text(value: string): Html {
  return html`<div class="text" dir="auto">${value}</div>`
}

/** Lines made for a terminal. */
export function lines(values: readonly string[]): Html | null {
  return values.length === 0 ? null : html`<pre>${values.join('\n')}</pre>`
}

/** The words that both have, those that came and those that went. */
export function wordDiff(parts: readonly WordDiffPart[]): Html {
  const marked = parts.map(({ value, change }) => {
    if (change === 'added') return html`<ins>${value}</ins>`
    return change === 'removed' ? html`<del>${value}</del>` : value
  })
  return html`<div class="text" dir="auto">${marked}</div>`
}

/** What one answer took, and how well it is grounded. */
export function measuresRow(name: string, { usage, cost, latencyMs, grounding, cached, from }: AnswerMeasures): Part[] {
  return [
    name,
    usage ? `${usage.inputTokens} + ${usage.outputTokens}` : 'not counted',
    formatUsd(cost.usd),
    `${Math.round(latencyMs)} ms`,
    grounding ? groundingMark(grounding) : 'not scored',
    from ?? (cached ? 'cache' : ''),
  ]
}

export const MEASURES = ['answer', 'tokens', 'cost', 'latency', 'grounding', 'from']

/** Every sentence with its verdict. */
export function sentences({ sentences: scored }: Grounding): Html | null {
  const rows = scored.map(({ sentence, verdict, score, reason }) => {
    const mark = verdict === 'SUPPORTED' ? 'good' : verdict === 'UNSUPPORTED' || verdict === 'CONTRADICTED' ? 'bad' : 'idle'
    return [html`<b class="${mark}">${verdict}</b>`, verdict === 'NOT_CHECKABLE' ? '' : `${Math.floor(score * 100 + 1e-9)}%`, sentence, reason ?? '']
  })
  return table(['verdict', 'score', 'sentence', 'because of'], rows)
}

/** Frames that were read again, and how they stand today. */
export function frameTable(frames: readonly FrameCheck[]): Html | null {
  const rows = frames.map(({ frameId, uri, state, hashMatches, note }) => {
    return [frameId, uri ?? '', state, html`<b class="${hashMatches ? 'good' : 'bad'}">${hashMatches ? 'equal' : 'NOT EQUAL'}</b>`, note ?? '']
  })
  return table(['frame', 'document', 'today', 'hash', 'note'], rows)
}
