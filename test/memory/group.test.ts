/** Puts that share a commit: each has its own answer, its own action, and its own error. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anotherHandle, newMemory } from './support.js'

test('puts of one moment share a commit, in their order', async (t) => {
  const memory = await newMemory(t, { enableVec: false })
  const results = await Promise.all(Array.from({ length: 50 }, (_, n) => memory.put({ text: `note ${n}` }, { durability: 'group' })))
  assert.deepEqual(results.map(({ frameId }) => frameId), Array.from({ length: 50 }, (_, n) => n))
  assert.equal(new Set(results.map(({ commit }) => commit)).size, 1)
  assert.equal(results[7]!.durability, 'durable')
  const frame = await memory.get(7)
  assert.equal(frame.text, 'note 7')
  assert.equal(frame.contentHash, results[7]!.contentHash)
  assert.equal(frame.uri, results[7]!.uri)
  const alone = await memory.put({ text: 'alone', uri: 'mv2://alone' }, { durability: 'group' })
  assert.deepEqual([alone.frameId, alone.uri], [50, 'mv2://alone'])
  assert.equal((await (await anotherHandle(t, memory)).stats()).frameCount, 51)
})

test('while a session is recorded, each of them is an action about its own frame', async (t) => {
  const memory = await newMemory(t, { enableVec: false })
  const session = await memory.sessionStart('group')
  await Promise.all(['a', 'b', 'c'].map((text) => memory.put({ text }, { durability: 'group' })))
  await memory.sessionEnd()
  const { actions } = await memory.sessionView(session)
  assert.deepEqual(actions.map(({ kind }) => kind), ['put', 'put', 'put'])
  const { ok, totalActions } = await memory.sessionReplay(session)
  assert.deepEqual([ok, totalActions], [true, 3])
})

test('a bad put fails alone', async (t) => {
  const memory = await newMemory(t, { vectorDim: 3 })
  await memory.put({ text: 'first', vector: [1, 0, 0] })
  const [good, bad] = await Promise.allSettled([
    memory.put({ text: 'good', vector: [0, 1, 0] }, { durability: 'group' }),
    memory.put({ text: 'bad', vector: [0, 1] }, { durability: 'group' }),
  ])
  assert.equal(good.status, 'fulfilled')
  assert.equal(bad.status === 'rejected' && (bad.reason as { code: string }).code, 'VectorMismatch')
  assert.equal((await memory.stats()).frameCount, 2)
})

test('a load of items of every kind comes back as it was put', async (t) => {
  const memory = await newMemory(t, { vectorDim: 2 })
  const vector = Float32Array.from([0.5, -2])
  const items = Array.from({ length: 130 }, (_, n) => ({
    ...(n % 3 === 0 ? { bytes: Buffer.from([0, 255, n]) } : { text: `Grüße 你好 ${n} \u{1f600}`, vector }),
    ...(n % 2 === 0 && { title: `Title ${n}`, uri: `mv2://kind/${n}`, tags: ['ä', `t${n}`], metadata: { n }, timestamp: 1_000 + n }),
  }))
  const { frameIds, count, commits } = await memory.putMany(items)
  assert.deepEqual([frameIds.length, count, commits], [130, 130, 1])
  for (const [n, item] of items.entries()) {
    const frame = await memory.get(n)
    assert.deepEqual([frame.text, frame.bytes && [...frame.bytes]], 'text' in item ? [item.text, undefined] : [undefined, [...item.bytes!]])
    const { title, uri, tags, metadata, timestampMs } = frame
    if (n % 2 === 0) assert.deepEqual([title, uri, tags, metadata, timestampMs], [item.title, item.uri, item.tags, item.metadata, item.timestamp])
    else assert.deepEqual([title, uri, tags], [null, `mv2://frames/${n}`, []])
  }
  assert.deepEqual([...(await memory.vectors())[0]!.data.slice(0, 2)], [0.5, -2])
})
