import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { escaped, html } from '../../src/cli/report/html.js'
import { reportPage } from '../../src/cli/report/page.js'
import { judgeReplay, type AskReplay, type FindReplay, type ReplayResult, type ReplayStep, type Standing } from '../../src/index.js'

/** Breaks out of element content, attributes, comments, styles and scripts wherever it is not escaped. */
const HOSTILE = `</p></style></title><script>alert(1)</script><img src=x onerror=alert(1)>"'\` onload=x <!-- &lt; \u202e\u0007]]>`

/** Every text of the value replaced by the hostile one, marked with where it stood, so that what is missing can be named. */
function poisoned<T>(value: T, keep: ReadonlySet<string>, path = ''): T {
  if (typeof value === 'string') return `${path}:${HOSTILE}` as T
  if (Array.isArray(value)) return value.map((item, index) => poisoned(item, keep, `${path}.${index}`)) as T
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([name, item]) => [name, keep.has(name) ? item : poisoned(item, keep, `${path}.${name}`)])
  return Object.fromEntries(entries) as T
}

/** Fields with a closed list of values, or with figures. */
const CLOSED = new Set(['status', 'answerStatus', 'diffStatus', 'context', 'verdict', 'label', 'mode', 'kind', 'change', 'cause', 'usd', 'costUsd', 'savedUsd', 'from'])

const grounding = {
  score: 0.5,
  label: 'MEDIUM' as const,
  sentenceCount: 1,
  groundedSentences: 1,
  hasWarning: false,
  sentences: [{ sentence: 'It was $2 billion.', start: 0, end: 18, verdict: 'CONTRADICTED' as const, score: 0.1, reason: 'number' }],
} as unknown as NonNullable<NonNullable<AskReplay['original']>['grounding']>
const cost = { usd: '0.000492', priceTable: 't', priceDate: '2025-12' }
const measures = { usage: { inputTokens: 3112, outputTokens: 42 }, cost, latencyMs: 812, grounding, cached: false }
const standing: Standing = {
  frameId: 9, uri: 'mv2://nine', found: false, reason: 'below-top-k', rank: 12, score: 0.2, text: { score: 1.5, rank: 4 }, vector: null, hasQueryTerm: true,
  threshold: null, filters: [], need: { k: 12 }, note: 'below top-k: rank 12',
}
const change = {
  frameId: 9, uri: 'mv2://nine', oldRank: 12, newRank: 3, oldScore: 0.2, newScore: 0.3, reason: 'below-top-k' as const, note: 'Document existed at rank 12',
  cause: 'settings' as const, why: standing,
}
const find: FindReplay = {
  step: 1, query: 'acquisition price', status: 'CHANGED', mode: 'hybrid', searched: 7, overrides: { k: 24, fusion: 'rrf' }, oldFrames: [1, 2], newFrames: [9, 1],
  oldCut: { kept: 2, rule: 'top-k', threshold: null }, newCut: { kept: 2, rule: 'top-k', threshold: null }, came: [change], went: [{ ...change, frameId: 2 }],
  moved: [{ frameId: 1, oldRank: 1, newRank: 2 }], otherContent: [], otherPassage: [], displacedTop: { frameId: 1, newRank: 2, by: 9 },
  prompt: { oldFrames: [1], newFrames: [9], oldTokens: 10, newTokens: 12, came: [change], went: [] },
  expected: { asked: 'nine', others: 0, recorded: standing, replayed: { ...standing, note: 'other' }, cause: 'settings', note: 'Document existed at rank 12' },
  sweep: [{ settings: { topK: 12 }, found: true, rank: 12, score: 0.2, results: 12, inPrompt: true, contextTokens: 300 }],
  retrieval: 'rank 1: frame 1 was recorded',
}
const check = { frameId: 66, uri: 'mv2://deal', state: 'deleted', hashMatches: true, note: 'deleted since (commit 10)' }
const audited: AskReplay = {
  step: 2, question: 'What was the price?', status: 'CHANGED', originalModel: 'openai:gpt-4o-mini', overrideModel: 'claude:claude-4-sonnet', frozenFrames: [66],
  context: 'CHANGED', contextProblems: ['frame 66: the content has another hash'], frames: [check], supersededSince: [], deletedSince: [66],
  originalAnswer: 'It was valued at $2 billion.', newAnswer: 'It was $2B.', answerStatus: 'CHANGED', diffStatus: 'CHANGED',
  wordDiff: [{ value: 'It was ' }, { value: 'valued at $2 billion', change: 'removed' }, { value: '$2B', change: 'added' }],
  original: measures, replayed: measures,
}
const compared: AskReplay = {
  ...audited,
  step: 3,
  find: { ...find, step: 3 },
  overrideModels: ['a:b', 'c:d'],
  answers: [
    { model: 'a:b', answer: 'It was $2B.', answerStatus: 'IDENTICAL', measures },
    { model: 'c:d', error: { code: 'RateLimited', message: 'too many' }, answerStatus: 'NOT RE-ASKED' },
  ],
  agreement: { numbers: { agreed: 1, total: 1, items: [{ text: '$2B', answers: ['original'] }] }, names: { agreed: 0, total: 0, items: [] } },
}
const totals = { inputTokens: 3112, outputTokens: 42, totalTokens: 3154, costUsd: '0.000492', unknownCosts: 1, savedUsd: '0', cachedAnswers: 0, failures: 1 }

function step(fields: Partial<ReplayStep> & Pick<ReplayStep, 'step' | 'kind' | 'status'>): ReplayStep {
  return { number: fields.step - 1, ok: false, note: `note of ${fields.step}`, durationMs: 1, ...fields }
}

