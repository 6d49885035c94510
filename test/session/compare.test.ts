/** Sessions side by side: what is aligned with what. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory } from '../../src/index.js'
import { openStore, type Store } from '../../src/memory/store.js'
import { align } from '../../src/session/align.js'
import { encodePayload } from '../../src/session/codec.js'
import { newSessionId, sessionIdText } from '../../src/session/id.js'
import { findSession } from '../../src/session/lookup.js'
import { newMemory } from '../memory/support.js'

async function opened(t: TestContext, mem: Memory): Promise<Store> {
  const store = await openStore(mem.path, {})
  t.after(() => store.close())
  return store
}

/** A session with exactly these payloads, as any program could write it. */
async function write(store: Store, payloads: readonly Buffer[]): Promise<string> {
  const session = newSessionId(Date.now())
  const start = { name: 'x', timeMs: 1, client: 'x', sdkVersion: '0', engineVersion: '0' }
  await store.commit({ events: [{ type: 'start', session, payload: encodePayload(start) }] })
  for (const payload of payloads) await store.commit({ events: [{ type: 'action', session, payload }] })
  await store.commit({ events: [{ type: 'end', session, payload: encodePayload({ timeMs: 2 }) }] })
  return sessionIdText(session)
}

test('a session compared with itself plus one inserted action shows exactly that one, wherever it stands', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(['kestrel on the moor', 'harrier', 'kestrel'].map((text) => ({ text })))
  await mem.sessionStart('s')
  await mem.find('kestrel')
  await mem.ask('Which birds are on the moor?')
  await mem.put({ text: 'kestrel kestrel' })
  // The same search again, with other results.
  await mem.find('kestrel')
  await mem.sessionCheckpoint('half')
  await mem.find('osprey')
  await mem.sessionEnd()
  const store = await opened(t, mem)
  const { session, info } = await findSession(store, 's')
  const payloads = (await store.native.sessionEvents(session, 0, info.actionCount)).map((event) => event.payload)
  const base = await write(store, payloads)
  assert.equal((await mem.sessionCompare(base, base)).identical, true)
  const strange = encodePayload({ kind: 'tool-call', client: 'x', name: 'weather', durationMs: 1 })
  for (const inserted of [...payloads, strange]) {
    for (let at = 0; at <= payloads.length; at++) {
      const longer = await write(store, payloads.toSpliced(at, 0, inserted))
      const compared = await mem.sessionCompare(base, longer)
      assert.deepEqual([compared.pairs.length, compared.identicalPairs, compared.onlyA.length, compared.onlyB.length], [6, 6, 0, 1])
      assert.ok(compared.pairs.every((pair) => !pair.moved))
      const [shown] = compared.onlyB
      // Of equal neighbours either may be called the inserted one.
      assert.ok(longer && payloads.toSpliced(at, 0, inserted)[shown!.number]!.equals(inserted))
      assert.equal(compared.identical, false)
      const turned = await mem.sessionCompare(longer, base)
      assert.deepEqual([turned.identicalPairs, turned.onlyA.length, turned.onlyB.length], [6, 1, 0])
    }
  }
})

test('what stands in another order is paired and called moved; two calls of a tool differ by what they gave', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  const store = await opened(t, mem)
  const call = (name: string, output: string) => encodePayload({ kind: 'tool-call', client: 'x', name, input: '1', output })
  const a = await write(store, [call('one', 'x'), call('two', 'x'), call('three', 'x'), call('four', 'x')])
  const b = await write(store, [call('two', 'x'), call('three', 'other'), call('four', 'x'), call('one', 'x')])
  const compared = await mem.sessionCompare(a, b)
  assert.deepEqual(
    compared.pairs.map((pair) => [pair.a, pair.b, pair.identical, pair.moved ?? false]),
    [[0, 3, true, true], [1, 0, true, false], [2, 1, false, false], [3, 2, true, false]],
  )
  assert.deepEqual([compared.identicalPairs, compared.identical, compared.pairs[2]!.sameContent], [3, false, false])
  const moved = await mem.sessionCompare(a, await write(store, [call('two', 'x'), call('one', 'x'), call('three', 'x'), call('four', 'x')]))
  assert.deepEqual([moved.identicalPairs, moved.pairs.length, moved.identical], [4, 4, false])
})

test('equal items are aligned before those about the same, and lists that share nothing are not', () => {
  const item = (text: string) => ({ key: text[0]!, content: text, text })
  const shown = (a: string[], b: string[]) => {
    const { pairs, onlyA, onlyB } = align(a.map(item), b.map(item))
    const words = pairs.map((pair) => `${pair.a.text}=${pair.b.text}${pair.moved ? '!' : ''}`)
    return [words.join(' '), onlyA.map(({ text }) => text).join(' '), onlyB.map(({ text }) => text).join(' ')]
  }
  assert.deepEqual(shown(['k1', 'm1'], ['k2', 'k1', 'm1']), ['k1=k1 m1=m1', '', 'k2'])
  assert.deepEqual(shown(['k1', 'm1'], ['k2', 'm1']), ['k1=k2 m1=m1', '', ''])
  assert.deepEqual(shown(['a1', 'b1'], ['c1']), ['', 'a1 b1', 'c1'])
  assert.deepEqual(shown([], []), ['', '', ''])
  const many = (letter: string) => Array.from({ length: 3000 }, (_, n) => ({ key: `${letter}${n}`, content: `${letter}${n}` }))
  assert.deepEqual(align(many('a'), many('b')).pairs, [])
})
