import { formatUsd, formatUsdShort, type AskResult, type Grounding } from '../../index.js'

/** Whole per cent, rounded down, so that the figure never reaches a label's threshold before the score does. */
function percent(score: number): string {
  return `${Math.floor(score * 100 + 1e-9)}%`
}

export function groundingMark({ score, label }: Grounding): string {
  return score === null ? 'not scored (no claim)' : `${percent(score)} (${label})`
}

function groundingLines(grounding: Grounding): string[] {
  const { score, groundedSentences, sentenceCount, hasWarning, answerMayExist } = grounding
  const lines = [
    score === null
      ? `grounding: ${groundingMark(grounding)}`
      : `grounding: ${groundingMark(grounding)} - ${groundedSentences}/${sentenceCount} sentences grounded`,
  ]
  if (hasWarning) lines.push('⚠ Warning: Some statements may not be supported by context')
  if (answerMayExist) lines.push('note: the context may hold an answer all the same')
  return lines
}

/** The statistics under an answer: one line in short, then tokens with the exact cost, and the grounding. */
export function statisticsLines(result: AskResult): string[] {
  const { usage, cost, grounding, cached, savedUsd } = result
  if (cached) {
    const saved = savedUsd === null || savedUsd === undefined ? null : String(savedUsd)
    return [`cached: true   cost: $0.00 (saved ${formatUsd(saved)})`, ...groundingLines(grounding)]
  }
  const { inputTokens, outputTokens, totalTokens } = usage
  return [
    `tokens: ${inputTokens} + ${outputTokens} = ${totalTokens}   cost: ${formatUsdShort(cost.usd)}   grounding: ${groundingMark(grounding)}`,
    `tokens: ${inputTokens} input + ${outputTokens} output = ${totalTokens}   cost: ${formatUsd(cost.usd)}`,
    ...groundingLines(grounding),
  ]
}
