import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanReader, type Span } from '../../src/memory/span-reader.js'
import type { NativeStore } from '../../src/native/binding.js'
import { anotherHandle, newMemory } from '../memory/support.js'

const span = (frameId: number): Span => ({ frameId, start: 0, length: 4 })

/** An engine that counts its calls and gives texts that tell when they were read. */
function countingEngine() {
  const calls: number[][] = []
  const readSpans = async (spans: Span[]) => {
    calls.push(spans.map(({ frameId }) => frameId))
    return spans.map(({ frameId }) => ({ text: `${frameId} in call ${calls.length}`, contentHash: Buffer.alloc(32), status: 'active' }))
  }
  return { calls, native: { readSpans } as unknown as NativeStore }
}

test('spans read ahead come from one call, in the order of the file, each once', async () => {
  const { calls, native } = countingEngine()
  const reader = new SpanReader(native)
  const ahead = await reader.readAhead([span(7), span(3), span(7), span(5)])
  ahead.use()
  assert.deepEqual(calls, [[3, 5, 7]])
  const texts = await reader.read([span(7), span(3)])
  assert.deepEqual(texts.map(({ text }) => text), ['7 in call 1', '3 in call 1'])
  const [fresh] = await reader.read([span(9)])
  assert.deepEqual([fresh!.text, calls.length], ['9 in call 2', 2])
  const [other] = await reader.read([{ ...span(7), length: 5 }])
  assert.equal(other!.text, '7 in call 3')
})

test('what was read ahead is not used after the file changed', async () => {
  const { native } = countingEngine()
  const reader = new SpanReader(native)
  const used = await reader.readAhead([span(1)])
  used.use()
  reader.forget()
  assert.equal((await reader.read([span(1)]))[0]!.text, '1 in call 2')
  const stale = await reader.readAhead([span(1)])
  reader.forget()
  stale.use()
  assert.equal((await reader.read([span(1)]))[0]!.text, '1 in call 4')
})

test('an audit of several pages gives every step once, in order, and sees what was deleted since', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(Array.from({ length: 40 }, (_, n) => ({ text: `kestrel number ${n} hovers`, uri: `mv2://k/${n}` })))
  const sessionId = await mem.sessionStart('s')
  for (let n = 0; n < 150; n++) {
    if (n % 3 === 0) await mem.ask(`Where does kestrel number ${n % 40} hover?`)
    else if (n % 3 === 1) await mem.find(`kestrel number ${n % 40}`, { k: 3 })
    else await mem.record({ name: 'note', input: n })
  }
  await mem.sessionEnd()
  const audit = () => mem.sessionReplay(sessionId, { audit: true })
  const before = await audit()
  assert.deepEqual(before.steps.map(({ step }) => step), Array.from({ length: 150 }, (_, n) => n + 1))
  assert.deepEqual(before.counts, { VERIFIED: 100, 'NOT CHECKED': 50 })
  const other = await anotherHandle(t, mem)
  await other.delete('mv2://k/3')
  const after = await audit()
  assert.deepEqual(after.counts, before.counts)
  const deleted = after.askResults.filter((ask) => ask.frozenFrames.includes(3))
  assert.ok(deleted.length > 0 && deleted.every((ask) => ask.deletedSince.includes(3)))
  assert.deepEqual(before.askResults.flatMap((ask) => ask.deletedSince), [])
  assert.deepEqual((await mem.sessionReplay(sessionId, { audit: true, skipAsks: true, skipFinds: true })).counts, { SKIPPED: 100, 'NOT CHECKED': 50 })
})
