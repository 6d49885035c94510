import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { auditContext } from '../../src/session/audit.js'
import { replaySession } from '../../src/session/replay.js'
import type { NativeStore } from '../../src/native/binding.js'
import { decodePayload, encodePayload } from '../../src/session/codec.js'
import { eachAction } from '../../src/session/events.js'
import { findSession } from '../../src/session/lookup.js'
import { newSessionId } from '../../src/session/id.js'
import type { AskRecord } from '../../src/session/record.js'
import { Store } from '../../src/memory/store.js'
import { openNative } from '../../src/native/index.js'
import { fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

/** A recorded ask, its context's audit, and the store to audit it with: what a forger who can write whole records would have. */
async function recordedAsk(t: TestContext) {
  const standIn = await startStandIn({ provider: 'openai' })
  t.after(() => standIn.close())
  setEnvironment(t, standIn.env)
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.', uri: 'mv2://deal', title: 'Deal' })
  await mem.sessionStart('s')
  await mem.ask('What was the acquisition price?', { model: 'openai' })
  await mem.sessionEnd()
  const store = new Store(mem.path, 'test', await openNative(mem.path, {}))
  t.after(() => store.close())
  const actions = []
  for await (const action of eachAction(store, await findSession(store, 's'))) actions.push(action)
  const { record, commit } = actions[0]!
  assert.equal(record?.kind, 'ask')
  return { mem, store, record: record as AskRecord, commit }
}

const flipped = (bytes: Uint8Array) => Buffer.from(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)))

test('a record that is whole but says something else is not VERIFIED, and the audit says what disagrees', async (t) => {
  const { store, record, commit } = await recordedAsk(t)
  const context = record.context!
  const audit = async (changedRecord: AskRecord, changedContext = changedRecord.context!) => {
    const { status, problems, verified } = await auditContext(store, changedRecord, changedContext, commit)
    assert.equal(verified !== undefined, status === 'VERIFIED')
    assert.equal(problems.length === 0, status === 'VERIFIED')
    return `${status} ${problems.join()}`
  }
  assert.equal(await audit(record), 'VERIFIED ')
  assert.match(await audit(record, { ...context, sha256: flipped(context.sha256) }), /^CHANGED the context rendered again/)
  const otherHash = { ...context, contentHash: flipped(context.contentHash) }
  assert.match(await audit(record, otherHash), /^CHANGED frame 0: the content has another hash/)
  assert.match(await audit(record, { ...context, length: [5] }), /^CHANGED the context rendered again/)
  assert.match(await audit(record, { ...context, title: ['Other'] }), /^CHANGED the context rendered again/)
  assert.match(await audit(record, { ...context, template: 'memvid-qa@0' }), /^UNVERIFIABLE .*template memvid-qa@0/)
  assert.match(await audit(record, { ...context, frameId: [99] }), /^MISSING frame 99: the file no longer holds this frame/)
  assert.match(await audit({ ...record, question: 'What was the weather?' }), /^CHANGED the request put together again/)
  const body = record.request!.body.replace('gpt-4o-mini', 'gpt-4o')
  assert.match(await audit({ ...record, request: { ...record.request!, body } }), /^CHANGED the request put together again/)
})

test('a span that is none of the frame\'s text is not VERIFIED', async (t) => {
  const { store, record, commit } = await recordedAsk(t)
  const { status } = await auditContext(store, record, { ...record.context!, start: [1000] }, commit)
  assert.equal(status, 'CHANGED')
})

/** Writes a session with these actions as any program could that knows the format. */
async function forge(native: NativeStore, name: string, payloads: Buffer[]): Promise<void> {
  const session = newSessionId(Date.now())
  const payload = encodePayload({ name, timeMs: 1, client: 'forger', sdkVersion: '0', engineVersion: '0' })
  const start = { type: 'start', session, payload }
  const actions = payloads.map((payload) => ({ type: 'action', session, payload }))
  await native.commit({ events: [start, ...actions, { type: 'end', session, payload: encodePayload({ timeMs: 2 }) }], nowMs: Date.now() })
}

test('malformed, newer and unknown records never pass, crash nothing, and hide no other action', async (t) => {
  const { mem, store, record } = await recordedAsk(t)
  const find = { kind: 'find', client: 'x', durationMs: 1, query: 'price' }
  await forge(store.native, 'forged', [
    Buffer.from('not MessagePack'),
    encodePayload({ kind: 'ask', question: 7 }),
    encodePayload({ ...record, context: { ...record.context, uri: [] } }),
    encodePayload({ ...find, parameters: { k: -1 } }),
    encodePayload({ ...decodePayload(encodePayload(record), 'r'), v: 2 }),
    encodePayload({ kind: 'from-the-future', client: 'x', durationMs: 1 }),
    encodePayload({ ...record }),
  ])
  for (const audit of [true, false]) {
    const { steps, ok } = await mem.sessionReplay('forged', { audit })
    assert.equal(ok, false)
    const bad = ['UNVERIFIABLE', 'UNVERIFIABLE', 'UNVERIFIABLE', 'UNVERIFIABLE', 'UNVERIFIABLE']
    assert.deepEqual(steps.map((step) => step.status), [...bad, 'NOT CHECKED', audit ? 'VERIFIED' : 'IDENTICAL'])
    assert.deepEqual(steps.slice(0, 5).map((step) => step.error!.code), ['Corrupt', 'Corrupt', 'Corrupt', 'Corrupt', 'Unsupported'])
  }
})

test('a session whose start says nothing readable hides no other session', async (t) => {
  const { mem, store } = await recordedAsk(t)
  const session = newSessionId(1_700_000_000_000)
  const payload = Buffer.from('not MessagePack')
  await store.native.commit({ events: [{ type: 'start', session, payload }, { type: 'end', session, payload }], nowMs: Date.now() })
  const list = await mem.sessionList()
  assert.deepEqual(list.map((info) => info.name).sort(), ['(the start of the session is damaged)', 's'])
  assert.equal(list[0]!.startedAtMs, 1_700_000_000_000)
  assert.equal((await mem.sessionView(list[0]!.sessionId)).actionCount, 0)
})

test('a checkpoint that the file\'s history does not prove is refused', async (t) => {
  const { mem, store } = await recordedAsk(t)
  const { timeMs, frameCount, liveFrameCount, commit, chainHash } = store.refresh()
  const checkpoint = (name: string, snapshot: object) => encodePayload({ kind: 'checkpoint', client: 'x', durationMs: 0, name, snapshot })
  const whole = { commit, chainHash, timeMs, frameCount, liveFrameCount }
  await forge(store.native, 'forged', [
    checkpoint('true', whole),
    checkpoint('other hash', { ...whole, chainHash: flipped(chainHash) }),
    checkpoint('no such commit', { ...whole, commit: 1_000_000 }),
    checkpoint('other counts', { ...whole, liveFrameCount: 5 }),
  ])
  const { steps } = await mem.sessionReplay('forged')
  assert.deepEqual(steps.map((step) => step.status), ['VERIFIED', 'CHANGED', 'CHANGED', 'CHANGED'])
  assert.equal((await mem.sessionReplay('forged', { fromCheckpoint: 'true' })).fromCheckpoint!.commit, commit)
  for (const fromCheckpoint of ['other hash', 'no such commit', 'other counts']) {
    await assert.rejects(replaySession(store, 'forged', { fromCheckpoint }), fails('CheckpointMismatch'))
  }
})
