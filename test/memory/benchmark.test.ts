import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Workspace } from '../e2e/support/cli.js'
import { fails, newMemory } from './support.js'

const subjects = ['mill', 'harbour', 'treaty', 'orchard', 'railway', 'senate']

test('a file is measured by mode, with the recall of its index and its size by part', async (t) => {
  const mem = await newMemory(t)
  await mem.putMany(Array.from({ length: 120 }, (_, n) => ({ text: `Report number ${n} about the ${subjects[n % 6]} and its keepers in winter.` })))
  const session = await mem.sessionStart('untouched')
  const result = await mem.benchmark({ queries: 30, k: 5 })
  assert.deepEqual(result.modes.map(({ mode }) => mode), ['lex', 'vec', 'hybrid'])
  assert.deepEqual(result.modes.map(({ recallOfIndex }) => recallOfIndex), [null, 1, null])
  assert.ok(result.modes.every(({ medianMs, p99Ms }) => medianMs > 0 && p99Ms >= medianMs))
  assert.deepEqual([result.documents, result.vectors, result.queries, result.k], [120, 120, 30, 5])
  const { total, ...parts } = result.sizeBytes
  assert.equal(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0), total)
  assert.ok(parts.vectorIndex > 120 * 256 * 4 && parts.textIndex > 0 && parts.tables > 0 && parts.documentsAndHistory > 0)
  await mem.sessionEnd()
  assert.equal((await mem.sessionView(session)).actions.length, 0, 'a measurement is no action')
})

test('without an embedder of the engine only words are measured; an empty file is refused', async (t) => {
  const mem = await newMemory(t, { vectorDim: 3 })
  await assert.rejects(mem.benchmark(), fails('InvalidInput', /no text/))
  await mem.put({ text: 'The mill burned down in 1871.', vector: [1, 2, 3] })
  assert.deepEqual((await mem.benchmark({ queries: 1 })).modes.map(({ mode }) => mode), ['lex'])
})

test('memvid bench prints the same', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'm.mv2')
  await workspace.shell('echo The mill burned down in the winter of 1871. | memvid put m.mv2 --input -')
  const text = await workspace.ok('bench', 'm.mv2', '--queries', '3')
  assert.match(text, /^1 documents, 1 vectors by static-minilm-256@1\nlex +median [\d.]+ ms, p99 [\d.]+ ms\nvec +median .*recall of the index 1\.000\nhybrid /)
  const { size_bytes: size, modes } = await workspace.json<{ size_bytes: { total: number }; modes: unknown[] }>('bench', 'm.mv2')
  assert.ok(size.total > 0 && modes.length === 3)
})
