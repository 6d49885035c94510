/** Text with 384-d vectors: loaded and indexed, then asked by vector and by both, next to LanceDB; and next to usearch as the index alone. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type * as Sdk from '../../src/index.js'
import { exactNearest, type Context } from '../context.js'
import { documents } from '../engines/engine.js'
import { loadLanceDb } from '../engines/lancedb.js'
import { loadPeer } from '../peers.js'
import type { Row } from '../rows.js'
import { latencyLines, line, meanOverlap, type Line } from '../summary.js'
import { inRounds } from './loops.js'

const DIMENSION = 384
const K = 10

/** The part of usearch that is used. */
interface Usearch {
  Index: new (config: object) => UsearchIndex
}
interface UsearchIndex {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
  search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array }
}

export async function measureLanceDb(row: Row, context: Context): Promise<Line[]> {
  const { create } = (await import(new URL('../../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk
  const { texts } = context.corpus
  const vectors = context.documentVectors().map(widened)
  const queries = context.queries().map(({ text, vector }) => ({ text, vector: widened(vector!) }))

  const started = performance.now()
  const memory = await create(context.newPath('memvid'), { vectorDim: DIMENSION })
  await memory.putMany(documents(texts, vectors))
  const memvidSeconds = (performance.now() - started) / 1000
  const lancePath = join(context.folder, 'lancedb')
  const lanceStarted = performance.now()
  const lance = await loadLanceDb(lancePath, texts, vectors)
  const lanceSeconds = (performance.now() - lanceStarted) / 1000
  const usearchStarted = performance.now()
  const usearch = loadUsearch(vectors)
  const usearchSeconds = (performance.now() - usearchStarted) / 1000

  const options = { k: K, snippetChars: 240 } as const
  const ids = (found: Sdk.FindResult) => found.hits.map(({ frameId }) => frameId)
  const asks = {
    vector: [
      async ({ vector }: Query) => ids(await memory.find('', { ...options, mode: 'vec', vector })),
      ({ vector }: Query) => lance.nearest(vector, K),
      ({ vector }: Query) => Promise.resolve(Array.from(usearch.search(vector, K, 1).keys, Number)),
    ],
    hybrid: [
      async ({ text, vector }: Query) => ids(await memory.find(text, { ...options, mode: 'hybrid', vector })),
      ({ text, vector }: Query) => lance.hybrid(text, vector, K),
    ],
  }
  const exact = queries.map(({ vector }) => exactNearest(vectors, vector, K))
  const recalls: string[] = []
  for (const ask of asks.vector) {
    const found: number[][] = []
    for (const query of queries) found.push(await ask(query))
    recalls.push(meanOverlap(found, exact).toFixed(3))
  }
  const samplesOf = (list: readonly ((query: Query) => Promise<number[]>)[]) =>
    inRounds(list.map((ask) => asker(ask, queries)), queries.length, context.repeats.findRounds)
  const [memvidVector, lanceVector, usearchVector] = (await samplesOf(asks.vector)) as [number[], number[], number[]]
  const [memvidHybrid, lanceHybrid] = (await samplesOf(asks.hybrid)) as [number[], number[]]
  await memory.close()
  lance.close()
  rmSync(lancePath, { recursive: true })

  const peer = row.peer!
  const load = { row: row.name, metric: 'load, documents a second', unit: 'docs/s', better: 'higher', samples: 1 } as const
  const recall = (side: number) => `recall ${recalls[0]} and ${recalls[side]}`
  return [
    line({ ...load, memvid: texts.length / memvidSeconds, peer: { name: peer, value: texts.length / lanceSeconds }, quality: recall(1) }),
    line({ ...load, memvid: texts.length / memvidSeconds, peer: { name: 'usearch, vectors alone', value: texts.length / usearchSeconds }, quality: recall(2) }),
    ...latencyLines(row.name, 'vector query', memvidVector, { name: peer, samples: lanceVector }, recall(1)),
    ...latencyLines(row.name, 'vector query', memvidVector, { name: 'usearch, ids alone', samples: usearchVector }, recall(2)).slice(0, 1),
    ...latencyLines(row.name, 'hybrid query', memvidHybrid, { name: peer, samples: lanceHybrid }),
  ]
}

interface Query {
  text: string
  vector: Float32Array
}

function asker(ask: (query: Query) => Promise<number[]>, queries: readonly Query[]): () => Promise<number[]> {
  let next = 0
  return () => ask(queries[next++ % queries.length]!)
}

/** 256 numbers as 384 with the same cosines: each of the first 128 is spread over two by an angle of its own. */
function widened(vector: Float32Array): Float32Array {
  const wide = new Float32Array(DIMENSION)
  wide.set(vector)
  for (let index = 0; index < DIMENSION - vector.length; index++) {
    const angle = (index + 1) / 100
    wide[index] = vector[index]! * Math.cos(angle)
    wide[vector.length + index] = vector[index]! * Math.sin(angle)
  }
  return wide
}

function loadUsearch(vectors: readonly Float32Array[]): UsearchIndex {
  const { Index } = loadPeer<Usearch>('usearch')
  const index = new Index({ dimensions: DIMENSION, metric: 'cos', quantization: 'f16', connectivity: 16, expansion_add: 128, expansion_search: 256, multi: false })
  const flat = new Float32Array(vectors.length * DIMENSION)
  vectors.forEach((vector, row) => flat.set(vector, row * DIMENSION))
  index.add(BigUint64Array.from(vectors, (_, row) => BigInt(row)), flat, 0)
  return index
}
