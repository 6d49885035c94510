/** Replays that must send nothing: answered from the record and the cache, or refused. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { judgeReplay, type Memory } from '../../src/index.js'
import { fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn, type StandIn } from '../support/stand-in/index.js'

const QUESTION = 'What was the acquisition valued at?'
const ANSWER = 'The acquisition was valued at $2 billion [1].'

/** A session with one ask of openai, an answer of claude in the cache, and then no key, while both servers count requests. */
async function recorded(t: TestContext): Promise<{ mem: Memory; requests: () => number }> {
  const openai = await startStandIn({ provider: 'openai', reply: () => ANSWER })
  const claude = await startStandIn({ provider: 'claude', reply: () => 'It was $2 billion.' })
  for (const server of [openai, claude]) t.after(() => server.close())
  setEnvironment(t, { ...openai.env, ...claude.env })
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.', uri: 'mv2://deal' })
  await mem.sessionStart('s')
  await mem.ask(QUESTION, { model: 'openai:gpt-4o-mini', temperature: 0.5 })
  await mem.sessionEnd()
  await mem.ask(QUESTION, { model: 'claude:claude-4-sonnet' })
  setEnvironment(t, { OPENAI_API_KEY: '', ANTHROPIC_API_KEY: '' })
  const sent = ({ requests }: StandIn): number => requests.length
  assert.deepEqual([sent(openai), sent(claude)], [1, 1])
  return { mem, requests: () => sent(openai) + sent(claude) }
}

test('the recorded model is answered from the record, another one from the cache, without a key', async (t) => {
  const { mem, requests } = await recorded(t)
  for (const audit of [true, false]) {
    const replay = await mem.sessionReplay('s', { audit, offline: true, useModel: ['openai:gpt-4o-mini', 'claude:claude-4-sonnet'] })
    const [own, other] = replay.askResults[0]!.answers!
    assert.deepEqual([own!.answer, own!.answerStatus, own!.measures!.from], [ANSWER, 'IDENTICAL', 'record'])
    assert.deepEqual([other!.answer, other!.answerStatus, other!.measures!.from], ['It was $2 billion.', 'CHANGED', 'cache'])
    assert.deepEqual([other!.measures!.cached, other!.measures!.cost.usd, other!.measures!.usage!.inputTokens], [true, '0', 0])
    assert.equal(replay.ok, true)
  }
  assert.equal(requests(), 2)
  await assert.rejects(mem.sessionReplay('s', { audit: true, useModel: 'openai:gpt-4o-mini' }), fails('MissingKey'))
})

test('what the file does not hold is refused with Offline, and nothing is sent', async (t) => {
  const { mem, requests } = await recorded(t)
  const refused = async (options: object) => {
    const replay = await mem.sessionReplay('s', { audit: true, offline: true, ...options })
    assert.deepEqual([replay.askResults[0]!.newError?.code, replay.ok], ['Offline', false])
    assert.equal(judgeReplay(replay, 'none').outcome, 'failed')
  }
  await refused({ useModel: 'gemini' })
  await refused({ useModel: 'openai:gpt-4o' })
  await refused({ useModel: 'openai:gpt-4o-mini', temperature: 0.7 })
  assert.equal((await mem.sessionReplay('s', { audit: true, offline: true, useModel: 'openai:gpt-4o-mini', temperature: 0.5 })).ok, true)
  assert.equal(requests(), 2)
  await assert.rejects(mem.sessionReplay('s', { offline: true, dryRun: true }), fails('InvalidInput', /dryRun/))
})

test('neither the address nor the key of a server is needed', async (t) => {
  const server = await startStandIn({ provider: 'openai-compatible', reply: () => ANSWER })
  t.after(() => server.close())
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.' })
  await mem.sessionStart('s')
  await mem.ask(QUESTION, { model: 'openai-compatible:small', baseUrl: server.baseUrl })
  await mem.sessionEnd()
  const replay = await mem.sessionReplay('s', { audit: true, offline: true, useModel: 'openai-compatible:small' })
  assert.deepEqual([replay.askResults[0]!.answerStatus, server.requests.length], ['IDENTICAL', 1])
  await assert.rejects(mem.sessionReplay('s', { audit: true, useModel: 'openai-compatible:small' }), fails('InvalidInput'))
  setEnvironment(t, { ANTHROPIC_API_KEY: '' })
  const estimate = (await mem.sessionReplay('s', { audit: true, dryRun: true, useModel: 'claude:claude-4-sonnet' })).estimate!
  assert.deepEqual([estimate.calls, estimate.unknownCosts], [1, 0])
})

test('a recorded answer to another context is no answer to this one', async (t) => {
  const { mem, requests } = await recorded(t)
  await mem.update('mv2://deal', { text: 'The acquisition was valued at $3 billion.' })
  const debug = await mem.sessionReplay('s', { offline: true, useModel: 'openai:gpt-4o-mini' })
  assert.equal(debug.askResults[0]!.newError?.code, 'Offline')
  const audit = await mem.sessionReplay('s', { audit: true, offline: true, useModel: 'openai:gpt-4o-mini' })
  assert.equal(audit.askResults[0]!.answerStatus, 'IDENTICAL')
  assert.equal(requests(), 2)
})
