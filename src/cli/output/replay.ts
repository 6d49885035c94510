/** A replayed step in the words of the user's document; the order of the lines is its order. */
import {
  formatUsd,
  type AdaptiveOptions,
  type AnswerMeasures,
  type AskReplay,
  type FindReplay,
  type FrozenFind,
  type PutReplay,
  type ReplayStep,
  type SearchMode,
} from '../../index.js'
import { groundingMark } from './answer.js'
import { line, quoted } from './escape.js'
import { differenceLines, expectedLines } from './misses.js'
import { sweepLines } from './sweep.js'
import { modelLines } from './models.js'
import { green, red, yellow } from './terminal.js'
import { formatWordDiff } from './word-diff.js'

export interface StepStyle {
  totalActions: number
  audit: boolean
  /** Whether answers are judged, as `--diff` asks. */
  diff: boolean
  /** Why a document came or went, word-level differences, and measures. */
  verbose: boolean
}

export const modeNames: Record<SearchMode, string> = { hybrid: 'Hybrid', lex: 'Lexical', vec: 'Vector' }

function mark(step: ReplayStep): string {
  if (step.status === 'SKIPPED') return yellow('-')
  return step.ok ? green('✓') : red('✗')
}

function list(frames: number[]): string {
  return `[${frames.join(', ')}]`
}

function failure({ code, message }: { code: string; message: string }): string {
  return `FAILED (${code}: ${line(message)})`
}

/** `Since then: frame 66 superseded since, frame 68 deleted since`, or nothing. */
function sinceThen({ supersededSince, deletedSince }: AskReplay): string[] {
  const changes = [
    ...supersededSince.map((frame) => `frame ${frame} superseded since`),
    ...deletedSince.map((frame) => `frame ${frame} deleted since`),
  ]
  return changes.length === 0 ? [] : [`Since then: ${changes.join(', ')}`]
}

function context({ context, contextProblems }: AskReplay, note: string | null): string[] {
  if (context === undefined) return [`Context: NOT CHECKED${note === null ? '' : ` (${line(note)})`}`]
  if (context === 'VERIFIED') return ['Context: VERIFIED (frames frozen)']
  return [`Context: ${context}`, ...(contextProblems ?? []).map((problem) => `  ${line(problem)}`)]
}

function originalAnswer({ originalAnswer, originalError }: AskReplay): string {
  if (originalAnswer !== null) return `Original Answer: ${quoted(originalAnswer)}`
  return `Original Answer: ${originalError ? failure(originalError) : 'none'}`
}

function newAnswer(ask: AskReplay): string[] {
  if (ask.newError) return [`New Answer: ${failure(ask.newError)}`]
  if (ask.newAnswer === undefined) return []
  return [`New Answer: ${quoted(ask.newAnswer)}`]
}

function diff({ diffStatus }: AskReplay, style: StepStyle): string[] {
  if (diffStatus === undefined || !style.diff) return []
  return [diffStatus === 'IDENTICAL' ? 'Diff: IDENTICAL ✓' : `Diff: ${diffStatus}`]
}

function measures(name: string, { usage, cost, latencyMs, grounding, cached }: AnswerMeasures): string {
  const tokens = usage ? `${usage.inputTokens} + ${usage.outputTokens} tokens` : 'no tokens counted'
  const scored = grounding ? `grounding ${groundingMark(grounding)}` : 'grounding not scored'
  return `${name}: ${tokens}, cost ${formatUsd(cost.usd)}, ${Math.round(latencyMs)} ms, ${scored}${cached ? ', cached' : ''}`
}

function details({ wordDiff, diffStatus, original, replayed }: AskReplay): string[] {
  return [
    ...(wordDiff && diffStatus === 'CHANGED' ? [`Words: ${formatWordDiff(wordDiff)}`] : []),
    ...(original ? [measures('Original', original)] : []),
    ...(replayed ? [measures('New', replayed)] : []),
  ]
}

/** Two orders, as the document shows them: without another model the context stands before the answer, with one after it. */
function auditLines(ask: AskReplay, note: string | null, style: StepStyle): string[] {
  const verified = [...context(ask, note), ...sinceThen(ask)]
  const opening = [
    `Question: ${quoted(ask.question)}`,
    'Mode: AUDIT (frozen retrieval)',
    `Original Model: ${line(ask.originalModel)}`,
    `Frozen frames: ${list(ask.frozenFrames)}`,
  ]
  if (ask.overrideModel === undefined) return [...opening, ...verified, originalAnswer(ask), ...modelLines(ask, style.diff)]
  const override = [`Override Model: ${line(ask.overrideModel)}`, originalAnswer(ask), ...verified]
  return [...opening, ...override, ...newAnswer(ask), ...diff(ask, style)]
}

