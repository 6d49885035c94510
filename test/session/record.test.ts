import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../src/ask/secrets.js'
import { MemvidError } from '../../src/index.js'
import { OptionReader } from '../../src/memory/options.js'
import { findRequest, searchParameters } from '../../src/memory/retrieve.js'
import { openStore } from '../../src/memory/store.js'
import { decodePayload, encodePayload } from '../../src/session/codec.js'
import { findSession } from '../../src/session/lookup.js'
import { findRecorded, recordedError } from '../../src/session/recorder.js'
import { anotherHandle, fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

const KEY = 'sk-canary-0123456789abcdefghij'

test('a session is started, seen by other handles, recorded into by them, and ended', async (t) => {
  const mem = await newMemory(t)
  const other = await anotherHandle(t, mem)
  await mem.put({ text: 'before the session' })
  const sessionId = await mem.sessionStart('Audit 2024-12')
  assert.match(sessionId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  await assert.rejects(other.sessionStart('second'), fails('SessionActive'))
  await other.put({ text: 'the price was two billion', uri: 'mv2://price' })
  await mem.find('price')
  await other.putMany([{ text: 'a' }, { text: 'b' }])
  await mem.update('mv2://price', { text: 'the price was three billion' })
  await other.delete('mv2://price')
  await mem.sessionCheckpoint('after')
  const summary = await other.sessionEnd()
  assert.equal(summary.sessionId, sessionId)
  assert.equal(summary.actionCount, 6)
  assert.deepEqual(summary.actions, { put: 1, find: 1, 'put-many': 1, update: 1, delete: 1, checkpoint: 1 })
  await assert.rejects(mem.sessionEnd(), fails('NoActiveSession'))
  await assert.rejects(mem.sessionCheckpoint(), fails('NoActiveSession'))
  await mem.find('after the end')
  const [info] = await mem.sessionList()
  assert.deepEqual([info!.name, info!.status, info!.actionCount], ['Audit 2024-12', 'ended', 6])
})

test('a find records its parameters, snapshot and candidates far below the cut', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(Array.from({ length: 150 }, (_, n) => ({ text: `kestrel number ${n}`, title: `K${n}` })))
  await mem.sessionStart('s')
  const { commit, chainHash } = await mem.refresh()
  await mem.find('kestrel', { k: 4, tags: [], scope: 'mv2://' })
  const view = await mem.sessionView('s')
  const [action] = view.actions
  assert.deepEqual(action!.summary, { query: 'kestrel', mode: 'Lexical', resultCount: 4 })
  const record = action!.record as any
  assert.equal(record.query, 'kestrel')
  const { mode, k, candidates, alpha, fusion, adaptive, scope } = record.parameters
  assert.deepEqual([mode, k, candidates, alpha, fusion, adaptive, scope], ['lex', 4, 100, 0.3, 'auto', null, 'mv2://'])
  const { retrieval } = record
  assert.deepEqual([retrieval.snapshot.commit, retrieval.snapshot.chainHash], [commit, chainHash])
  assert.deepEqual(retrieval.cut, { kept: 4, rule: 'top-k', threshold: null })
  assert.equal(retrieval.candidates.frameId.length, 100)
  assert.equal(retrieval.candidates.contentHash.length, 100 * 64)
  const first = await mem.get(retrieval.candidates.frameId[0])
  assert.equal(retrieval.candidates.contentHash.slice(0, 64), first.contentHash)
  assert.deepEqual(retrieval.titles[0], first.title)
})

test('what the engine encodes of a search has the one form that a payload has', async (t) => {
  const mem = await newMemory(t)
  const words = ['harbour', 'lantern', 'meadow', 'kestrel']
  const items = Array.from({ length: 150 }, (_, n) => ({ text: `${words[n % 4]} ${'über '.repeat(n % 7)}number ${n}`, ...(n % 3 ? { title: `Tür ${n}` } : {}) }))
  await mem.putMany(items)
  const sessionId = await mem.sessionStart('s')
  for (const mode of ['lex', 'vec', 'hybrid'] as const) {
    const { latencyMs, ...found } = await mem.find('kestrel over the meadow', { mode, k: 9 })
    assert.ok(latencyMs > 0 && found.hits.length === 9)
    await mem.find('nothing of the kind "', { mode, adaptive: true })
    await mem.ask('Where is the kestrel?', { mode, noCache: true })
  }
  const store = await openStore(mem.path, {})
  t.after(() => store.close())
  const { session } = await findSession(store, sessionId)
  const events = await store.native.sessionEvents(session, 0, 100)
  assert.equal(events.length, 9)
  for (const { payload } of events) {
    const decoded = decodePayload(payload, 'an action')
    assert.equal(encodePayload(decoded).toString('hex'), payload.toString('hex'))
    const { retrieval, durationMs } = decoded as any
    assert.deepEqual(Object.keys(retrieval.candidates).map((name) => retrieval.candidates[name].length / (name === 'contentHash' ? 32 : 1)), Array(9).fill(retrieval.candidates.frameId.length))
    assert.ok(retrieval.latencyMs > 0 && durationMs >= retrieval.latencyMs)
  }
})

test('a search that can not be recorded gives its hits and says so', async (t) => {
  const mem = await newMemory(t)
  const other = await anotherHandle(t, mem)
  await mem.put({ text: 'the lamps along the quay' })
  await mem.sessionStart('s')
  const store = await openStore(mem.path, {})
  t.after(() => store.close())
  const session = store.native.activeSession()!
  await other.sessionEnd()
  const parameters = await searchParameters(store, 'find', new OptionReader('find', {}, []), 'quay')
  const record = { kind: 'find', client: 'test', query: 'quay', parameters, durationMs: 0 } as const
  const { response, recordingError } = await findRecorded(store, session, findRequest('quay', parameters), record, 0)
  assert.equal(response.hits.length, 1)
  assert.deepEqual([recordingError?.code, /no session is active/.test(recordingError?.message ?? '')], ['NoActiveSession', true])
})

test('recorded searches are folded like puts: opening reads few of them', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.put({ text: 'the lamps along the quay' })
  await mem.sessionStart('s')
  const before = (await mem.refresh()).commit
  for (let index = 0; index < 70; index++) await mem.find('quay')
  await mem.sessionEnd()
  // 70 finds and the end, and the fold of the first 64 commits.
  assert.equal((await mem.refresh()).commit, before + 72)
})

