/** Vectors that are kept less finely, and an index that is optimized. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemvidError, type VectorView } from '../../src/index.js'
import { anotherHandle, newMemory } from './support.js'

const DIM = 96
const row = (n: number): Float32Array => Float32Array.from({ length: DIM }, (_, at) => Math.sin(n * 7 + at))

/** The number that the bits of a half stand for. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

/** A vector as a view says it is kept. */
function vectorOf(view: VectorView, at: number): number[] {
  const items = Array.from(view.data.slice(at * view.stride, at * view.stride + view.dim))
  if (view.precision === 'f16') return items.map(half)
  return view.precision === 'i8' ? items.map((item) => Math.fround(item * view.steps[at]!)) : items
}

for (const [vectorPrecision, most] of [['f32', 0], ['f16', 5e-4], ['i8', 1 / 250]] as const) {
  test(`vectors kept in ${vectorPrecision} are found, and seen in place as they are kept`, async (t) => {
    const mem = await newMemory(t, { vectorDim: DIM, vectorPrecision })
    await mem.putMany(Array.from({ length: 300 }, (_, n) => ({ text: `document ${n}`, vector: row(n) })))
    const reader = await anotherHandle(t, mem, { readOnly: true })
    assert.equal((await reader.stats()).vectorPrecision, vectorPrecision)
    const views = await reader.vectors()
    assert.ok(views.every(({ precision, dim }) => precision === vectorPrecision && dim === DIM))
    let seen = 0
    for (const view of views) {
      view.frameIds.forEach((id, at) => {
        const expected = row(id)
        vectorOf(view, at).forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) <= most, `frame ${id}`))
        seen += 1
      })
    }
    assert.equal(seen, 300)
    const found = await reader.find('x', { vector: row(123), mode: 'vec', k: 1 })
    assert.equal(found.hits[0]?.frameId, 123)
    assert.ok(found.hits[0]!.score > 0.9999)
    assert.equal((await reader.verify({ deep: true })).ok, true)
  })
}

test('a precision that there is not, or without vectors, is refused', async (t) => {
  const isRefused = (error: unknown): boolean => error instanceof MemvidError && error.code === 'InvalidInput'
  await assert.rejects(newMemory(t, { vectorPrecision: 'f64' as 'f32' }), isRefused)
  await assert.rejects(newMemory(t, { vectorPrecision: 'f16', enableVec: false }), isRefused)
})

test('optimizing leaves one segment of vectors, the same results, and a past', async (t) => {
  const mem = await newMemory(t, { vectorDim: DIM })
  for (let n = 0; n < 20; n += 1) await mem.put({ text: `document ${n} of the harbour`, vector: row(n) })
  const find = async () => (await mem.find('harbour', { vector: row(3), mode: 'vec' })).hits.map(({ frameId, score }) => [frameId, score])
  const [before, commit] = [await find(), (await mem.refresh()).commit]
  const controller = new AbortController()
  const done = await mem.optimize({ signal: controller.signal })
  assert.deepEqual([done.afterSegments, done.vectorCount, done.hasGraph], [2, 20, false])
  assert.ok(done.beforeSegments >= 20)
  assert.deepEqual(await find(), before)
  assert.equal((await mem.stats()).graphVectorCount, 0)
  assert.equal((await mem.timeline({ asOf: commit })).length, 20)
  controller.abort()
  await assert.rejects(mem.optimize({ signal: controller.signal }), (error: unknown) => error instanceof MemvidError && error.code === 'Aborted')
})
