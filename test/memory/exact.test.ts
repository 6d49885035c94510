import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create, type VectorView } from '../../src/index.js'

const DIMENSION = 64
/** From 200,000 vectors on a search looks at those that the index leads to. */
const DOCUMENTS = 200_500
const K = 10

/** Numbers between −1 and 1, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  }
}

const vectorOf = (next: () => number) => Float32Array.from({ length: DIMENSION }, next)

test('an exact search finds what the index misses, is recorded as such, and can be replayed either way', async (t) => {
  // Not the scratch folder of other tests, which searches each document for traces of keys: there are too many, and no provider is asked.
  const folder = mkdtempSync(join(tmpdir(), 'memvid-exact-'))
  const mem = await create(join(folder, 'k.mv2'), { vectorDim: DIMENSION, vectorPrecision: 'i8' })
  t.after(async () => {
    await mem.close()
    rmSync(folder, { recursive: true })
  })
  const next = numbers(7)
  await mem.putMany(Array.from({ length: DOCUMENTS }, (_, n) => ({ text: `n${n}`, vector: vectorOf(next) })))
  const rows = await mem.vectors()
  const queries = Array.from({ length: 8 }, () => vectorOf(next))
  const found = { index: 0, exact: 0 }
  for (const vector of queries) {
    const truth = nearest(rows, vector)
    const options = { mode: 'vec', vector, k: K } as const
    const hits = async (more: { exact?: boolean }) => (await mem.find('', { ...options, ...more })).hits.map(({ frameId }) => frameId)
    found.index += (await hits({})).filter((frameId) => truth.has(frameId)).length
    found.exact += (await hits({ exact: true })).filter((frameId) => truth.has(frameId)).length
  }
  assert.equal(found.exact, queries.length * K)
  assert.ok(found.index < found.exact, `${found.index} by the index: the test shows nothing`)

  await mem.sessionStart('s')
  await mem.find('', { mode: 'vec', vector: queries[0]!, k: K, exact: true })
  await mem.find('', { mode: 'vec', vector: queries[0]!, k: K })
  await mem.sessionEnd()
  const { actions } = await mem.sessionView('s')
  const recorded = actions.map(({ record }) => (record as { parameters?: { exact?: boolean } }).parameters?.exact)
  assert.deepEqual(recorded, [true, undefined])
  const overrides = async (exact?: boolean) =>
    (await mem.sessionReplay('s', exact === undefined ? {} : { exact })).findResults.map((result) => result.overrides)
  assert.deepEqual(await overrides(), [{}, {}])
  assert.deepEqual(await overrides(true), [{}, { exact: true }])
  assert.deepEqual(await overrides(false), [{ exact: false }, {}])
})

/** Frames of the nearest rows by cosine, by reading every one. */
function nearest(views: readonly VectorView[], query: Float32Array): Set<number> {
  const best: { frameId: number; score: number }[] = []
  for (const { data, stride, frameIds } of views) {
    for (let row = 0; row < frameIds.length; row++) {
      let dot = 0
      let square = 0
      for (let at = 0; at < DIMENSION; at++) {
        const value = data[row * stride + at]!
        dot += value * query[at]!
        square += value * value
      }
      const score = dot / Math.sqrt(square)
      if (best.length === K && score <= best[K - 1]!.score) continue
      best.push({ frameId: frameIds[row]!, score })
      best.sort((a, b) => b.score - a.score)
      best.length = Math.min(best.length, K)
    }
  }
  return new Set(best.map(({ frameId }) => frameId))
}