test('recording changes no result', async (t) => {
  const mem = await newMemory(t)
  await mem.putMany(Array.from({ length: 30 }, (_, n) => ({ text: `the kestrel ${n} hovers over the ${n % 2 ? 'meadow' : 'river'}` })))
  const plain = await mem.find('kestrel river', { k: 5 })
  await mem.sessionStart('s')
  const recorded = await mem.find('kestrel river', { k: 5 })
  assert.deepEqual(recorded.hits, plain.hits)
})

test('an ask records context, request, response, cost and grounding, and no secret', async (t) => {
  const reply = { text: 'It was $2 billion [1].', usage: { input: 3112, output: 42 } }
  const standIn = await startStandIn({ provider: 'openai', key: KEY, reply: () => reply })
  t.after(() => standIn.close())
  setEnvironment(t, { ...standIn.env, OPENAI_API_KEY: KEY })
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.', title: 'Deal', uri: 'mv2://deal' })
  await mem.sessionStart('s')
  const result = await mem.ask('What was the acquisition price?', { model: 'openai:gpt-4o-mini' })
  assert.equal(result.answer, 'It was $2 billion [1].')
  assert.deepEqual(
    { ...result.usage },
    { inputTokens: 3112, outputTokens: 42, totalTokens: 3154, costUsd: 0.000492 },
  )
  assert.equal(result.cost.usd, '0.000492')
  assert.deepEqual([result.model, result.cached, result.frames, result.recordingError], ['openai:gpt-4o-mini', false, [0], undefined])
  const view = await mem.sessionView('s')
  assert.deepEqual(view.actions[0]!.summary, { query: 'What was the acquisition price?', provider: 'openai', model: 'gpt-4o-mini' })
  const record = view.actions[0]!.record as any
  assert.equal(record.answer, 'It was $2 billion [1].')
  assert.deepEqual(record.context.frameId, [0])
  assert.deepEqual(record.context.uri, ['mv2://deal'])
  assert.equal(record.context.sha256.length, 64)
  assert.deepEqual(record.cost, { usd: '0.000492', priceTable: 'memvid-2025-12', priceDate: '2025-12' })
  assert.equal(JSON.parse(record.response.rawUsage).prompt_tokens, 3112)
  assert.equal(record.model.baseUrl, standIn.baseUrl)
  // The request is what was sent, with the user message (and the documents in it) left out.
  const sent = standIn.requests[0]!
  const body = JSON.parse(record.request.body)
  assert.equal(body.model, 'gpt-4o-mini')
  assert.ok(sent.rawBody.includes('valued at $2 billion'))
  assert.ok(!record.request.body.includes('valued at $2 billion'))
  assert.equal(sent.headers['authorization'], `Bearer ${KEY}`)
  assert.ok(!JSON.stringify(view).includes(KEY))
  const { totals } = await mem.sessionEnd()
  assert.deepEqual([totals.inputTokens, totals.outputTokens, totals.totalTokens, totals.costUsd], [3112, 42, 3154, '0.000492'])
})

