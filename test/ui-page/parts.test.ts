/** The page's parts that draw nothing: routes, formats, layout, lists. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SessionRow, Timeline } from '../../src/ui/api.js'
import { byModel, histogram, series } from '../../src/ui/page/chart-data.js'
import { bytes, duration, NOT_CAPTURED, usd } from '../../src/ui/page/format.js'
import { cutBySentences, labelOf } from '../../src/ui/page/grounding.js'
import { parseRoute, readLaunch, routeLink, type Route } from '../../src/ui/page/route.js'
import { sortRows } from '../../src/ui/page/session-list.js'
import { layOut, stepTo, visibleRows } from '../../src/ui/page/timeline-layout.js'
import { packageRoot } from '../e2e/support/cli.js'

test('the page is well typed', () => {
  const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(packageRoot, 'src/ui/page/tsconfig.json')], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

test('each view has an address that leads back to it', () => {
  const routes: Route[] = [
    { view: 'sessions' },
    { view: 'session', session: 'a/b ?#ü', action: null },
    { view: 'session', session: '0198', action: 7 },
    { view: 'compare', sessions: ['a', 'b/c'] },
    { view: 'answers', asks: [{ session: 'a/1', action: 0 }, { session: 'b', action: 12 }] },
    { view: 'file' },
    { view: 'documents', asOf: null },
    { view: 'documents', asOf: 3 },
    { view: 'frame', frame: 0, asOf: 12 },
  ]
  for (const route of routes) assert.deepEqual(parseRoute(routeLink(route)), route)
  for (const odd of ['', '#', '#/nowhere', '#/compare/one', '#/answers/a/1', '#/answers/a/1/b/x', '#/frames/x', '#/frames/-1', '#%E0%A4%A']) assert.deepEqual(parseRoute(odd), { view: 'sessions' }, odd)
})

test('a launch address gives the token and where to begin', () => {
  const token = 'ab'.repeat(32)
  assert.deepEqual(readLaunch(`#token=${token}`), { token, route: { view: 'sessions' } })
  assert.deepEqual(readLaunch(`#token=${token}&session=s%201&action=4`), { token, route: { view: 'session', session: 's 1', action: 4 } })
  for (const odd of ['', '#/sessions', '#token=', '#token=short', '#token=abcdef', `#token=${token}0`]) assert.equal(readLaunch(odd), null, odd)
})

test('what was not captured is never shown as zero', () => {
  assert.equal(duration(null), NOT_CAPTURED)
  assert.equal(usd(null), 'unknown')
  assert.deepEqual(series([null, null]), { bars: [{ action: 0, value: 0 }, { action: 1, value: 0 }], most: 0, captured: 0 })
  assert.deepEqual(histogram([null, 0, 0.39, 1, 0.95]), [1, 0, 0, 1, 0, 0, 0, 0, 0, 2])
})

test('numbers keep their unit and their digits', () => {
  assert.deepEqual([0.25, 4.2, 431, 1_500, 61_000, 3_720_000].map(duration), ['0.25 ms', '4.2 ms', '431 ms', '1.5 s', '1 min 1 s', '1 h 2 min'])
  assert.deepEqual([999, 1_000, 12_345_678].map(bytes), ['999 B', '1.0 kB', '12.3 MB'])
  assert.deepEqual(['0', '0.00860376', '1.500000', '0.10'].map(usd), ['$0', '$0.00860376', '$1.50', '$0.10'])
})

test('an answer is cut at its scored sentences, and all of it is kept', () => {
  const answer = 'One. Two, three.'
  const parts = cutBySentences(answer, [{ start: 0, end: 4 }, { start: 5, end: 9 }, { start: 7, end: 9 }, { start: 10, end: 99 }])
  assert.deepEqual(parts.map(({ text, sentence }) => [text, sentence !== null]), [['One.', true], [' ', false], ['Two,', true], [' three.', false]])
  assert.equal(parts.map(({ text }) => text).join(''), answer)
  assert.deepEqual([0.7, 0.69, 0.4, 0.39, null].map(labelOf), ['HIGH', 'MEDIUM', 'MEDIUM', 'LOW', null])
})

test('sessions are searched by every word, and sorted with what is not captured last', () => {
  const row = (name: string, lowestGrounding: number | null) =>
    ({ name, sessionId: name, status: 'ended', models: ['openai:gpt-4o'], lowestGrounding, totals: { costUsd: '0' } }) as unknown as SessionRow
  const rows = [row('a', 0.5), row('b', null), row('c', 0.1)]
  assert.deepEqual(sortRows(rows, '', 'lowestGrounding', false).map(({ name }) => name), ['c', 'a', 'b'])
  assert.deepEqual(sortRows(rows, '', 'lowestGrounding', true).map(({ name }) => name), ['a', 'c', 'b'])
  assert.deepEqual(sortRows(rows, 'GPT c', 'name', false).map(({ name }) => name), ['c'])
})

function timeline(columns: Partial<Timeline>): Timeline {
  return { actionCount: 0, startMs: [], timeMs: [], durationMs: [], latencyMs: [], timeToFirstTokenMs: [], ...columns } as Timeline
}

test('bars lie where the actions lie in time', () => {
  const layout = layOut(
    timeline({ actionCount: 2, startMs: [100, 150], timeMs: [120, 300], durationMs: [20, 150], latencyMs: [null, 100], timeToFirstTokenMs: [null, 40] }),
  )
  assert.equal(layout.spanMs, 200)
  assert.deepEqual([...layout.start], [0, 0.25])
  assert.deepEqual([...layout.end], [0.1, 1])
  assert.deepEqual([...layout.firstToken], [NaN, 0.7])
  assert.equal(layOut(timeline({})).spanMs, 1)
})

test('keys lead to actions that exist', () => {
  assert.deepEqual(['ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp'].map((key) => stepTo(key, 4, 6)), [3, 5, 0, 5, 0])
  assert.deepEqual([stepTo('ArrowRight', 5, 6), stepTo('ArrowLeft', 0, 6), stepTo('a', 0, 6), stepTo('End', 0, 0)], [5, 0, null, null])
  assert.deepEqual([visibleRows(100, 0, 10), visibleRows(100, 50, 10), visibleRows(100, 99, 10), visibleRows(3, 1, 10)], [
    { first: 0, end: 10 },
    { first: 45, end: 55 },
    { first: 90, end: 100 },
    { first: 0, end: 3 },
  ])
})

test('costs are summed by model, the unknown ones counted apart', () => {
  const columns = { model: ['a', null, 'a', 'b'], costUsd: ['0.5', null, null, '1'], inputTokens: [1, null, 2, null], outputTokens: [3, null, 4, null] }
  assert.deepEqual(byModel(timeline(columns)), [
    { model: 'b', asks: 1, inputTokens: 0, outputTokens: 0, costUsd: 1, unknownCosts: 0 },
    { model: 'a', asks: 2, inputTokens: 3, outputTokens: 7, costUsd: 0.5, unknownCosts: 1 },
  ])
})
