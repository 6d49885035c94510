/** Several models over one recorded context: answers, agreement, money, and what stops a replay. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Big from 'big.js'
import { judgeReplay, type Memory } from '../../src/index.js'
import { fails, newMemory, scratch, setEnvironment } from '../memory/support.js'
import { startStandIn, type StandIn, type StandInOptions, type StandInProvider } from '../support/stand-in/index.js'

const ORIGINAL = 'The acquisition was valued at $2 billion [1].'
const QUESTION = 'What was the acquisition valued at?'

async function standIn(t: TestContext, provider: StandInProvider, reply: StandInOptions['reply']): Promise<StandIn> {
  const server = await startStandIn({ provider, ...(reply && { reply }) })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  return server
}

/** A session with `count` asks that openai:gpt-4o-mini answered. */
async function recorded(t: TestContext, count = 1): Promise<{ mem: Memory; openai: StandIn }> {
  const openai = await standIn(t, 'openai', () => ({ text: ORIGINAL, usage: { input: 1000, output: 10 } }))
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition of Orchard Labs by Northwind was valued at $2 billion in 2024.', uri: 'mv2://deal' })
  await mem.sessionStart('s')
  for (let n = 0; n < count; n++) await mem.ask(`${QUESTION} ${n}`, { model: 'openai:gpt-4o-mini' })
  await mem.sessionEnd()
  return { mem, openai }
}

test('the frozen context goes to each model, and their answers stand side by side', async (t) => {
  const { mem, openai } = await recorded(t)
  const claude = await standIn(t, 'claude', () => ({ text: 'It was $3 billion, Northwind said.', usage: { input: 1100, output: 12 } }))
  const gemini = await standIn(t, 'gemini', () => ({ text: ORIGINAL, usage: { input: 900, output: 11 } }))
  const useModel = ['claude:claude-4-sonnet', 'gemini:gemini-2.5-flash']
  const replay = await mem.sessionReplay('s', { audit: true, useModel, diff: true })
  const context = (server: StandIn, at: number) => server.requests[at]!.user.replace(/[0-9a-f]{16,}/g, '')
  assert.equal(context(claude, 0), context(openai, 0))
  assert.equal(context(gemini, 0), context(openai, 0))
  const [ask] = replay.askResults
  assert.deepEqual([ask!.overrideModels, ask!.overrideModel, ask!.newAnswer], [useModel, undefined, undefined])
  assert.deepEqual(ask!.answers!.map((each) => [each.model, each.answerStatus]), [[useModel[0], 'CHANGED'], [useModel[1], 'IDENTICAL']])
  assert.deepEqual([ask!.answerStatus, ask!.diffStatus], ['CHANGED', 'CHANGED'])
  assert.ok(ask!.answers![0]!.wordDiff!.some((part) => part.change === 'added' && part.value.includes('3')))
  assert.deepEqual(ask!.agreement!.numbers, {
    agreed: 0,
    total: 2,
    items: [{ text: '$2 billion', answers: ['original', useModel[1]] }, { text: '$3 billion', answers: [useModel[0]] }],
  })
  assert.deepEqual(ask!.agreement!.names.items, [{ text: 'Northwind', answers: [useModel[0]] }])
  assert.deepEqual(
    replay.models!.map((each) => [each.model, each.answers, each.identical, each.changed, each.inputTokens, each.outputTokens, each.costUsd]),
    [
      ['original', 1, 0, 0, 1000, 10, '0.000156'],
      [useModel[0], 1, 0, 1, 1100, 12, '0.00348'],
      [useModel[1], 1, 1, 0, 900, 11, '0.0001735'],
    ],
  )
  assert.equal(replay.totals.replayed.costUsd, '0.0036535')
  assert.ok(ask!.answers!.every((each) => each.measures!.grounding!.score !== null && each.measures!.latencyMs > 0))
})

test('one model in a list gives what its name alone gives', async (t) => {
  const { mem } = await recorded(t)
  const shape = async (useModel: string | string[]) => {
    const replay = await mem.sessionReplay('s', { audit: true, useModel, diff: true })
    return JSON.stringify(replay, (key, value: unknown) => (/^(durationMs|latencyMs)$/.test(key) ? 0 : value))
  }
  const single = await shape('openai:gpt-4o')
  assert.equal(await shape(['openai:gpt-4o']), single)
  assert.ok(!/"(answers|models|agreement|overrideModels|stopped|estimate)":/.test(single), single)
  await assert.rejects(mem.sessionReplay('s', { useModel: ['openai', 'openai:gpt-4o-mini'] }), fails('InvalidInput', /twice/))
  const baseUrl = 'http://127.0.0.1:1/v1'
  setEnvironment(t, { ANTHROPIC_API_KEY: 'k' })
  await assert.rejects(mem.sessionReplay('s', { useModel: ['openai', 'claude'], baseUrl }), fails('InvalidInput', /baseUrl/))
})

test('a model that fails takes no answer from the others', async (t) => {
  const { mem } = await recorded(t)
  await standIn(t, 'claude', () => ({ status: 400, errorMessage: 'no' }))
  const replay = await mem.sessionReplay('s', { audit: true, useModel: ['claude', 'openai:gpt-4o'] })
  const [failed, answered] = replay.askResults[0]!.answers!
  assert.deepEqual([failed!.error!.code, failed!.answerStatus, answered!.answerStatus], ['ProviderError', 'NOT RE-ASKED', 'IDENTICAL'])
  assert.deepEqual([replay.ok, replay.steps[0]!.ok, replay.models![1]!.failed], [false, false, 1])
  assert.match(replay.steps[0]!.note!, /^claude:\S+ could not be asked: /)
})

