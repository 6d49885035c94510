/** A replayed step in the words of the user's document; the order of the lines is its order. */
import type { AnswerMeasures, AskReplay, FindReplay, PutReplay, RankChange, ReplayStep, SearchMode, WordDiffPart } from '../../index.js'
import { groundingMark } from './answer.js'
import { line, quoted } from './escape.js'
import { formatUsd } from './money.js'
import { green, red, yellow } from './terminal.js'

export interface StepStyle {
  totalActions: number
  /** Why a document came or went, word-level differences, and measures. */
  verbose: boolean
}

const modeNames: Record<SearchMode, string> = { hybrid: 'Hybrid', lex: 'Lexical', vec: 'Vector' }

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

function context({ context, contextProblems }: AskReplay): string[] {
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

function diff({ diffStatus }: AskReplay): string[] {
  if (diffStatus === undefined) return []
  return [diffStatus === 'IDENTICAL' ? 'Diff: IDENTICAL ✓' : `Diff: ${diffStatus}`]
}

/** The words that differ, as `[-removed-]` and `{+added+}`. */
export function formatWordDiff(parts: WordDiffPart[]): string {
  return parts
    .map(({ value, change }) => (change === 'added' ? `{+${line(value)}+}` : change === 'removed' ? `[-${line(value)}-]` : line(value)))
    .join('')
}

function measures(name: string, { usage, cost, latencyMs, grounding, cached }: AnswerMeasures): string {
  const tokens = usage ? `${usage.inputTokens} + ${usage.outputTokens} tokens` : 'no tokens counted'
  const price = cost.usd === null ? 'cost unknown' : `cost ${formatUsd(cost.usd, 6)}`
  const scored = grounding ? `grounding ${groundingMark(grounding)}` : 'grounding not scored'
  return `${name}: ${tokens}, ${price}, ${Math.round(latencyMs)} ms, ${scored}${cached ? ', cached' : ''}`
}

function details({ wordDiff, original, replayed }: AskReplay): string[] {
  return [
    ...(wordDiff ? [`Words: ${formatWordDiff(wordDiff)}`] : []),
    ...(original ? [measures('Original', original)] : []),
    ...(replayed ? [measures('New', replayed)] : []),
  ]
}

/** Two orders, as the document shows them: without another model the context stands before the answer, with one after it. */
function auditLines(ask: AskReplay): string[] {
  const opening = [
    `Question: ${quoted(ask.question)}`,
    'Mode: AUDIT (frozen retrieval)',
    `Original Model: ${line(ask.originalModel)}`,
    `Frozen frames: ${list(ask.frozenFrames)}`,
  ]
  if (ask.overrideModel === undefined) return [...opening, ...context(ask), ...sinceThen(ask), originalAnswer(ask)]
  const override = [`Override Model: ${line(ask.overrideModel)}`, originalAnswer(ask), ...context(ask), ...sinceThen(ask)]
  return [...opening, ...override, ...newAnswer(ask), ...diff(ask)]
}

function rankChange({ note, frameId, uri }: RankChange): string {
  return `${line(note)} (frame ${frameId}${uri === null ? '' : `, ${line(uri)}`})`
}

function retrievalLines(find: FindReplay, verbose: boolean): string[] {
  const overrides = Object.entries(find.overrides).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const searched = find.searched === 'today' ? '' : ` (as of commit ${find.searched})`
  return [
    ...(overrides.length > 0 ? [`Overrides: ${overrides.join(', ')}`] : []),
    `Original frames: ${list(find.oldFrames)}`,
    `New frames: ${list(find.newFrames)}`,
    `Results: ${find.status}${searched}`,
    ...(find.retrieval === null ? [] : [`Retrieval: ${line(find.retrieval)}`]),
    ...(verbose ? [...find.came, ...find.went].map(rankChange) : []),
  ]
}

function findLines(find: FindReplay, verbose: boolean): string[] {
  return [`Query: ${quoted(find.query)}`, `Mode: ${modeNames[find.mode]}`, ...retrievalLines(find, verbose)]
}

function debugLines(ask: AskReplay, verbose: boolean): string[] {
  return [
    `Question: ${quoted(ask.question)}`,
    'Mode: DEBUG (retrieval run again)',
    `Original Model: ${line(ask.originalModel)}`,
    ...(ask.find ? retrievalLines(ask.find, verbose) : []),
    ...(ask.overrideModel === undefined ? [] : [`Override Model: ${line(ask.overrideModel)}`]),
    originalAnswer(ask),
    ...(ask.answerStatus === 'NOT RE-ASKED' && !ask.newError ? ['New Answer: NOT RE-ASKED'] : newAnswer(ask)),
    ...diff(ask),
  ]
}

function putLines({ frames, status }: PutReplay): string[] {
  const notes = frames.filter(({ note }) => note !== null).map(({ frameId, note }) => `frame ${frameId} ${line(note ?? '')}`)
  return [`Frames: ${frames.length} checked, ${status}`, ...notes]
}

function askLines(ask: AskReplay, verbose: boolean): string[] {
  const lines = ask.context === undefined ? debugLines(ask, verbose) : auditLines(ask)
  return verbose ? [...lines, ...details(ask)] : lines
}

/** All lines of one step, the first one with its mark, the rest indented. */
export function stepLines(step: ReplayStep, { totalActions, verbose }: StepStyle): string[] {
  const body = [
    ...(step.ask ? askLines(step.ask, verbose) : []),
    ...(step.find && !step.ask ? findLines(step.find, verbose) : []),
    ...(step.put ? putLines(step.put) : []),
    ...(step.ask || step.find || step.put ? [] : [step.status]),
    ...(step.note === null ? [] : [line(step.note)]),
    ...(step.error ? [failure(step.error)] : []),
  ]
  return [`${mark(step)} Step ${step.step}/${totalActions} ${step.kind}`, ...body.map((text) => `   ${text}`)]
}
