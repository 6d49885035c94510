/** Several models' answers side by side, and what they and a dry run add up to. */
import {
  formatUsd,
  type Agreement,
  type AnswerMeasures,
  type AskReplay,
  type ModelAnswer,
  type ModelTotals,
  type ReplayEstimate,
} from '../../index.js'
import { groundingMark, percent } from './answer.js'
import { line, quoted } from './escape.js'
import { table } from './table.js'
import { formatWordDiff } from './word-diff.js'

function answerLines({ model, answer, error, answerStatus, wordDiff }: ModelAnswer, diff: boolean): string[] {
  const given = error ? `FAILED (${error.code}: ${line(error.message)})` : answer === undefined ? answerStatus : quoted(answer)
  return [
    `Override Model: ${line(model)}`,
    `New Answer: ${given}`,
    ...(diff && answer !== undefined ? [answerStatus === 'IDENTICAL' ? 'Diff: IDENTICAL ✓' : `Diff: ${answerStatus}`] : []),
    ...(diff && wordDiff && answerStatus === 'CHANGED' ? [`Words: ${formatWordDiff(wordDiff)}`] : []),
  ]
}

/** `$2 billion: in original, openai:gpt-4o; not in gemini:gemini-2.5-flash`, for every fact that not all answers hold. */
function disagreements({ items }: Agreement, answers: readonly string[]): string[] {
  return items
    .filter((item) => item.answers.length < answers.length)
    .map((item) => {
      const missing = answers.filter((label) => !item.answers.includes(label))
      return `  ${line(item.text)}: in ${line(item.answers.join(', '))}; not in ${line(missing.join(', '))}`
    })
}

function agreementLines({ agreement, answers = [], originalAnswer }: AskReplay): string[] {
  if (!agreement) return []
  const { numbers, names } = agreement
  const given = answers.filter(({ answer }) => answer !== undefined).map(({ model }) => model)
  const labels = originalAnswer === null ? given : ['original', ...given]
  return [
    `Agreement: ${numbers.agreed} of ${numbers.total} numbers, ${names.agreed} of ${names.total} names`,
    ...disagreements(numbers, labels),
    ...disagreements(names, labels),
  ]
}

function measuresRow(name: string, { usage, cost, latencyMs, grounding, cached, from }: AnswerMeasures): string[] {
  return [
    line(name),
    usage ? `${usage.inputTokens} + ${usage.outputTokens}` : 'not counted',
    formatUsd(cost.usd),
    `${Math.round(latencyMs)} ms`,
    grounding ? groundingMark(grounding) : 'not scored',
    from ?? (cached ? 'cache' : ''),
  ]
}

/** What a step with several models shows below its original answer. */
export function modelLines(ask: AskReplay, diff: boolean): string[] {
  const { answers = [], overrideModels } = ask
  if (overrideModels && !ask.answers) return [`Override Models: ${line(overrideModels.join(', '))}`, 'New Answers: NOT RE-ASKED']
  const original = ask.original ? [measuresRow(`original (${ask.originalModel})`, ask.original)] : []
  const rows = answers.flatMap(({ model, measures }) => (measures ? [measuresRow(model, measures)] : []))
  return [
    ...answers.flatMap((answer) => answerLines(answer, diff)),
    ...agreementLines(ask),
    ...(rows.length === 0 ? [] : table(['answer', 'tokens', 'cost', 'latency', 'grounding', 'from'], [...original, ...rows])),
  ]
}

/** Sum of the known costs, and how many are not in it. */
export function costText(costUsd: string, unknownCosts: number): string {
  return unknownCosts === 0 ? formatUsd(costUsd) : `${formatUsd(costUsd)} and ${unknownCosts} unknown`
}

function totalsRow(totals: ModelTotals): string[] {
  const { model, answers, identical, changed, failed, inputTokens, outputTokens, costUsd, unknownCosts, meanLatencyMs, meanGrounding } = totals
  const compared = model === 'original' ? ['', ''] : [String(identical), String(changed)]
  return [
    line(model),
    String(answers),
    ...compared,
    String(failed),
    `${inputTokens} + ${outputTokens}`,
    costText(costUsd, unknownCosts),
    meanLatencyMs === null ? '' : `${Math.round(meanLatencyMs)} ms`,
    meanGrounding === null ? '' : percent(meanGrounding),
    String(totals.lowGrounding),
  ]
}

export const TOTALS_HEADING = ['model', 'answers', 'identical', 'changed', 'failed', 'tokens', 'cost', 'latency', 'grounding', 'low']

export function totalsRows(models: readonly ModelTotals[]): string[][] {
  return models.map(totalsRow)
}

/** All answers of a replay, a row a model. Latency and grounding are means. */
export function totalsLines(models: readonly ModelTotals[]): string[] {
  return table(TOTALS_HEADING, totalsRows(models))
}

/** What a dry run found. */
export function estimateLines({ calls, costUsd, unknownCosts, models }: ReplayEstimate): string[] {
  const rows = models.map((model) => [
    line(model.model),
    String(model.calls),
    String(model.inputTokens),
    String(model.outputTokens),
    formatUsd(model.costUsd),
    model.priceTable === null ? '' : line(`${model.priceTable}${model.priceDate === null ? '' : ` ${model.priceDate}`}`),
  ])
  return [
    ...(rows.length === 0 ? [] : table(['model', 'calls', 'input tokens', 'output tokens', 'cost', 'prices'], rows)),
    `Estimated cost: ${costText(costUsd, unknownCosts)} for ${calls} ${calls === 1 ? 'call' : 'calls'}. Nothing was sent.`,
  ]
}
