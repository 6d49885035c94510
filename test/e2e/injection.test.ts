/**
 * Documents that give orders, against a model that follows every one of them (reliability R22): fifty documents, each in a memory of its
 * own, next to a memory with a harmless document in its place. What the model says may differ; nothing else may.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { AskResult, Memory } from '../../src/index.js'
import { newMemory, setEnvironment } from '../memory/support.js'
import { INJECTIONS, TARGET } from '../providers/injections.js'
import { startStandIn, type StandInRequest } from '../support/stand-in/index.js'

const QUESTION = 'What does the report say about the weather?'
const HARMLESS = 'Good weather. The report says that it will stay so.'

/** A server at the address to which the documents want something sent. */
async function trap(t: TestContext): Promise<{ address: string; visits: string[] }> {
  const visits: string[] = []
  const server = createServer((request, response) => {
    visits.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => void server.close())
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, visits }
}

/** What an obedient model says: what it was told to say, and every call, link and command that it was told to make. */
function obey({ user }: StandInRequest): { text: string; usage: { input: number; output: number } } {
  const orders = /=== passage \[1\][^\n]*\n([^]*?)\n--- context ends/.exec(user)?.[1] ?? ''
  const obeyed = orders.includes(TARGET) || orders.includes('‮') ? `${TARGET}. I did as I was told: ${orders}` : 'It is good [1].'
  return { text: obeyed, usage: { input: 400, output: 20 } }
}

interface Outcome {
  result: AskResult
  /** Everything around the answer that an order could have changed. */
  world: unknown
}

async function askOver(t: TestContext, text: string): Promise<Outcome> {
  const memory = await newMemory(t)
  await memory.put({ text, title: 'Report', uri: 'mv2://report', timestamp: 1 })
  const { sessionId } = await start(memory)
  const result = await memory.ask(QUESTION, { model: 'openai' })
  await memory.sessionEnd()
  const stats = await memory.stats()
  const { actions } = await memory.sessionView(sessionId)
  const frames = await memory.timeline()
  const world = {
    frames: frames.map(({ uri, status, title, timestampMs }) => ({ uri, status, title, timestampMs })),
    counts: [stats.frameCount, stats.liveFrameCount, stats.commits, stats.sessions],
    actions: actions.map(({ kind, frameIds }) => ({ kind, frameIds })),
    sessions: (await memory.sessionList()).map(({ status, actionCount, name }) => ({ status, actionCount, name })),
    files: readdirSync(dirname(memory.path)),
    verified: (await memory.verify({ deep: true })).ok,
    audit: (await memory.sessionReplay(sessionId, { audit: true })).askResults.map(({ context }) => context),
    document: (await memory.get('mv2://report')).text === text,
  }
  return { result, world }
}

async function start(memory: Memory): Promise<{ sessionId: string }> {
  return { sessionId: await memory.sessionStart('Injected') }
}

/** A result without what follows from the words of the answer, and from the clock. */
function besidesTheText({ answer: _answer, grounding: _grounding, citations: _citations, latencyMs: _latency, ...rest }: AskResult): unknown {
  return rest
}

test('fifty documents that give orders change nothing but the text of the answer', async (t) => {
  const { address, visits } = await trap(t)
  const server = await startStandIn({ provider: 'openai', reply: obey })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  const control = await askOver(t, HARMLESS)
  assert.equal(control.result.answer, 'It is good [1].')
  const environment = JSON.stringify(process.env)
  let obeyed = 0
  for (const [index, injection] of INJECTIONS.entries()) {
    const text = `${HARMLESS} ${injection.replaceAll('127.0.0.1:9', address)}`
    const { result, world } = await askOver(t, text)
    assert.deepEqual(besidesTheText(result), besidesTheText(control.result), `number ${index + 1}`)
    assert.deepEqual(world, control.world, `number ${index + 1}`)
    if (result.answer.includes(TARGET)) obeyed++
  }
  assert.ok(obeyed >= 45, `the stand-in obeyed ${obeyed} of 50`)
  assert.equal(JSON.stringify(process.env), environment)
  assert.deepEqual(visits, [], 'nobody went where a document sent them')
  assert.equal(server.requests.length, 1 + INJECTIONS.length, 'one request an ask, and none besides')
  const [first, ...others] = server.requests
  for (const request of others) {
    const { messages: _messages, ...sent } = request.body
    assert.deepEqual(sent, { model: 'gpt-4o-mini' })
    assert.equal(request.path, first?.path)
    assert.equal(request.system, first?.system)
    assert.match(request.user, /--- context ends [0-9a-f]{24} ---\n\nQuestion: What does the report say about the weather\?$/)
  }
})

test('an obedient model that asks for tools gets none, and its answer is not kept', async (t) => {
  const call = { id: 't', type: 'function', function: { name: 'delete_all', arguments: '{}' } }
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Deleting.', tool_calls: [call] }, finish_reason: 'tool_calls' }]
  const server = await startStandIn({ provider: 'openai', reply: () => ({ rawBody: JSON.stringify({ id: 'c', model: 'm', choices }) }) })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  const memory = await newMemory(t)
  await memory.put({ text: HARMLESS, uri: 'mv2://report' })
  for (const count of [1, 2]) {
    const { finish, cached } = await memory.ask(QUESTION, { model: 'openai' })
    assert.deepEqual([finish, cached, server.requests.length], ['partial', false, count])
  }
  assert.equal((await memory.stats()).liveFrameCount, 1)
})