test('a recorded error holds no key', () => {
  const { code, message } = recordedError(new MemvidError('ProviderAuth', `401: ${KEY} is not valid`), [new Secret(KEY)])
  assert.equal(code, 'ProviderAuth')
  assert.match(message, /^401: .* is not valid$/)
  assert.ok(!message.includes(KEY.slice(3, 12)))
})

test('a failed ask is an action, with its error and no key', async (t) => {
  const standIn = await startStandIn({ provider: 'openai', key: 'another-key-entirely' })
  t.after(() => standIn.close())
  setEnvironment(t, { ...standIn.env, OPENAI_API_KEY: KEY })
  const mem = await newMemory(t)
  await mem.put({ text: 'something to ask about' })
  await mem.sessionStart('s')
  await assert.rejects(mem.ask('What is there to ask about?', { model: 'openai' }), fails('ProviderAuth'))
  await assert.rejects(mem.ask('And this?', { model: 'nobody:knows' }), fails('UnknownModel'))
  const summary = await mem.sessionEnd()
  assert.deepEqual([summary.actionCount, summary.totals.failures], [2, 2])
  const { actions } = await mem.sessionView('s')
  assert.equal((actions[0]!.record as any).error.code, 'ProviderAuth')
  assert.deepEqual((actions[0]!.record as any).context.frameId, [0])
  assert.deepEqual(actions[1]!.summary, { query: 'And this?', provider: null, model: null, error: 'UnknownModel' })
  assert.ok(!JSON.stringify(actions).includes(KEY))
})

test('an answer that was paid for is delivered when it can not be recorded', async (t) => {
  const mem = await newMemory(t)
  await mem.put({ text: 'The mill burned down in 1871.' })
  await mem.sessionStart('s')
  const reader = await anotherHandle(t, mem, { readOnly: true })
  const answered = await reader.ask('When did the mill burn down?')
  assert.match(answered.answer, /1871/)
  assert.equal(answered.recordingError?.code, 'ReadOnly')
  const found = await reader.find('mill')
  assert.equal(found.hits.length, 1)
  assert.equal(found.recordingError?.code, 'ReadOnly')
})

