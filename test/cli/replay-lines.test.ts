import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepLines, type StepStyle } from '../../src/cli/output/replay.js'
import type { AskReplay, FindReplay, RankChange, ReplayStep, Standing, SweepRow } from '../../src/index.js'
import { documentBlock, documentShows } from '../e2e/support/document.js'

const frozen: AskReplay = {
  step: 3,
  question: 'What was the acquisition price?',
  status: 'VERIFIED',
  originalModel: 'openai:gpt-4o-mini',
  frozenFrames: [66, 68, 61, 170, 22, 67, 57, 0],
  context: 'VERIFIED',
  contextProblems: [],
  frames: [],
  supersededSince: [],
  deletedSince: [],
  originalAnswer: 'The acquisition was valued at $2 billion.',
  answerStatus: 'NOT RE-ASKED',
  original: null,
}

const otherModel: AskReplay = {
  ...frozen,
  overrideModel: 'claude:claude-3-5-sonnet',
  newAnswer: 'The acquisition price was $2B according to the documents.',
  answerStatus: 'CHANGED',
  diffStatus: 'CHANGED',
}

const search: FindReplay = {
  step: 1,
  query: 'Databricks',
  status: 'CHANGED',
  mode: 'hybrid',
  searched: 'today',
  overrides: { k: 24, mode: 'vec', adaptive: { rule: 'relative', threshold: 0.65, min: 3, max: 24 } },
  oldFrames: [1, 2],
  newFrames: [1, 2, 9],
  oldCut: { kept: 2, rule: 'top-k', threshold: null },
  newCut: { kept: 3, rule: 'top-k', threshold: null },
  came: [rankChange({ frameId: 9, note: 'Document existed at rank 12, adaptive found it' })],
  went: [],
  moved: [],
  otherContent: [],
  otherPassage: [],
  displacedTop: null,
  retrieval: null,
}

function standing(changes: Partial<Standing> = {}): Standing {
  const empty = { score: null, text: null, vector: null, hasQueryTerm: null, threshold: null, filters: [], need: null, note: '' }
  return { frameId: 9, uri: 'mv2://a', found: false, reason: 'cut', rank: 12, ...empty, ...changes }
}

function rankChange(changes: Partial<RankChange>): RankChange {
  const places = { oldRank: 12, newRank: 3, oldScore: 0.2, newScore: 0.2 }
  return { frameId: 0, uri: 'mv2://a', ...places, reason: 'cut', note: '', cause: 'settings', why: standing({ score: 0.2, text: { score: 1.5, rank: 4 }, note: 'cut by the adaptive rule' }), ...changes }
}

function step(changes: Partial<ReplayStep>): ReplayStep {
  return { step: 3, number: 2, kind: 'ask', status: 'VERIFIED', ok: true, note: null, durationMs: 1, ...changes }
}

function lines(changes: Partial<ReplayStep>, style: Partial<StepStyle> = {}): string[] {
  return stepLines(step(changes), { totalActions: 12, audit: true, diff: true, verbose: false, ...style })
}

test('an audited ask prints the block of the document', () => {
  assert.deepEqual(lines({ ask: frozen }), documentBlock('Output shows frozen frames', '✓ Step'))
})

test('an ask replayed with another model prints the block of the document, in its other order', () => {
  assert.deepEqual(lines({ ask: otherModel }), documentBlock('Output shows comparison', '✓ Step'))
})

test('an identical answer has the mark of the Quick Example', () => {
  const last = lines({ ask: { ...otherModel, diffStatus: 'IDENTICAL' } }).at(-1) ?? ''
  assert.equal(last, '   Diff: IDENTICAL ✓')
  assert.ok(documentShows(last.trim()))
})

test('without --diff the new answer is not judged', () => {
  assert.match(lines({ ask: otherModel }, { diff: false }).at(-1) ?? '', /^ {3}New Answer: /)
})

test('a context that is not as recorded fails the step and says what is wrong', () => {
  const changed: AskReplay = { ...frozen, context: 'CHANGED', contextProblems: ['frame 68 has other bytes than recorded'] }
  const output = lines({ ask: changed, status: 'CHANGED', ok: false })
  assert.equal(output[0], '✗ Step 3/12 ask')
  assert.deepEqual(output.slice(5, 7), ['   Context: CHANGED', '     frame 68 has other bytes than recorded'])
})

test('frames replaced or deleted since get a line of their own, and the context stays verified', () => {
  const output = lines({ ask: { ...frozen, supersededSince: [66], deletedSince: [68] } })
  const at = output.indexOf('   Context: VERIFIED (frames frozen)')
  assert.equal(output[at + 1], '   Since then: frame 66 superseded since, frame 68 deleted since')
})

test('answers are never cut, and are escaped as JSON strings', () => {
  const answer = `${'答案是二十亿美元。'.repeat(300)}\n"quoted" \u001b[0m`
  const output = lines({ ask: { ...frozen, originalAnswer: answer } }).at(-1) ?? ''
  assert.equal(JSON.parse(output.replace('   Original Answer: ', '')), answer)
  assert.ok(output.includes('答案是二十亿美元。') && !output.includes('\u001b'))
})

