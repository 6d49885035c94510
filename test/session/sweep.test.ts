import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory, SweepRow } from '../../src/index.js'
import { readSweep, combinations } from '../../src/session/miss/sweep-settings.js'
import { fails, newMemory } from '../memory/support.js'

const DOCUMENTS = Array.from({ length: 40 }, (_, n) => ({
  text: `kestrel ${'and other birds of the moor '.repeat((n % 20) + 1)} ${n}`,
  uri: `mv2://k/${n}`,
}))

async function session(t: TestContext): Promise<Memory> {
  const mem = await newMemory(t)
  await mem.putMany(DOCUMENTS)
  await mem.sessionStart('s')
  await mem.find('kestrel', { k: 8 })
  await mem.ask('kestrel', { k: 8, maxContextTokens: 120 })
  await mem.sessionEnd()
  return mem
}

async function rows(mem: Memory, sweep: string, expect = 'mv2://k/30'): Promise<{ find: SweepRow[]; ask: SweepRow[] }> {
  const { findResults, askResults } = await mem.sessionReplay('s', { expect, sweep })
  return { find: findResults[0]!.sweep!, ask: askResults[0]!.find!.sweep! }
}

test('each row says what a search with these very settings gives', async (t) => {
  const mem = await session(t)
  for (const sweep of ['top-k=4..64', 'mode,adaptive', 'alpha=0..1:0.25,fusion', 'threshold=0.3..0.9:0.3']) {
    const { find } = await rows(mem, sweep)
    assert.ok(find.length >= 3)
    for (const row of find) {
      const { topK, ...settings } = row.settings as { topK?: number; adaptive?: boolean }
      const result = await mem.find('kestrel', { k: settings.adaptive ? 50 : (topK ?? 8), ...settings })
      const hit = result.hits.find(({ uri }) => uri === 'mv2://k/30')
      assert.deepEqual([row.found, row.results], [hit !== undefined, result.hits.length], JSON.stringify(row))
      if (hit) assert.deepEqual([row.rank, row.score], [hit.rank, hit.score])
    }
  }
})

test('the context tokens of a row are those of the prompt over its results, within the budget', async (t) => {
  const mem = await session(t)
  const { find, ask } = await rows(mem, 'top-k=4/32,max-context-tokens=120/5000')
  assert.deepEqual(ask.map(({ settings }) => settings), [
    { topK: 4, maxContextTokens: 120 },
    { topK: 4, maxContextTokens: 5000 },
    { topK: 32, maxContextTokens: 120 },
    { topK: 32, maxContextTokens: 5000 },
  ])
  assert.ok(ask[2]!.contextTokens <= 120 && ask[3]!.contextTokens > 120)
  assert.deepEqual([ask[2]!.found, ask[2]!.inPrompt, ask[3]!.found, ask[3]!.inPrompt], [true, false, true, true])
  // A find has no budget of its own.
  assert.deepEqual([find[3]!.contextTokens, (await rows(mem, 'top-k=32')).find[0]!.contextTokens], [find[3]!.contextTokens, find[3]!.contextTokens])
  const whole = await mem.ask('kestrel', { k: 32, maxContextTokens: ask[3]!.contextTokens })
  const short = await mem.ask('kestrel', { k: 32, maxContextTokens: ask[3]!.contextTokens - 1 })
  assert.deepEqual([whole.frames.length, short.frames.length < 32], [32, true])
})

test('settings that the file can not be searched with are rows with an error', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(DOCUMENTS)
  await mem.sessionStart('s')
  await mem.find('kestrel')
  await mem.sessionEnd()
  const { findResults } = await mem.sessionReplay('s', { expect: 1, sweep: 'mode' })
  assert.deepEqual(findResults[0]!.sweep!.map(({ error }) => error?.code), [undefined, undefined, 'VectorMismatch'])
})

test('a sweep is read from a text or from lists', () => {
  const values = (sweep: unknown) => Object.fromEntries(readSweep(sweep).map(({ name, values }) => [name, values]))
  assert.deepEqual(values('top-k=4..64'), { topK: [4, 8, 16, 32, 64] })
  assert.deepEqual(values('top-k=5..30'), { topK: [5, 10, 20, 30] })
  assert.deepEqual(values('top-k=4..12:4, mode=lex/vec'), { topK: [4, 8, 12], mode: ['lex', 'vec'] })
  assert.deepEqual(values('top-k=3/5..6:1/9'), { topK: [3, 5, 6, 9] })
  assert.deepEqual(values('alpha=0..0.3:0.1'), { alpha: [0, 0.1, 0.2, 0.3] })
  assert.deepEqual(values('threshold=0.5/0.7'), { adaptive: [{ threshold: 0.5 }, { threshold: 0.7 }] })
  assert.deepEqual(values('adaptive=off/knee'), { adaptive: [false, { rule: 'knee' }] })
  assert.deepEqual(values('mode,fusion'), { mode: ['hybrid', 'lex', 'vec'], fusion: ['auto', 'relative', 'rrf'] })
  assert.deepEqual(values({ topK: [7], adaptive: [true] }), { topK: [7], adaptive: [true] })
  assert.deepEqual(combinations(readSweep('top-k=1/2,mode=lex/vec')), [
    { topK: 1, mode: 'lex' },
    { topK: 1, mode: 'vec' },
    { topK: 2, mode: 'lex' },
    { topK: 2, mode: 'vec' },
  ])
})

test('a sweep that can not be meant is refused, and so is one without an expected document', async (t) => {
  const refused: [unknown, RegExp][] = [
    ['', /no setting ""/],
    ['topk=4', /no setting "topk"/],
    ['top-k=', /takes values such as/],
    ['top-k=64..4', /takes values such as/],
    ['top-k=4..8:0', /takes values such as/],
    ['top-k=0..8', /takes values such as/],
    ['top-k=0', /topK is a whole number/],
    ['top-k=1.5', /topK is a whole number/],
    ['alpha=2', /alpha is a number/],
    ['alpha=0..1', /takes values such as/],
    ['mode=words', /mode is one of/],
    ['adaptive=steep', /adaptive is one of off, relative/],
    ['adaptive,threshold', /sets what was set already/],
    ['top-k=1..100:1,alpha=0..1:0.01', /10100 combinations/],
    [{ topK: [] }, /topK is a list of values/],
    [{ topK: 4 }, /topK is a list of values/],
    [{}, /names no setting/],
    [{ k: [4] }, /no option "k"/],
    [5, /options are an object/],
  ]
  for (const [sweep, message] of refused) assert.throws(() => readSweep(sweep), fails('InvalidInput', message), JSON.stringify(sweep))
  const mem = await session(t)
  await assert.rejects(mem.sessionReplay('s', { sweep: 'mode' }), fails('InvalidInput', /sweep needs expect/))
  await assert.rejects(mem.sessionReplay('s', { expect: -1 }), fails('InvalidInput', /expect is/))
  await assert.rejects(mem.sessionReplay('s', { expect: ' ' }), fails('InvalidInput', /expect is/))
  for (const options of [{ expect: 1 }, { filters: false }, { alpha: 0 }, { fusion: 'rrf' as const }, { maxContextTokens: 9 }]) {
    await assert.rejects(mem.sessionReplay('s', { audit: true, ...options }), fails('InvalidInput', /an audit does not search/))
  }
})
