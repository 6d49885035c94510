import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createKey, type Memory } from '../../src/index.js'
import { Store } from '../../src/memory/store.js'
import { openNative } from '../../src/native/index.js'
import { encodePayload } from '../../src/session/codec.js'
import { newSessionId } from '../../src/session/id.js'
import { packageRoot } from '../e2e/support/cli.js'
import { anotherHandle, fails, newMemory, scratch, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

const QUESTION = 'What was the acquisition valued at, says Zebulon?'

/** A session of a find, two asks of one question (the second from the cache), a tool call and a put; signed and anchored. */
async function recorded(t: TestContext) {
  const standIn = await startStandIn({ provider: 'openai' })
  t.after(() => standIn.close())
  setEnvironment(t, standIn.env)
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.', title: 'Deal' })
  await mem.sessionStart('s')
  await mem.find('acquisition Zebulon')
  const { answer } = await mem.ask(QUESTION, { model: 'openai' })
  assert.equal((await mem.ask(QUESTION, { model: 'openai' })).cached, true)
  await mem.record({ name: 'lookup', input: { who: 'Zebulon' }, output: { born: 1901 } })
  await mem.put({ text: 'A note.', title: 'Visitors' })
  await mem.sessionEnd()
  const key = join(scratch(t), 'key.pem')
  const { publicKey } = createKey('auditor', key)
  await mem.sessionSign('s', { key })
  const { line } = await mem.sessionAnchor('s')
  const proof = { publicKeys: [publicKey], anchors: [line] }
  assert.equal((await mem.sessionVerify('s', proof)).rung, 'anchored')
  return { mem, answer, proof }
}

/** Whether the file's stored payloads say a text: bodies may be compressed, so they are read through the API as well as in the raw. */
async function says(mem: Memory, text: string): Promise<boolean> {
  const { actions } = await mem.sessionView('s')
  return JSON.stringify(actions).includes(text) || readFileSync(mem.path).includes(text)
}

test('an erased answer is gone from the file and the cache, and every proof still holds', async (t) => {
  const { mem, answer, proof } = await recorded(t)
  const before = await mem.sessionVerify('s', proof)
  const result = await mem.sessionRedact('s', { action: 1, field: 'answer' })
  assert.deepEqual(result.fields, ['answer', 'grounding'])
  assert.equal(result.cachedAnswers, 1)
  assert.equal(result.isSalted, true)
  assert.deepEqual(result.sameTextIn, [{ sessionId: before.sessionId, action: 2 }])
  assert.deepEqual((await mem.sessionRedact('s', { action: 2, field: 'answer' })).sameTextIn, [])
  assert.equal(await says(mem, answer), false)

  const after = await mem.sessionVerify('s', proof)
  assert.deepEqual([after.verdict, after.rung, after.problems], ['VERIFIED', 'anchored', []])
  assert.equal(after.root, before.root)
  const fields = ['answer', 'grounding']
  assert.deepEqual(after.erased, [{ action: 1, fields }, { action: 2, fields }])
  assert.equal((await mem.verify()).ok, true)

  const audit = await mem.sessionReplay('s', { audit: true })
  assert.deepEqual([audit.steps[1]!.status, audit.askResults[0]!.originalError!.code], ['VERIFIED', 'Erased'])
  assert.equal((await mem.ask(QUESTION, { model: 'openai' })).cached, false)
})

test('an erased question takes with it what it could be guessed from, and the action says that it was erased', async (t) => {
  const { mem, proof } = await recorded(t)
  await mem.sessionReplay('s', { audit: true, useModel: 'openai', save: true })
  const fields = ['cacheKey', 'question', 'request']
  const erased = await mem.sessionRedact('s', { action: 1, field: 'question' })
  assert.deepEqual([erased.fields, erased.savedReplays], [fields, 1])
  for (const action of [0, 2, 3, 4]) await mem.sessionRedact('s', { action })
  assert.equal(await says(mem, 'Zebulon'), false)
  assert.equal(await says(mem, QUESTION), false)

  const saved = await mem.sessionReplayView('s', 1)
  assert.equal(JSON.stringify(saved).includes('says so'), false)

  const { verdict, rung } = await (await anotherHandle(t, mem)).sessionVerify('s', proof)
  assert.deepEqual([verdict, rung], ['VERIFIED', 'anchored'])
  const { actions } = await mem.sessionView('s')
  assert.deepEqual(actions.map(({ kind }) => kind), ['find', 'ask', 'ask', 'tool-call', 'put'])
  assert.deepEqual(actions[1]!.error, { code: 'Erased', message: 'cacheKey, question, request' })
  const left = actions[1]!.record!
  assert.deepEqual([left['erased'], left['answer']], [fields, 'The context says so [1].'])
  const { steps } = await mem.sessionReplay('s', { audit: true })
  assert.deepEqual(steps.slice(0, 4).map(({ status, error }) => `${status} ${error?.code}`), Array(4).fill('UNVERIFIABLE Erased'))
  // The put's frames stand in its envelope.
  assert.equal((await mem.sessionVerify('s', proof)).frameCount, 2)
  const archive = join(scratch(t), 'evidence.zip')
  await mem.sessionEvidence('s', archive)
  const words = ['-I', join(packageRoot, 'src/proof/verify.py'), archive, '--key', proof.publicKeys[0]!]
  const said = execFileSync('python3', words, { encoding: 'utf8', env: { PYTHONIOENCODING: 'utf-8', PATH: process.env['PATH']! } })
  assert.match(said, /^\[1\] \["ask", "The context says so \[1\]\.", "ERASED: cacheKey", "ERASED: question", "ERASED: request"\]\n[^]*\nVERIFIED\n$/m)
  const further = await mem.sessionRedact('s', { action: 1, field: 'answer' })
  assert.deepEqual(further.fields, ['answer', 'grounding'])
  assert.equal((await mem.sessionVerify('s', proof)).verdict, 'VERIFIED')
  await assert.rejects(mem.sessionRedact('s', { action: 1, field: 'question' }), fails('InvalidInput', /nothing left to erase as question/))
})

test('what can not be erased is refused and changes nothing', async (t) => {
  const { mem } = await recorded(t)
  const bytes = readFileSync(mem.path)
  await assert.rejects(mem.sessionRedact('s', { action: 5 }), fails('ActionNotFound', /it has 5/))
  await assert.rejects(mem.sessionRedact('s', { action: 0, field: 'answer' }), fails('InvalidInput'))
  await assert.rejects(mem.sessionRedact('s', { action: 1, field: 'price' as 'all' }), fails('InvalidInput'))
  assert.deepEqual(readFileSync(mem.path), bytes)
})

test('a forged erasure is found: a commitment that is not the one in the tree', async (t) => {
  const { mem, proof } = await recorded(t)
  const store = new Store(mem.path, 'test', await openNative(mem.path, {}))
  t.after(() => store.close())
  const [summary] = await store.native.sessions()
  const [event] = await store.native.sessionEvents(summary!.session, 1, 1)
  const payload = encodePayload({ kind: 'ask', client: 'x', durationMs: 1, salts: {}, erased: { question: Buffer.alloc(32) } })
  await store.native.erase({ events: [{ offset: event!.offset, payload }], cacheKeys: [], nowMs: Date.now() })
  const { verdict, problems } = await mem.sessionVerify('s', proof)
  assert.equal(verdict, 'NOT VERIFIED')
  assert.ok(problems.some(({ message }) => /\broot\b/.test(message)))
})

test('an action without a salt can be erased, and the result says what that means', async (t) => {
  const mem = await newMemory(t)
  const store = new Store(mem.path, 'test', await openNative(mem.path, {}))
  t.after(() => store.close())
  const session = newSessionId(Date.now())
  const start = encodePayload({ name: 'old', timeMs: 1, client: 'x', sdkVersion: '0', engineVersion: '0' })
  const action = encodePayload({ kind: 'tool-call', client: 'x', name: 'n', input: '"a"' })
  await store.commit({ events: [{ type: 'start', session, payload: start }, { type: 'action', session, payload: action }] })
  await store.commit({ events: [{ type: 'end', session, payload: encodePayload({ timeMs: 2 }) }] })
  assert.equal((await mem.sessionVerify('old')).verdict, 'UNVERIFIABLE')
  const before = await mem.sessionAnchor('old')
  const { isSalted, fields } = await mem.sessionRedact('old', { action: 0, field: 'question' })
  assert.deepEqual([isSalted, fields], [false, ['input']])
  assert.equal((await mem.sessionVerify('old', { anchors: [before.line] })).verdict, 'VERIFIED')
})
