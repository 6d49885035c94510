/** Sessions that go on from a place in another one. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory, SessionForkOptions } from '../../src/index.js'
import { openStore } from '../../src/memory/store.js'
import { encodePayload } from '../../src/session/codec.js'
import { newSessionId, sessionIdText } from '../../src/session/id.js'
import { fails, newMemory } from '../memory/support.js'

async function recorded(t: TestContext): Promise<Memory> {
  const mem = await newMemory(t, { enableVec: false })
  await mem.sessionStart('original')
  await mem.put({ text: 'first', uri: 'mv2://first' })
  await mem.sessionCheckpoint('half')
  await mem.put({ text: 'second', uri: 'mv2://second' })
  await mem.find('second')
  await mem.sessionEnd()
  await mem.put({ text: 'third', uri: 'mv2://third' })
  return mem
}

test('a fork is a new active session that says what it goes on from; the original stays as it was', async (t) => {
  const mem = await recorded(t)
  const [original] = await mem.sessionList()
  const state = async () => {
    const { verdict, root } = await mem.sessionVerify('original')
    return [await mem.sessionView('original'), verdict, root]
  }
  const before = await state()
  const fork = await mem.sessionFork('original', { name: 'other way', fromCheckpoint: 'half' })
  const origin = fork.forkedFrom
  assert.deepEqual([origin.sessionId, origin.name, origin.action, origin.checkpoint], [original!.sessionId, 'original', 1, 'half'])
  await mem.find('first', { asOf: origin.commit })
  await mem.sessionEnd()
  const [first, second] = await mem.sessionList()
  assert.deepEqual([first!.sessionId, first!.forkedFrom, first!.actionCount], [original!.sessionId, undefined, 4])
  assert.deepEqual([second!.name, second!.status, second!.actionCount, second!.forkedFrom], ['other way', 'ended', 1, origin])
  assert.deepEqual((await mem.sessionView('other way')).forkedFrom, origin)
  assert.deepEqual(await state(), before)
  // The state that is named is the one at the checkpoint: the first document and no other.
  assert.deepEqual((await mem.timeline({ asOf: origin.commit })).map((entry) => entry.uri), ['mv2://first'])
})

test('a fork from an action has the state right after it', async (t) => {
  const mem = await recorded(t)
  const uris = async (fromAction: number) => {
    const { forkedFrom } = await mem.sessionFork('original', { name: `after ${fromAction}`, fromAction })
    await mem.sessionEnd()
    assert.deepEqual([forkedFrom.action, forkedFrom.checkpoint], [fromAction, null])
    return (await mem.timeline({ asOf: forkedFrom.commit })).map((entry) => entry.uri).sort()
  }
  assert.deepEqual(await uris(0), ['mv2://first'])
  assert.deepEqual(await uris(2), ['mv2://first', 'mv2://second'])
  assert.deepEqual(await uris(3), ['mv2://first', 'mv2://second'])
})

test('a place that is not there, or not proven, is no place to go on from', async (t) => {
  const mem = await recorded(t)
  const refused = (options: Partial<SessionForkOptions>, code: string) =>
    assert.rejects(mem.sessionFork('original', { name: 'x', ...options }), fails(code))
  await refused({}, 'InvalidInput')
  await refused({ fromAction: 1, fromCheckpoint: 'half' }, 'InvalidInput')
  await refused({ fromAction: -1 }, 'InvalidInput')
  await refused({ fromCheckpoint: '' }, 'InvalidInput')
  await refused({ fromAction: 4 }, 'ActionNotFound')
  await refused({ fromCheckpoint: 'none' }, 'CheckpointNotFound')
  await assert.rejects(mem.sessionFork('original', { fromAction: 1 } as never), fails('InvalidInput', /name/))
  await assert.rejects(mem.sessionFork('nothing', { name: 'x', fromAction: 1 }), fails('SessionNotFound'))
  assert.equal((await mem.sessionList()).length, 1)
  const store = await openStore(mem.path, {})
  t.after(() => store.close())
  const snapshot = { ...store.refresh(), chainHash: Buffer.alloc(32) }
  const session = newSessionId(Date.now())
  const forged = encodePayload({ kind: 'checkpoint', client: 'x', durationMs: 0, name: 'forged', snapshot })
  await store.commit({ events: [{ type: 'start', session, payload: encodePayload({ name: 'forger', timeMs: 1 }) }] })
  await store.commit({ events: [{ type: 'action', session, payload: forged }] })
  const own = mem.sessionFork(sessionIdText(session), { name: 'x', fromAction: 0 })
  await assert.rejects(own, fails('SessionActive'))
  await store.commit({ events: [{ type: 'end', session, payload: encodePayload({ timeMs: 2 }) }] })
  await assert.rejects(mem.sessionFork('forger', { name: 'x', fromCheckpoint: 'forged' }), fails('CheckpointMismatch'))
})

test('an origin that is not well formed says nothing', async (t) => {
  const mem = await recorded(t)
  const store = await openStore(mem.path, {})
  t.after(() => store.close())
  for (const forkedFrom of [7, {}, { session: Buffer.alloc(3), name: 'x', action: 0, commit: 0, chainHash: Buffer.alloc(32) }]) {
    const session = newSessionId(Date.now())
    const start = { type: 'start', session, payload: encodePayload({ name: 'odd', timeMs: 1, forkedFrom }) }
    await store.commit({ events: [start, { type: 'end', session, payload: encodePayload({ timeMs: 2 }) }] })
  }
  const odd = (await mem.sessionList()).filter(({ name }) => name === 'odd')
  assert.deepEqual(odd.map((info) => 'forkedFrom' in info), [false, false, false])
})
