import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { anotherHandle, fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn, type StandIn } from '../support/stand-in/index.js'

const QUESTION = 'What is the revenue?'

async function standIn(t: TestContext, reply = {}): Promise<StandIn> {
  const whole = { text: 'It is $5 [1].', usage: { input: 2500, output: 75 }, ...reply }
  const server = await startStandIn({ provider: 'openai', reply: () => whole })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  return server
}

test('a repeated question is answered from the file, by another handle too, and recorded as a hit', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.' })
  const first = await mem.ask(QUESTION, { model: 'openai' })
  assert.deepEqual([first.cached, first.usage.costUsd, first.savedUsd], [false, 0.00042, undefined])
  const other = await anotherHandle(t, mem)
  await other.sessionStart('s')
  const pieces: string[] = []
  const second = await other.ask(QUESTION, { model: 'openai', onToken: (text) => pieces.push(text) })
  assert.deepEqual([second.cached, second.answer, second.savedUsd], [true, first.answer, 0.00042])
  assert.deepEqual(second.usage, { inputTokens: 0, outputTokens: 0, totalTokens: 0, costUsd: 0 })
  assert.equal(second.grounding.score, first.grounding.score)
  assert.equal(pieces.join(''), first.answer)
  assert.equal(server.requests.length, 1)
  const { totals } = await other.sessionEnd()
  assert.deepEqual([totals.cachedAnswers, totals.savedUsd, totals.costUsd], [1, '0.00042', '0'])
  const record = (await other.sessionView('s')).actions[0]!.record as any
  assert.deepEqual([record.cached, record.cache.cost.usd, record.cache.usage.inputTokens], [true, '0.00042', 2500])
  assert.equal((await other.sessionReplay('s', { audit: true })).askResults[0]!.context, 'VERIFIED')
})

test('another question, model, parameter or content is asked anew, and so is everything with noCache', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.', uri: 'mv2://r' })
  const asked = async (expected: number, question: string, options: object) => {
    await mem.ask(question, { model: 'openai', ...options })
    assert.equal(server.requests.length, expected)
  }
  await asked(1, QUESTION, {})
  await asked(1, QUESTION, {})
  await asked(2, 'What was the revenue?', {})
  await asked(3, QUESTION, { model: 'openai:gpt-4o' })
  await asked(4, QUESTION, { temperature: 0 })
  await asked(5, QUESTION, { noCache: true })
  await asked(5, QUESTION, {})
  await mem.update('mv2://r', { text: 'The revenue is $6.' })
  await asked(6, QUESTION, {})
})

test('what is cut, filtered, refused or failed is never cached', async (t) => {
  for (const finish of ['length', 'filtered', 'refusal'] as const) {
    const server = await standIn(t, { finish })
    const mem = await newMemory(t)
    await mem.put({ text: 'The revenue is $5.' })
    for (const count of [1, 2]) {
      const { cached, finish: how } = await mem.ask(QUESTION, { model: 'openai' })
      assert.deepEqual([cached, how, server.requests.length], [false, finish, count])
    }
  }
})

test('an empty memory answers that it holds nothing, and pays nobody', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.sessionStart('s')
  for (const model of ['openai', 'local']) {
    const result = await mem.ask(QUESTION, { model })
    assert.match(result.answer, /not found/i)
    assert.deepEqual([result.finish, result.usage.costUsd, result.frames, result.grounding.abstained], ['not-asked', 0, [], true])
  }
  assert.equal(server.requests.length, 0)
  const { steps } = await mem.sessionReplay('s', { audit: true })
  assert.deepEqual(steps.map((step) => step.status), ['NOT CHECKED', 'NOT CHECKED'])
})

test('Chinese questions and answers go through whole', async (t) => {
  const answer = '收购价格为二十亿美元。'.repeat(400)
  await standIn(t, { text: answer })
  const mem = await newMemory(t)
  await mem.put({ text: '收购价格为二十亿美元。', title: '公告' })
  await mem.sessionStart('审计')
  const result = await mem.ask('收购价格是多少？', { model: 'openai' })
  assert.equal(result.answer, answer)
  assert.equal((await mem.sessionReplay('审计', { audit: true })).askResults[0]!.originalAnswer, answer)
})

test('bad questions and settings are refused before anything is asked', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.' })
  await assert.rejects(mem.ask('  '), fails('InvalidInput', /question is empty/))
  await assert.rejects(mem.ask(QUESTION, { useModel: 'openai' } as never), fails('InvalidInput', /no option "useModel"/))
  await assert.rejects(mem.ask(QUESTION, { temperature: 7 }), fails('InvalidInput', /temperature/))
  await assert.rejects(mem.ask(QUESTION, { model: 'openai', maxContextTokens: 1 }), fails('InvalidInput', /no room/))
  await assert.rejects(mem.ask(QUESTION, { model: 'openai', prices: '/nowhere/prices.json' }), fails('NotFound'))
  await assert.rejects(mem.ask(QUESTION, { model: 'openai', signal: AbortSignal.abort() }), fails('Aborted'))
  assert.equal(server.requests.length, 0)
})
