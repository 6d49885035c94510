/** The views that `vectors()` gives: no copy, and nothing that is written to one reaches the file. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { anotherHandle, newMemory } from './support.js'

const DIM = 1024
const COUNT = 6000

/** Memory of this process that no file stands behind, and with the files' pages, in bytes. */
function memory(): { anonymous: number; all: number } {
  const status = readFileSync('/proc/self/status', 'utf8')
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return { anonymous: of('RssAnon'), all: of('VmRSS') }
}

test('views of 24 MB take no memory of their own', async (t) => {
  const mem = await newMemory(t, { vectorDim: DIM })
  const row = (n: number): Float32Array => Float32Array.from({ length: DIM }, (_, at) => Math.sin(n * 7 + at))
  for (let first = 0; first < COUNT; first += 1000) {
    await mem.putMany(Array.from({ length: 1000 }, (_, n) => ({ text: `document ${first + n}`, vector: row(first + n) })), { durability: 'none' })
  }
  const reader = await anotherHandle(t, mem, { readOnly: true })
  await reader.find('x', { vector: row(1), mode: 'vec' })
  const before = memory().anonymous
  const views = await reader.vectors()
  const size = views.reduce((sum, { data }) => sum + data.byteLength, 0)
  assert.equal(size, COUNT * DIM * 4)
  // Read in full: pages of the file come into memory, and stay the file's.
  let sum = 0
  for (const { data } of views) for (const value of data) sum += value
  assert.ok(Number.isFinite(sum))
  const grown = memory().anonymous - before
  assert.ok(grown < size / 4, `${grown} bytes of memory for views of ${size}`)

  const query = row(4321)
  const hit = async () => (await reader.find('x', { vector: query, mode: 'vec', k: 3 })).hits.map(({ frameId, score }) => [frameId, score])
  const bytes = readFileSync(mem.path)
  const found = await hit()
  assert.equal(found[0]?.[0], 4321)
  for (const { data } of views) data.fill(123)
  assert.deepEqual(await hit(), found)
  assert.ok(readFileSync(mem.path).equals(bytes), 'the file is as it was')
  assert.ok((await reader.vectors())[0]!.data[0] !== 123, 'new views show the file')
  assert.equal((await mem.verify()).ok, true)
})
