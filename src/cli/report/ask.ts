/** A question that was asked again, or whose context was verified: the answers next to each other. */
import type { Agreement, AnswerMeasures, AskReplay, ModelAnswer } from '../../index.js'
import { html, type Html, type Part } from './html.js'
import { facts, frameTable, lines, MEASURES, measuresRow, sentences, table, text, titled, wordDiff } from './parts.js'
import { searchSection } from './search.js'

export function askSection(ask: AskReplay): Part[] {
  return [...(ask.find ? searchSection(ask.find) : auditSection(ask)), ...answersSection(ask), agreementSection(ask)]
}

function auditSection({ context, contextProblems, frozenFrames, frames, supersededSince, deletedSince }: AskReplay): Part[] {
  const since = [...supersededSince.map((id) => `frame ${id} superseded since`), ...deletedSince.map((id) => `frame ${id} deleted since`)]
  const status = context ?? 'NOT CHECKED'
  const mark = context === undefined ? 'idle' : context === 'VERIFIED' ? 'good' : 'bad'
  return [
    facts([
      ['Mode', 'audit, frozen retrieval'],
      ['Frozen frames', frozenFrames.join(', ') || 'none'],
      ['Context', html`<b class="${mark}">${status}</b>${context === 'VERIFIED' && ' (frames frozen)'}`],
      ['Since then', since.join(', ')],
    ]),
    lines(contextProblems ?? []),
    frames && titled('Frozen frames', frameTable(frames)),
  ]
}

/** An answer of the new ones, however many there are, in one form. */
type NewAnswer = Pick<ModelAnswer, 'model' | 'answer' | 'error' | 'answerStatus' | 'wordDiff' | 'measures'>

function newAnswers({ overrideModel, originalModel, newAnswer, newError, answerStatus, wordDiff: diff, replayed, answers }: AskReplay): NewAnswer[] {
  if (answers) return answers
  if (newAnswer === undefined && !newError) return []
  return [
    {
      model: overrideModel ?? originalModel,
      answerStatus,
      ...(newAnswer === undefined ? {} : { answer: newAnswer }),
      ...(newError ? { error: newError } : {}),
      ...(diff ? { wordDiff: diff } : {}),
      ...(replayed ? { measures: replayed } : {}),
    },
  ]
}

function failure({ code, message }: { code: string; message: string }): Html {
  return html`<p><b class="bad">FAILED</b> ${code}: ${message}</p>`
}

function answersSection(ask: AskReplay): Part[] {
  const { originalAnswer, originalError, original, originalModel } = ask
  const asked = newAnswers(ask)
  const said = originalAnswer === null ? (originalError ? failure(originalError) : html`<p class="dim">none</p>`) : text(originalAnswer)
  const rows: [string, AnswerMeasures | null | undefined][] = [[`original (${originalModel})`, original], ...asked.map(measured)]
  const measures = rows.flatMap(([name, figures]) => (figures ? [measuresRow(name, figures)] : []))
  const cards = [html`<div><h4>Original answer</h4><p class="dim">${originalModel}</p>${said}</div>`, ...asked.map(answerCard)]
  const grounded = rows.flatMap(([name, figures]) => titled(name, figures?.grounding && sentences(figures.grounding)) ?? [])
  return [
    html`<div class="answers">${cards}</div>`,
    asked.length === 0 && html`<p class="dim">Not asked again.</p>`,
    titled('Tokens, cost, latency, grounding', table(MEASURES, measures)),
    grounded.length > 0 && html`<details open><summary>Grounding, sentence by sentence</summary>${grounded}</details>`,
  ]
}

function measured({ model, measures }: NewAnswer): [string, AnswerMeasures | undefined] {
  return [model, measures]
}

function answerCard({ model, answer, error, answerStatus, wordDiff: diff }: NewAnswer): Html {
  const mark = answerStatus === 'IDENTICAL' ? 'good' : answerStatus === 'CHANGED' ? 'bad' : 'idle'
  const shown = diff && answerStatus === 'CHANGED' ? wordDiff(diff) : answer === undefined ? null : text(answer)
  return html`<div><h4>New answer</h4><p class="dim">${model} · <b class="${mark}">${answerStatus}</b></p>${error ? failure(error) : shown}</div>`
}

function agreementSection({ agreement }: AskReplay): Part {
  if (!agreement) return null
  const rows = (kind: string, { items }: Agreement): Part[][] => items.map((item) => [kind, item.text, item.answers.join(', ')])
  const { numbers, names } = agreement
  return titled('Agreement', [
    html`<p>${numbers.agreed} of ${numbers.total} numbers and ${names.agreed} of ${names.total} names are in every answer.</p>`,
    table(['', 'fact', 'in'], [...rows('number', numbers), ...rows('name', names)]),
  ])
}