test('a failed provider call is shown where the new answer would stand', () => {
  const { newAnswer: _answer, diffStatus: _diff, ...rest } = otherModel
  const output = lines({ ask: { ...rest, newError: { code: 'RateLimited', message: 'too many requests' } }, ok: false })
  assert.equal(output.at(-1), '   New Answer: FAILED (RateLimited: too many requests)')
})

test('a recorded failure is shown in place of the original answer', () => {
  const output = lines({ ask: { ...frozen, originalAnswer: null, originalError: { code: 'ProviderError', message: 'gone' } } })
  assert.equal(output.at(-1), '   Original Answer: FAILED (ProviderError: gone)')
})

test('standard replay shows both lists, and in detail why a document came', () => {
  const output = lines({ kind: 'find', status: 'CHANGED', find: search }, { verbose: true })
  assert.deepEqual(output, [
    '✓ Step 3/12 find',
    '   Query: "Databricks"',
    '   Mode: Hybrid',
    '   Overrides: top-k 24, mode vec, adaptive relative 0.65, 3 to 24 results',
    '   Original frames: [1, 2]',
    '   New frames: [1, 2, 9]',
    '   Results: CHANGED',
    '   Document existed at rank 12, adaptive found it (frame 9, mv2://a)',
    '     Was missed: cut by the adaptive rule',
    '     Rank: 12 then, 3 now',
    '     Scores: 0.200, text 1.500 (rank 4), vector -',
    '     Cause: changed settings',
  ])
  assert.ok(!lines({ kind: 'find', status: 'CHANGED', find: search }).some((line) => line.includes('rank 12')))
})

test('a displaced top hit is said without asking for details, and details name what moved', () => {
  const find: FindReplay = {
    ...search,
    came: [],
    status: 'REORDERED',
    moved: [{ frameId: 1, oldRank: 1, newRank: 2 }],
    displacedTop: { frameId: 1, newRank: 2, by: 9 },
    otherContent: [4],
    otherPassage: [5],
  }
  const displaced = '   Top hit: displaced: frame 1 was first and is at rank 2 now; frame 9 is first'
  assert.equal(lines({ kind: 'find', find }).at(-1), displaced)
  assert.deepEqual(lines({ kind: 'find', find }, { verbose: true }).slice(-4), [
    displaced,
    '   Document moved from rank 1 to 2 (frame 1)',
    '   Document has another content hash than was recorded (frame 4)',
    '   Document was found by another passage (frame 5)',
  ])
  const gone = lines({ kind: 'find', find: { ...find, displacedTop: { frameId: 1, newRank: null, by: null } } }).at(-1)
  assert.equal(gone, '   Top hit: displaced: frame 1 was first and is gone')
})

test('the prompts of an ask are shown where they differ', () => {
  const why = standing({ reason: 'token-budget', note: 'found at rank 2, but left out' })
  const came = [rankChange({ frameId: 2, oldRank: null, note: 'Document existed at rank 2', why, cause: null })]
  const prompt = { oldFrames: [1], newFrames: [1, 2], oldTokens: 40, newTokens: 90, came, went: [] }
  assert.deepEqual(lines({ kind: 'ask', find: { ...search, came: [], prompt } }, { verbose: true }).slice(-4), [
    '   Prompt: 1 documents in 40 tokens, now 2 in 90',
    '   Document existed at rank 2 (frame 2, mv2://a)',
    '     Was missed: found at rank 2, but left out',
    '     Rank: none then, 3 now',
  ])
  const same = lines({ kind: 'ask', find: { ...search, came: [], prompt: { ...prompt, newFrames: [1], came: [] } } }, { verbose: true })
  assert.ok(!same.some((line) => line.includes('Prompt:')))
})

test('an expected document gets a sentence, what each search says of it, and the cause', () => {
  const recorded = standing({ note: 'below top-k: rank 12, would need k ≥ 12', vector: { score: 0.25, rank: 7 } })
  const replayed = standing({ found: true, reason: null, note: 'found at rank 12' })
  const note = 'Document existed at rank 12, adaptive found it'
  const expected = { asked: 'mv2://a', others: 0, recorded, replayed, cause: 'settings' as const, note }
  const output = (changes: object) => lines({ kind: 'find', find: { ...search, came: [], expected: { ...expected, ...changes } } }).slice(7)
  assert.deepEqual(output({}), [
    '   Expected: mv2://a (frame 9)',
    '   Document existed at rank 12, adaptive found it',
    '     Recorded: below top-k: rank 12, would need k ≥ 12',
    '     Replayed: found at rank 12',
    '     Scores: -, text -, vector 0.250 (rank 7)',
    '     Cause: changed settings',
  ])
  assert.deepEqual(output({ recorded: { ...recorded, hasQueryTerm: false } })[5], '     No query term in it, rank 7 by vector')
  assert.deepEqual(output({ replayed: recorded, cause: null, others: 2, note: 'Document is below top-k' }), [
    '   Expected: mv2://a (frame 9), the first of 3 documents that hold this text',
    '   Document is below top-k',
    '     Scores: -, text -, vector 0.250 (rank 7)',
  ])
  assert.deepEqual(output({ asked: 'no\nsuch', recorded: null, replayed: null, cause: null, note: 'No document' }), [
    '   Expected: no\\nsuch',
    '   No document',
  ])
})