test('a dry run says what the answers would cost, and sends nothing', async (t) => {
  const { mem, openai } = await recorded(t, 3)
  const asked = openai.requests.length
  const prices = join(scratch(t), 'prices.json')
  writeFileSync(prices, JSON.stringify({ date: '2026-11-01', models: { 'openai:*': { input: '2', output: '10' } } }))
  const replay = await mem.sessionReplay('s', { audit: true, useModel: ['openai:gpt-4o', 'openai:no-such-model'], dryRun: true, prices })
  assert.equal(openai.requests.length, asked)
  const costUsd = new Big(3).times(new Big(1000).times(2).plus(new Big(10).times(10))).div(1e6).toFixed()
  const each = { calls: 3, inputTokens: 3000, outputTokens: 30, costUsd, priceTable: `override:${prices}`, priceDate: '2026-11-01' }
  const models = [{ model: 'openai:gpt-4o', ...each }, { model: 'openai:no-such-model', ...each }]
  assert.deepEqual(replay.estimate, { calls: 6, costUsd: '0.0126', unknownCosts: 0, models })
  assert.deepEqual([replay.askResults[0]!.answerStatus, replay.models], ['NOT RE-ASKED', undefined])
  const unknown = await mem.sessionReplay('s', { audit: true, useModel: 'openai:no-such-model', dryRun: true })
  assert.deepEqual([unknown.estimate!.costUsd, unknown.estimate!.unknownCosts, unknown.estimate!.models[0]!.costUsd], ['0', 3, null])
})

test('a limit of cost is never passed, and an unknown price is refused before anything is asked', async (t) => {
  const { mem, openai } = await recorded(t, 6)
  const before = openai.requests.length
  await assert.rejects(mem.sessionReplay('s', { useModel: 'openai:no-such-model', maxCost: 1 }), fails('UnknownPrice', /no-such-model/))
  assert.equal(openai.requests.length, before)
  // One answer costs 1000 × $2.50 + 1024 × $10 a million at most; the server counts all of it.
  openai.setReply(() => ({ text: 'other', usage: { input: 1000, output: 1024 } }))
  const costOfOne = '0.01274'
  for (const concurrency of [1, 4]) {
    const asked = openai.requests.length
    const replay = await mem.sessionReplay('s', { audit: true, useModel: 'openai:gpt-4o', maxCost: '0.05', concurrency })
    assert.equal(replay.stopped!.reason, 'max-cost')
    assert.equal(openai.requests.length - asked, replay.steps.length)
    assert.equal(replay.totals.replayed.costUsd, new Big(costOfOne).times(replay.steps.length).toFixed())
    assert.equal(replay.steps.length, 3, 'a fourth answer could have cost more than was left')
    assert.equal(openai.requests.at(-1)!.body['max_completion_tokens'] ?? openai.requests.at(-1)!.body['max_tokens'], 1024)
  }
  const enough = await mem.sessionReplay('s', { audit: true, useModel: 'openai:gpt-4o', maxCost: 1 })
  assert.deepEqual([enough.steps.length, enough.stopped], [6, undefined])
  for (const maxCost of [-1, Number.NaN, '1e3', 'a dollar', {}] as never[]) {
    await assert.rejects(mem.sessionReplay('s', { maxCost }), fails('InvalidInput', /maxCost/))
  }
})

test('calls run side by side up to the limit, and steps keep their order', async (t) => {
  const { mem, openai } = await recorded(t, 9)
  for (const concurrency of [1, 3, undefined]) {
    let now = 0
    let most = 0
    let served = 0
    openai.setReply(async () => {
      most = Math.max(most, ++now)
      // The first ones take longest, so that order can't come from speed.
      await new Promise((resolve) => setTimeout(resolve, Math.max(5, 40 - 4 * served++)))
      now--
      return ORIGINAL
    })
    const seen: number[] = []
    const replay = await mem.sessionReplay('s', {
      audit: true,
      useModel: 'openai:gpt-4o',
      ...(concurrency === undefined ? {} : { concurrency }),
      onProgress: ({ step }) => seen.push(step),
    })
    assert.equal(most, concurrency ?? 4)
    assert.deepEqual(replay.steps.map((step) => step.step), [1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
})

test('an abort keeps every answer that came before it', async (t) => {
  const { mem } = await recorded(t, 5)
  const controller = new AbortController()
  let served = 0
  await standIn(t, 'claude', async () => {
    if (++served < 2) return 'Two billion dollars.'
    controller.abort()
    await new Promise((resolve) => setTimeout(resolve, 500))
    return 'too late'
  })
  const useModel = ['openai:gpt-4o', 'claude']
  const replay = await mem.sessionReplay('s', { audit: true, useModel, concurrency: 1, signal: controller.signal })
  assert.deepEqual([replay.aborted, replay.stopped!.reason, replay.ok], [true, 'aborted', false])
  assert.deepEqual(
    replay.askResults.map((ask) => ask.answers!.map((each) => each.error?.code ?? each.answerStatus)),
    [['IDENTICAL', 'CHANGED'], ['IDENTICAL', 'Aborted']],
  )
  assert.deepEqual([judgeReplay(replay).outcome, replay.models![2]!.failed], ['incomplete', 0])
  assert.equal((await mem.verify({ deep: true })).ok, true)
})