/** `top-k 6`, `mode vec`, or `adaptive relative 0.65, 3 to 50 results`. */
export function overrideText([name, value]: [string, unknown]): string {
  if (name === 'k') return `top-k ${String(value)}`
  if (name === 'filters') return 'no filters'
  if (name === 'maxContextTokens') return `token budget ${String(value)}`
  if (value === null || typeof value !== 'object') return `${name} ${value === null ? 'off' : String(value)}`
  const { rule, threshold, min, max } = value as Required<AdaptiveOptions>
  return `${name} ${rule} ${threshold}, ${min} to ${max} results`
}

function retrievalLines(find: FindReplay, verbose: boolean): string[] {
  const overrides = Object.entries(find.overrides).map(overrideText)
  const searched = find.searched === 'today' ? '' : ` (as of commit ${find.searched})`
  return [
    ...(overrides.length > 0 ? [`Overrides: ${overrides.join(', ')}`] : []),
    `Original frames: ${list(find.oldFrames)}`,
    `New frames: ${list(find.newFrames)}`,
    `Results: ${find.status}${searched}`,
    ...(find.retrieval === null ? [] : [`Retrieval: ${line(find.retrieval)}`]),
    ...differenceLines(find, verbose),
    ...(find.expected ? expectedLines(find.expected) : []),
    ...(find.sweep ? sweepLines(find.sweep) : []),
  ]
}

function findLines(find: FindReplay, { verbose }: StepStyle): string[] {
  return [`Query: ${quoted(find.query)}`, `Mode: ${modeNames[find.mode]}`, ...retrievalLines(find, verbose)]
}

function frozenLines({ query, frozenFrames, status, problems, frames }: FrozenFind): string[] {
  const since = frames
    .filter(({ hashMatches, note }) => hashMatches && note !== null)
    .map(({ frameId, note }) => `frame ${frameId} ${line(note ?? '')}`)
  return [
    `Query: ${quoted(query)}`,
    'Mode: AUDIT (frozen retrieval)',
    `Frozen frames: ${list(frozenFrames)}`,
    `Results: ${status}${status === 'VERIFIED' ? ' (frames frozen)' : ''}`,
    ...problems.map((problem) => `  ${line(problem)}`),
    ...(since.length === 0 ? [] : [`Since then: ${since.join(', ')}`]),
  ]
}

function debugLines(ask: AskReplay, style: StepStyle): string[] {
  return [
    `Question: ${quoted(ask.question)}`,
    'Mode: DEBUG (retrieval run again)',
    `Original Model: ${line(ask.originalModel)}`,
    ...(ask.find ? retrievalLines(ask.find, style.verbose) : []),
    ...(ask.overrideModel === undefined ? [] : [`Override Model: ${line(ask.overrideModel)}`]),
    originalAnswer(ask),
    ...newAnswers(ask, style),
  ]
}

function newAnswers(ask: AskReplay, style: StepStyle): string[] {
  if (ask.overrideModels) return modelLines(ask, style.diff)
  if (ask.answerStatus === 'NOT RE-ASKED' && !ask.newError) return ['New Answer: NOT RE-ASKED']
  return [...newAnswer(ask), ...diff(ask, style)]
}

function putLines({ frames, status }: PutReplay): string[] {
  const notes = frames.filter(({ note }) => note !== null).map(({ frameId, note }) => `frame ${frameId} ${line(note ?? '')}`)
  return [`Frames: ${frames.length} checked, ${status}`, ...notes]
}

function askLines(ask: AskReplay, note: string | null, style: StepStyle): string[] {
  const lines = style.audit ? auditLines(ask, note, style) : debugLines(ask, style)
  return style.verbose ? [...lines, ...details(ask)] : lines
}

/** What can be said of a step that has no details: that it was skipped, can't be checked, or failed, and why. */
function plainLines({ status, note }: ReplayStep): string[] {
  return note === null ? [status] : [`${status}: ${line(note)}`]
}

function bodyLines(step: ReplayStep, style: StepStyle): string[] {
  if (step.ask) return askLines(step.ask, step.note, style)
  if (step.find) return findLines(step.find, style)
  if (step.frozen) return frozenLines(step.frozen)
  if (step.put) return putLines(step.put)
  return plainLines(step)
}

/** All lines of one step, the first one with its mark, the rest indented. */
export function stepLines(step: ReplayStep, style: StepStyle): string[] {
  const heading = `${mark(step)} Step ${step.step}/${style.totalActions} ${step.kind}`
  return [heading, ...bodyLines(step, style).map((text) => `   ${text}`)]
}
