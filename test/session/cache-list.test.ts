/** The cache of a file as people see it: listed, cleared, aged and refreshed; and what was paid and saved. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { anotherHandle, fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn, type StandIn, type StandInReply } from '../support/stand-in/index.js'

const QUESTION = 'What is the revenue?'
const REPLY: StandInReply = { text: 'It is $5 [1].', usage: { input: 2500, output: 75, cacheRead: 1000, reasoning: 5 } }

async function standIn(t: TestContext, reply = REPLY): Promise<StandIn> {
  const server = await startStandIn({ provider: 'openai', reply: () => reply })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  return server
}

test('the list has each answer once with its question, and clearing removes them for every handle', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  const other = await anotherHandle(t, mem)
  await mem.put({ text: 'The revenue is $5.' })
  assert.deepEqual(await mem.cacheList(), { entries: [], damaged: 0 })
  assert.deepEqual(await mem.cacheClear(), { cleared: 0, commit: null })
  const before = Date.now()
  for (const question of [QUESTION, 'What was the revenue?', QUESTION]) await mem.ask(question, { model: 'openai' })
  await mem.ask(QUESTION, { model: 'openai', refresh: true })
  const { entries } = await other.cacheList()
  assert.deepEqual(entries.map((entry) => entry.question), ['What was the revenue?', QUESTION])
  const [, entry] = entries
  assert.ok(entry && entry.timeMs >= before && /^[0-9a-f]{64}$/.test(entry.key))
  assert.deepEqual([entry.answer, entry.model, entry.cost.usd, entry.usage?.cacheReadTokens], ['It is $5 [1].', 'openai:gpt-4o-mini', '0.000345', 1000])
  const { cleared, commit } = await other.cacheClear()
  assert.equal(cleared, 2)
  assert.ok(commit! > 0)
  assert.deepEqual((await mem.cacheList()).entries, [])
  const asked = server.requests.length
  assert.equal((await mem.ask(QUESTION, { model: 'openai' })).cached, false)
  assert.equal((await mem.ask(QUESTION, { model: 'openai' })).cached, true)
  assert.equal(server.requests.length, asked + 1)
  assert.equal((await mem.verify({ deep: true })).ok, true)
})

test('refresh asks again and caches what came; an answer older than the time to live is none', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.' })
  const ask = async (options = {}) => {
    const { cached, answer } = await mem.ask(QUESTION, { model: 'openai', ...options })
    return [cached, answer, server.requests.length]
  }
  assert.deepEqual(await ask(), [false, 'It is $5 [1].', 1])
  server.setReply(() => ({ ...REPLY, text: 'It is $6 [1].' }))
  assert.deepEqual(await ask(), [true, 'It is $5 [1].', 1])
  assert.deepEqual(await ask({ refresh: true }), [false, 'It is $6 [1].', 2])
  assert.deepEqual(await ask({ cacheTtlMs: 3_600_000 }), [true, 'It is $6 [1].', 2])
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(await ask({ cacheTtlMs: 1 }), [false, 'It is $6 [1].', 3])
  await assert.rejects(mem.ask(QUESTION, { refresh: true, noCache: true }), fails('InvalidInput', /exclude each other/))
})

test('an answer to a prompt that the server cut is not cached', async (t) => {
  const server = await startStandIn({ provider: 'ollama', reply: () => ({ text: 'It is $5.', usage: { input: 20, output: 5 } }) })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  const mem = await newMemory(t)
  await mem.put({ text: `The revenue is $5. ${'Many more words about revenue. '.repeat(40)}` })
  for (const count of [1, 2]) {
    const { cached, warnings } = await mem.ask(QUESTION, { model: 'ollama' })
    assert.match(warnings.join(), /Ollama read 20 tokens/)
    assert.deepEqual([cached, server.requests.length], [false, count])
  }
})

test('costs are summed by model and day, with each kind of token and what the cache saved', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.' })
  assert.equal((await mem.cost()).totals.asks, 0)
  await mem.sessionStart('first')
  await mem.ask(QUESTION, { model: 'openai' })
  await mem.ask(QUESTION, { model: 'openai' })
  await mem.ask(QUESTION, { model: 'openai:gpt-99' })
  await mem.ask(QUESTION)
  server.setReply(() => ({ status: 401 }))
  await assert.rejects(mem.ask('Another?', { model: 'openai' }))
  await mem.sessionEnd()
  await mem.ask('Not recorded?', { model: 'local' })
  await mem.sessionStart('second')
  await mem.ask(QUESTION, { model: 'openai' })
  const report = await mem.cost()
  const day = new Date().toISOString().slice(0, 10)
  assert.equal(report.sessions, 2)
  assert.deepEqual(report.models.map(({ model, asks, cachedAnswers, costUsd, savedUsd, unknownCosts }) => [model, asks, cachedAnswers, costUsd, savedUsd, unknownCosts]), [
    ['local:extractive', 1, 0, '0', '0', 0],
    ['openai:gpt-4o-mini', 3, 2, '0.000345', '0.00069', 0],
    ['openai:gpt-99', 1, 0, '0', '0', 1],
  ])
  assert.deepEqual(report.days.map(({ day: of, asks, costUsd }) => [of, asks, costUsd]), [[day, 5, '0.000345']])
  const { inputTokens, uncachedInputTokens, cacheReadTokens, outputTokens, reasoningTokens, totalTokens } = report.totals
  assert.deepEqual([inputTokens, uncachedInputTokens, cacheReadTokens, outputTokens, reasoningTokens, totalTokens], [5000, 3000, 2000, 150, 10, 5150])
  const second = await mem.cost({ session: 'second' })
  assert.deepEqual([second.sessions, second.totals.asks, second.totals.costUsd, second.totals.savedUsd], [1, 1, '0', '0.000345'])
  await assert.rejects(mem.cost({ session: 'third' }), fails('SessionNotFound'))
})

test('what broke off after its first words was paid for, and how much is not known', async (t) => {
  const server = await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.' })
  await mem.sessionStart('s')
  server.setReply(() => ({ text: 'It is five dollars [1].', pieceDelayMs: 20 }))
  const controller = new AbortController()
  await assert.rejects(mem.ask(QUESTION, { model: 'openai', signal: controller.signal, onToken: () => controller.abort() }), fails('Aborted'))
  server.setReply(() => ({ text: 'It is five dollars [1].', cutAfter: 8 }))
  assert.equal((await mem.ask(QUESTION, { model: 'openai', onToken: () => undefined })).finish, 'partial')
  const { totals } = await mem.cost()
  assert.deepEqual([totals.asks, totals.unknownCosts, totals.costUsd], [2, 2, '0'])
  assert.deepEqual((await mem.cacheList()).entries, [])
})

test('what a saved replay asked models for was paid, too', async (t) => {
  await standIn(t)
  const mem = await newMemory(t)
  await mem.put({ text: 'The revenue is $5.' })
  await mem.sessionStart('s')
  await mem.ask(QUESTION)
  await mem.sessionEnd()
  await mem.sessionReplay('s', { audit: true, useModel: 'openai:gpt-4o' })
  assert.deepEqual((await mem.cost()).totals.replayedAnswers, 0, 'a replay that is not saved leaves no trace')
  await mem.sessionReplay('s', { audit: true, useModel: 'openai:gpt-4o', save: true })
  const { totals, models } = await mem.cost({ session: 's' })
  assert.deepEqual([totals.asks, totals.replayedAnswers, totals.costUsd], [1, 1, '0.00575'])
  assert.deepEqual(models.map(({ model, costUsd }) => [model, costUsd]), [['local:extractive', '0'], ['openai:gpt-4o', '0.00575']])
})
