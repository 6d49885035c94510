import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ReplayOptions } from '../../src/index.js'
import { Store } from '../../src/memory/store.js'
import { openNative } from '../../src/native/index.js'
import { eachAction, type Action } from '../../src/session/events.js'
import { listStatus, type ListedHit } from '../../src/session/list-status.js'
import { findSession } from '../../src/session/lookup.js'
import type { DeleteRecord, PutRecord } from '../../src/session/record.js'
import { replayPut } from '../../src/session/replay-put.js'
import { newMemory } from '../memory/support.js'

const hash = (byte: number) => Buffer.alloc(32, byte)
function hit(frameId: number, changes: Partial<ListedHit> = {}): ListedHit {
  return { frameId, contentHash: hash(frameId), start: 0, length: 9, ...changes }
}

test('a list is IDENTICAL only when rank, frame, content hash and passage all agree', () => {
  const before = [hit(1), hit(2), hit(3)]
  const status = (...now: ListedHit[]) => listStatus(before, now).status
  assert.equal(status(hit(1), hit(2), hit(3)), 'IDENTICAL')
  assert.equal(status(hit(2), hit(1), hit(3)), 'REORDERED')
  assert.equal(status(hit(1), hit(2)), 'CHANGED')
  assert.equal(status(hit(1), hit(2), hit(3), hit(4)), 'CHANGED')
  assert.equal(status(hit(1), hit(2), hit(4)), 'CHANGED')
  assert.equal(status(hit(1), hit(2, { contentHash: hash(9) }), hit(3)), 'CHANGED')
  assert.equal(status(hit(1), hit(2, { start: 4 }), hit(3)), 'CHANGED')
  assert.equal(status(hit(1), hit(2, { length: 4 }), hit(3)), 'CHANGED')
  assert.equal(listStatus([], []).status, 'IDENTICAL')
})

test('what differs is named: other content, other passage, other rank, and a top hit that was displaced', () => {
  const { difference } = listStatus([hit(1), hit(2), hit(3)], [hit(3), hit(1, { contentHash: hash(9) }), hit(2, { start: 4 })])
  assert.deepEqual(difference, {
    moved: [{ frameId: 1, oldRank: 1, newRank: 2 }, { frameId: 2, oldRank: 2, newRank: 3 }, { frameId: 3, oldRank: 3, newRank: 1 }],
    otherContent: [1],
    otherPassage: [2],
    displacedTop: { frameId: 1, newRank: 2, by: 3 },
  })
  assert.deepEqual(listStatus([hit(1)], [hit(2)]).difference.displacedTop, { frameId: 1, newRank: null, by: 2 })
  assert.deepEqual(listStatus([hit(1)], []).difference.displacedTop, { frameId: 1, newRank: null, by: null })
  assert.equal(listStatus([hit(1), hit(2)], [hit(1)]).difference.displacedTop, null)
  assert.equal(listStatus([], [hit(1)]).difference.displacedTop, null)
})

/** A session with a put, a put-many, an update and a delete, and the means to replay single actions of it. */
async function written(t: TestContext) {
  const mem = await newMemory(t, { enableVec: false })
  await mem.put({ text: 'old', uri: 'mv2://updated' })
  await mem.put({ text: 'gone', uri: 'mv2://deleted' })
  await mem.sessionStart('s')
  await mem.put({ text: 'put', uri: 'mv2://put' })
  await mem.putMany([{ text: 'first', uri: 'mv2://many' }, { text: 'second', uri: 'mv2://many' }, { text: 'third' }])
  await mem.update('mv2://updated', { text: 'new' })
  await mem.delete('mv2://deleted')
  await mem.sessionEnd()
  const store = new Store(mem.path, 'test', await openNative(mem.path, {}))
  t.after(() => store.close())
  const actions: Action[] = []
  for await (const action of eachAction(store, await findSession(store, 's'))) actions.push(action)
  const replay = async (number: number, changes: Partial<Action> = {}) => {
    store.refresh()
    const action = { ...actions[number]!, ...changes }
    return replayPut(store, number + 1, action, action.record as PutRecord | DeleteRecord)
  }
  const statuses = () => Promise.all([0, 1, 2, 3].map(async (number) => (await replay(number)).status))
  return { mem, actions, replay, statuses }
}

test('what was written and is as it was left is IDENTICAL, also where the action itself replaced or deleted it', async (t) => {
  const { statuses } = await written(t)
  assert.deepEqual(await statuses(), ['IDENTICAL', 'IDENTICAL', 'IDENTICAL', 'IDENTICAL'])
})

test('what was replaced, deleted, or put again after a delete is SUPERSEDED, and the note says by what', async (t) => {
  const { mem, replay, statuses } = await written(t)
  await mem.delete('mv2://put')
  await mem.put({ text: 'fourth', uri: 'mv2://many' })
  await mem.update('mv2://updated', { text: 'newer' })
  await mem.put({ text: 'again', uri: 'mv2://deleted' })
  assert.deepEqual(await statuses(), ['SUPERSEDED', 'SUPERSEDED', 'SUPERSEDED', 'SUPERSEDED'])
  const notes = async (number: number) => (await replay(number)).frames.map(({ note }) => note)
  assert.match((await notes(0))[0]!, /^deleted since \(commit \d+\)$/)
  assert.deepEqual((await notes(1)).map((note) => note !== null), [false, true, false])
  assert.match((await notes(2))[0]!, /^superseded since \(by frame \d+, commit \d+\)$/)
  assert.equal((await notes(3))[0], 'the URI was put again since, as frame 9')
})

test('another hash is CHANGED, a frame that is not there MISSING, and an action that names no frame UNVERIFIABLE', async (t) => {
  const { actions, replay } = await written(t)
  for (const number of [0, 1, 2, 3]) {
    const frames = actions[number]!.frames
    const altered = (change: Partial<Action['frames'][number]>) => ({ frames: [...frames.slice(1), { ...frames[0]!, ...change }] })
    assert.equal((await replay(number, altered({ contentHash: hash(7) }))).status, 'CHANGED')
    assert.equal((await replay(number, altered({ frameId: 99 }))).status, 'MISSING')
    assert.equal((await replay(number, { frames: [] })).status, 'UNVERIFIABLE')
    assert.equal((await replay(number, { frames: [...frames, frames[0]!] })).status, 'UNVERIFIABLE')
  }
  // A delete whose frame lives is not what a delete leaves.
  assert.equal((await replay(3, { frames: actions[0]!.frames })).status, 'CHANGED')
})

test('an audit verifies nothing where nothing was found, and a step that can not be carried out has FAILED', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.put({ text: 'kestrel' })
  await mem.sessionStart('s')
  await mem.find('harrier')
  await mem.find('kestrel')
  await mem.sessionEnd()
  const statuses = async (options: ReplayOptions) => (await mem.sessionReplay('s', options)).steps.map(({ status, ok }) => [status, ok])
  assert.deepEqual(await statuses({ audit: true }), [['NOT CHECKED', true], ['VERIFIED', true]])
  assert.deepEqual(await statuses({}), [['IDENTICAL', true], ['IDENTICAL', true]])
  assert.deepEqual(await statuses({ mode: 'vec' }), [['FAILED', false], ['FAILED', false]])
})