test('an ask whose session ended meanwhile says so, and lands in no other session', async (t) => {
  const mem = await newMemory(t)
  const other = await anotherHandle(t, mem)
  const standIn = await startStandIn({
    provider: 'openai',
    reply: async () => {
      await other.sessionEnd()
      await other.sessionStart('second')
      return { text: 'late [1]' }
    },
  })
  t.after(() => standIn.close())
  setEnvironment(t, standIn.env)
  await mem.put({ text: 'something' })
  await mem.sessionStart('first')
  const result = await mem.ask('something?', { model: 'openai', noCache: true })
  assert.equal(result.answer, 'late [1]')
  assert.equal(result.recordingError?.code, 'NoActiveSession')
  assert.equal((await mem.sessionView('second')).actionCount, 0)
  assert.equal((await mem.sessionView('first')).actionCount, 0)
})

test('sessions are named by id, by the beginning of the id, or by name; what is ambiguous is refused', async (t) => {
  const mem = await newMemory(t)
  const first = await mem.sessionStart('Twice')
  await mem.sessionEnd()
  const second = await mem.sessionStart('Twice')
  await mem.sessionEnd()
  const third = await mem.sessionStart('Überprüfung 审计')
  await mem.sessionEnd()
  assert.equal((await mem.sessionView(first)).sessionId, first)
  assert.equal((await mem.sessionView(first.toUpperCase())).sessionId, first)
  assert.equal((await mem.sessionView(second.replaceAll('-', '').slice(0, 28))).sessionId, second)
  assert.equal((await mem.sessionView('Überprüfung 审计')).sessionId, third)
  await assert.rejects(mem.sessionView('Twice'), (error) => {
    assert.ok(error instanceof MemvidError)
    assert.equal(error.code, 'AmbiguousSession')
    assert.ok(error.message.includes(first) && error.message.includes(second) && !error.message.includes(third))
    return true
  })
  await assert.rejects(mem.sessionView('0'), fails('AmbiguousSession', /fits 3 sessions/))
  await assert.rejects(mem.sessionView('nobody'), fails('SessionNotFound', /no session "nobody"/))
  await assert.rejects(mem.sessionView(''), fails('InvalidInput'))
  await mem.sessionDelete(second)
  assert.deepEqual((await mem.sessionList()).map((session) => session.sessionId), [first, third])
  assert.equal((await mem.sessionView('Twice')).sessionId, first)
  await assert.rejects(mem.sessionReplay(second), fails('SessionNotFound'))
})

test('start, checkpoint and delete refuse what they can not do', async (t) => {
  const mem = await newMemory(t)
  await assert.rejects(mem.sessionStart(''), fails('InvalidInput', /name is empty/))
  await assert.rejects(mem.sessionStart(undefined as never), fails('InvalidInput'))
  await mem.sessionStart('s')
  assert.equal((await mem.sessionCheckpoint()).name, 'checkpoint-1')
  await assert.rejects(mem.sessionCheckpoint('checkpoint-1'), fails('InvalidInput', /already/))
  assert.deepEqual([(await mem.sessionCheckpoint('release')).number, (await mem.sessionCheckpoint()).name], [2, 'checkpoint-3'])
  await assert.rejects(mem.sessionDelete('s'), fails('SessionActive'))
})

test('a view is paged', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.sessionStart('s')
  for (let n = 0; n < 7; n++) await mem.put({ text: `document ${n}`, uri: `mv2://d/${n}` })
  const numbers = async (offset: number, limit: number) => {
    const { actions } = await mem.sessionView('s', { offset, limit })
    return actions.map((action) => action.number)
  }
  assert.deepEqual(await numbers(0, 3), [0, 1, 2])
  assert.deepEqual(await numbers(5, 10), [5, 6])
  assert.deepEqual(await numbers(7, 10), [])
  assert.deepEqual(await numbers(0, 0), [])
  const whole = await mem.sessionView('s', { limit: 1 })
  const short = await mem.sessionView('s', { limit: 1, records: false })
  assert.notEqual(whole.actions[0]!.record, null)
  assert.deepEqual(short.actions[0], { ...whole.actions[0], record: null })
  await assert.rejects(mem.sessionView('s', { offset: -1 }), fails('InvalidInput'))
})