const result: ReplayResult = {
  sessionId: '01a214de-68a8-7322-83b5-9d442c17328a', name: 'Audit 2024-12', mode: 'audit',
  fromCheckpoint: { name: 'before', number: 1, commit: 3, proven: true }, totalActions: 6,
  steps: [
    step({ step: 1, kind: 'find', status: 'CHANGED', find }),
    step({ step: 2, kind: 'ask', status: 'CHANGED', ask: audited }),
    step({ step: 3, kind: 'ask', status: 'CHANGED', ask: compared }),
    step({ step: 4, kind: 'find', status: 'MISSING', frozen: { step: 4, query: 'q4', status: 'MISSING', frozenFrames: [66], frames: [check], problems: ['gone'] } }),
    step({ step: 5, kind: 'put', status: 'SUPERSEDED', ok: true, put: { step: 5, kind: 'put', status: 'SUPERSEDED', frames: [check] } }),
    step({ step: 6, kind: 'tool-call', status: 'FAILED', error: { code: 'Corrupt', message: 'broken' } }),
  ],
  findResults: [], askResults: [], putResults: [], counts: { CHANGED: 3 }, retrieval: 'step 1, rank 1', ok: false, aborted: false,
  totals: { original: totals, replayed: totals }, durationMs: 1,
  models: [{ model: 'original', answers: 1, identical: 0, changed: 0, failed: 0, inputTokens: 1, outputTokens: 1, costUsd: '0', unknownCosts: 0, meanLatencyMs: 5, meanGrounding: 0.5, lowGrounding: 0 }],
  estimate: { calls: 1, costUsd: '0.01', unknownCosts: 0, models: [{ model: 'a:b', calls: 1, inputTokens: 1, outputTokens: 1, costUsd: '0.01', priceTable: 't', priceDate: '2025-12' }] },
  stopped: { reason: 'mismatch', note: 'step 1 differs' },
}

function page(of: ReplayResult): string {
  return [...reportPage(of, judgeReplay(of))].join('')
}

const TAGS = new Set(
  'html head meta title style body header h1 h2 h3 h4 dl dt dd b a p span div pre table thead tbody tr th td article details summary ins del !doctype'.split(' '),
)
const ATTRIBUTES = /^( (lang="en"|charset="utf-8"|http-equiv="Content-Security-Policy"|name="(viewport|referrer)"|content="[^"<>]*"|href="#step-\d+"|id="step-\d+"|class="[a-z]+"|dir="auto"|open|html))*$/

test('a report shows what the replay found', () => {
  const text = page(result)
  for (const part of [
    '<title>Session replay: Audit 2024-12</title>', '<b class="bad">failed</b>', 'Document existed at rank 12', '<del>valued at $2 billion</del><ins>$2B</ins>', 'CONTRADICTED',
    '3112 + 42', '$0.000492', '812 ms', 'deleted since (commit 10)', 'RateLimited', '$2B</td>', 'rank 1: frame 1 was recorded', 'Estimated cost', 'step 1 differs', 'note of 5',
  ]) assert.ok(text.includes(part), part)
  for (const { step } of result.steps) assert.ok(text.includes(`<article id="step-${step}"`))
})

test('no text of a session becomes markup, and every text of it is shown', () => {
  const text = page(poisoned(result, CLOSED))
  const style = /<style>([^]*?)<\/style>/.exec(text)![1]!
  const rest = text.replace(style, '')
  for (const [, , tag = '', attributes = ''] of rest.matchAll(/<(\/?)([^\s>]*)([^>]*)>/g)) {
    assert.ok(TAGS.has(tag.toLowerCase()), `<${tag}>`)
    assert.match(attributes, ATTRIBUTES)
  }
  assert.equal(rest.split('<').length, rest.split('>').length, 'each < opens a tag of ours')
  for (const raw of ['<script', '<img', '<!--', '\u202e', '\u0007', '"\'`']) assert.ok(!rest.includes(raw), raw)
  const safe = escaped(HOSTILE).slice(0, 40)
  for (const path of ['.name', '.steps.0.find.query', '.steps.1.ask.question', '.steps.1.ask.originalAnswer', '.steps.1.ask.wordDiff.2.value', '.steps.1.ask.originalModel',
    '.steps.1.ask.original.grounding.sentences.0.sentence', '.steps.1.ask.frames.0.uri', '.steps.1.ask.contextProblems.0', '.steps.0.find.came.0.note', '.steps.0.find.came.0.uri',
    '.steps.2.ask.answers.1.error.message', '.steps.2.ask.agreement.numbers.items.0.text', '.steps.3.frozen.problems.0', '.steps.5.error.message', '.steps.4.note', '.stopped.note',
    '.fromCheckpoint.name', '.retrieval']) assert.ok(text.includes(`${path}:${safe}`), path)
})

test('a report loads nothing and allows only its own style', () => {
  const text = page(result)
  for (const request of [/https?:/, /\bsrc\s*=/, /url\(/, /@import/, /<link/, /<script/, /\bon[a-z]+=/, /href="[^#]/]) assert.doesNotMatch(text, request)
  const style = /<style>([^]*?)<\/style>/.exec(text)![1]!
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!
  assert.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
  assert.match(style, /prefers-color-scheme:dark/)
  assert.match(style, /@media print/)
})

test('a template escapes all but what it made itself', () => {
  assert.equal(html`<p title="${'"\'<>&'}">${html`<b>${'<'}</b>`}${['<', 1, null, false]}</p>`.text, '<p title="&quot;&#39;&lt;&gt;&amp;"><b>&lt;</b>&lt;1</p>')
})