test('a sweep is a table of settings, and says which is the cheapest that finds the document', () => {
  const row = { found: false, rank: 12 as number | null, score: 0.2, results: 4, inPrompt: false, contextTokens: 100 }
  const sweep: SweepRow[] = [
    { ...row, settings: { topK: 4, adaptive: false } },
    { ...row, settings: { topK: 16, adaptive: { rule: 'knee' } }, found: true, inPrompt: true, results: 16, contextTokens: 900 },
    { ...row, settings: { topK: 64, adaptive: { threshold: 0.5 } }, found: true, rank: 13, results: 64, contextTokens: 5000 },
    { ...row, settings: { topK: 64, adaptive: true }, rank: null, error: { code: 'VectorMismatch', message: 'no vectors' } },
  ]
  assert.deepEqual(lines({ kind: 'find', find: { ...search, came: [], sweep } }).slice(7), [
    '   Sweep:',
    '     top-k      adaptive                   found  rank  results  context tokens',
    '     4               off                      no    12        4             100',
    '     16             knee                     yes    12       16             900',
    '     64     relative 0.5  yes, not in the prompt    13       64            5000',
    '     64         relative          VectorMismatch     -        -               -',
    '     1 of 4 settings bring it into the context; with the fewest tokens top-k 16, adaptive knee: rank 12, 900 tokens',
  ])
  const none = lines({ kind: 'find', find: { ...search, came: [], sweep: [sweep[0]!] } })
  assert.equal(none.at(-1), '     none of 1 settings brings it into the context')
})

test('standard replay of an ask that is not asked again says so', () => {
  const { context: _context, frames: _frames, contextProblems: _problems, ...debug } = frozen
  const output = lines({ ask: { ...debug, find: search }, status: 'CHANGED' }, { audit: false })
  assert.ok(output.includes('   New Answer: NOT RE-ASKED'))
  assert.ok(output.includes('   Results: CHANGED'))
})

test('a search is audited by the frames that it had found', () => {
  const frames = [{ frameId: 4, uri: null, state: 'deleted', hashMatches: true, note: 'deleted since' }]
  const frozenFind = { step: 3, query: 'price', status: 'VERIFIED' as const, frozenFrames: [4], frames, problems: [] }
  assert.deepEqual(lines({ kind: 'find', frozen: frozenFind }).slice(1), [
    '   Query: "price"',
    '   Mode: AUDIT (frozen retrieval)',
    '   Frozen frames: [4]',
    '   Results: VERIFIED (frames frozen)',
    '   Since then: frame 4 deleted since',
  ])
})

test('an ask that had nothing to ask about is not called verified', () => {
  const { context: _context, ...unasked } = frozen
  const output = lines({
    ask: { ...unasked, status: 'NOT CHECKED' },
    status: 'NOT CHECKED',
    note: 'nothing was found, so no model was asked',
  })
  assert.ok(output.includes('   Context: NOT CHECKED (nothing was found, so no model was asked)'))
})

test('a record that is damaged says why', () => {
  const output = lines({ kind: 'unknown', status: 'UNVERIFIABLE', ok: false, note: 'the record is damaged' })
  assert.deepEqual(output, ['✗ Step 3/12 unknown', '   UNVERIFIABLE: the record is damaged'])
})

test('several models that were not asked are named', () => {
  const { overrideModel: _model, newAnswer: _answer, diffStatus: _diff, ...rest } = otherModel
  const changed: AskReplay = { ...rest, overrideModels: ['a:b', 'c:d'], context: 'CHANGED', contextProblems: ['x'], answerStatus: 'NOT RE-ASKED' }
  const output = lines({ ask: changed, status: 'CHANGED', ok: false })
  assert.deepEqual(output.slice(-2), ['   Override Models: a:b, c:d', '   New Answers: NOT RE-ASKED'])
})

test('a skipped step is marked apart', () => {
  assert.deepEqual(lines({ status: 'SKIPPED' }), ['- Step 3/12 ask', '   SKIPPED'])
})

test('details show the words that differ and what both answers cost', () => {
  const wordDiff = [
    { value: 'The price was ' },
    { value: '$2 billion', change: 'removed' as const },
    { value: '$2B', change: 'added' as const },
  ]
  const original = {
    usage: { inputTokens: 10, outputTokens: 2 },
    cost: { usd: '0.0004782', priceTable: null, priceDate: null },
    latencyMs: 12.4,
    grounding: null,
    cached: false,
  }
  const output = lines({ ask: { ...otherModel, wordDiff, original } }, { verbose: true })
  assert.ok(output.includes('   Words: The price was [-$2 billion-]{+$2B+}'))
  assert.ok(output.includes('   Original: 10 + 2 tokens, cost $0.000478, 12 ms, grounding not scored'))
})
