import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statisticsLines } from '../../src/cli/output/answer.js'
import type { AskResult } from '../../src/index.js'
import { documentShows } from '../e2e/support/document.js'

type Part<T> = { [K in keyof T]?: T[K] extends object ? Partial<T[K]> : T[K] }

function result(changes: Part<AskResult>): AskResult {
  const usage = { inputTokens: 3112, outputTokens: 19, totalTokens: 3131, costUsd: 0.0004782 }
  const grounding = { score: 1, label: 'HIGH', sentenceCount: 2, groundedSentences: 2, hasWarning: false, abstained: false, sentences: [] }
  const cost = { usd: '0.0004782', priceTable: 'memvid-2025-12', priceDate: '2025-12' }
  return {
    answer: '',
    cached: false,
    ...changes,
    usage: { ...usage, ...changes.usage },
    grounding: { ...grounding, ...changes.grounding },
    cost: { ...cost, ...changes.cost },
  } as AskResult
}

test('the two forms of the statistics are those of the document', () => {
  const lines = statisticsLines(result({}))
  assert.deepEqual(lines, [
    'tokens: 3112 + 19 = 3131   cost: $0.0005   grounding: 100% (HIGH)',
    'tokens: 3112 input + 19 output = 3131   cost: $0.000478',
    'grounding: 100% (HIGH) - 2/2 sentences grounded',
  ])
  assert.ok(documentShows(lines[1] ?? '') && documentShows(lines[2] ?? ''))
})

test("the Quick Example's line comes out of its figures", () => {
  const quick = result({ usage: { outputTokens: 42, totalTokens: 3154 }, cost: { usd: '0.000492' }, grounding: { score: 0.954 } })
  assert.ok(documentShows(statisticsLines(quick)[0] ?? ''), statisticsLines(quick)[0])
})

test('a low score warns in the words of the document', () => {
  const low = result({ grounding: { score: 0.25, label: 'LOW', sentenceCount: 4, groundedSentences: 1, hasWarning: true } })
  const lines = statisticsLines(low).slice(-2)
  assert.deepEqual(lines, ['grounding: 25% (LOW) - 1/4 sentences grounded', '⚠ Warning: Some statements may not be supported by context'])
  assert.ok(lines.every(documentShows))
})

test('a cached answer costs nothing and says what it saved', () => {
  const lines = statisticsLines(result({ cached: true, savedUsd: 0.00042, cost: { usd: '0' } }))
  assert.equal(lines[0], 'cached: true   cost: $0.00 (saved $0.00042)')
  assert.ok(documentShows(lines[0] ?? ''))
})

test('what a cached answer saved may be unknown', () => {
  assert.equal(statisticsLines(result({ cached: true, savedUsd: null }))[0], 'cached: true   cost: $0.00 (saved unknown)')
})

test('an unknown price is unknown, never zero', () => {
  const lines = statisticsLines(result({ cost: { usd: null }, usage: { costUsd: null } }))
  assert.match(lines[0] ?? '', /cost: unknown {3}grounding/)
  assert.match(lines[1] ?? '', /cost: unknown$/)
})

test('a score is rounded, but so that no figure stands beside the wrong label', () => {
  const lines = statisticsLines(result({ grounding: { score: 0.699, label: 'MEDIUM' } }))
  assert.match(lines[2] ?? '', /^grounding: 69% \(MEDIUM\)/)
  assert.match(statisticsLines(result({ grounding: { score: 0.29, label: 'LOW' } }))[2] ?? '', /^grounding: 29% /)
  assert.match(statisticsLines(result({ grounding: { score: 0.396, label: 'LOW' } }))[2] ?? '', /^grounding: 39% \(LOW\)/)
  assert.match(statisticsLines(result({ grounding: { score: 0.996, label: 'HIGH' } }))[2] ?? '', /^grounding: 100% /)
})

test('an answer without a claim has no score', () => {
  const greeting = result({ grounding: { score: null, label: null } })
  assert.equal(statisticsLines(greeting).at(-1), 'grounding: not scored (no claim)')
})

test('a refusal shows that it abstained', () => {
  const abstained = result({ grounding: { score: null, label: null, abstained: true, answerMayExist: true } })
  assert.deepEqual(statisticsLines(abstained).slice(-2), [
    'grounding: abstained',
    'note: the context may hold an answer all the same',
  ])
})
