import { formatUsd, formatUsdShort } from '../../index.js'
import type { AskResult, Grounding, GroundingJudge, SentenceGrounding } from '../../index.js'
import { line } from './escape.js'

/** Where a label begins, in per cent. */
const THRESHOLDS = [40, 70]

/** Whole per cent, rounded, but never up to a label's threshold before the score reaches it. */
export function percent(score: number): string {
  const down = Math.floor(score * 100 + 1e-9)
  const rounded = Math.round(score * 100)
  return `${THRESHOLDS.includes(rounded) ? down : rounded}%`
}

export function groundingMark({ score, label, abstained }: Grounding): string {
  if (score === null) return abstained ? 'abstained' : 'not scored (no claim)'
  return `${percent(score)} (${label})`
}

/** The grounding of an answer, the warning where it is low, and the hint where a refusal may have overlooked an answer. */
export function groundingLines(grounding: Grounding): string[] {
  const { score, groundedSentences, sentenceCount, hasWarning, answerMayExist } = grounding
  const lines = [
    score === null
      ? `grounding: ${groundingMark(grounding)}`
      : `grounding: ${groundingMark(grounding)} - ${groundedSentences}/${sentenceCount} sentences grounded`,
  ]
  if (hasWarning) lines.push('⚠ Warning: Some statements may not be supported by context')
  if (answerMayExist) lines.push('note: the context may hold an answer all the same')
  if (grounding.judge) lines.push(judgeLine(grounding.judge))
  return lines
}

/** `judge: openai:gpt-4o-mini 50% (MEDIUM) - 1/2 sentences supported   tokens: 310 + 12 = 322   cost: $0.0001` */
function judgeLine({ model, score, label, verdicts, usage, cost, cached, savedUsd, error }: GroundingJudge): string {
  if (score === null) return `judge: ${line(model)} gave no verdict (${error?.code ?? 'unknown'}: ${line(error?.message ?? '')})`
  const judged = verdicts.filter((verdict) => verdict !== null)
  const supported = judged.filter((verdict) => verdict === 'SUPPORTED').length
  const { inputTokens, outputTokens } = usage ?? { inputTokens: 0, outputTokens: 0 }
  const saved = cached ? `   cached: true (saved ${formatUsd(savedUsd ?? null)})` : ''
  const tokens = `tokens: ${inputTokens} + ${outputTokens} = ${inputTokens + outputTokens}   cost: ${formatUsdShort(cost.usd)}${saved}`
  return `judge: ${line(model)} ${percent(score)} (${label}) - ${supported}/${judged.length} sentences supported   ${tokens}`
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

const FLAGGED_MAX = 20
const FLAGGED_CHARACTERS = 160

function shortened(text: string): string {
  const characters = Array.from(line(text.trim()))
  return characters.length <= FLAGGED_CHARACTERS ? characters.join('') : `${characters.slice(0, FLAGGED_CHARACTERS - 1).join('')}…`
}

/** The sentences that the context does not bear out, and the markers that name no passage, each on a line of its own. */
export function flaggedLines({ sentences }: Grounding): string[] {
  const flagged = sentences.flatMap((sentence) => {
    const { verdict, reason, invalidCitations = [] } = sentence
    const why = reason === undefined ? '' : ` (${reason})`
    const lines = verdict === 'UNSUPPORTED' || verdict === 'CONTRADICTED' ? [`✗ ${verdict}${why}: ${shortened(sentence.sentence)}`] : []
    if (invalidCitations.length > 0) {
      const markers = invalidCitations.slice(0, 5).map((number) => `[${number}]`)
      lines.push(`✗ ${markers.join('')} ${markers.length === 1 ? 'names' : 'name'} no passage: ${shortened(sentence.sentence)}`)
    }
    return lines
  })
  const rest = flagged.length - FLAGGED_MAX
  return rest > 0 ? [...flagged.slice(0, FLAGGED_MAX), `✗ and ${rest} more; see --json`] : flagged
}

const VERDICT_WIDTH = 'NOT CHECKABLE'.length

/** Every sentence with its verdict and score, and the place and words of its evidence below. `nameOf` names a context. */
export function sentenceLines({ sentences }: Grounding, nameOf: (context: number) => string): string[] {
  return sentences.flatMap((sentence) => {
    const { evidence, reason, verdict, score } = sentence
    const mark = verdict === 'NOT_CHECKABLE' ? '' : percent(score)
    const why = reason === undefined ? '' : ` (${reason})`
    const lines = [`${verdictOf(sentence).padEnd(VERDICT_WIDTH)} ${mark.padStart(4)}  ${line(sentence.sentence)}${why}`]
    if (evidence) lines.push(`${' '.repeat(VERDICT_WIDTH + 7)}↳ ${line(nameOf(evidence.context))}:${evidence.start} ${line(evidence.text)}`)
    return lines
  })
}

function verdictOf({ verdict }: SentenceGrounding): string {
  return verdict.replace('_', ' ')
}
