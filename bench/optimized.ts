/**
 * Vectors of a large file before and after `optimize`, next to usearch alone: median, p99, processor time and recall of a search.
 *
 *   node dist/bench/optimized.js [--documents 1000000]
 *
 * Texts and queries are those of `grow.js`; the truth is a comparison with every vector, in JavaScript.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type * as Sdk from '../src/index.js'
import { buildCorpus, paragraphs, QUERY_COUNT, textNumber } from './corpus.js'
import { ensurePeers, loadPeer, ROOT } from './peers.js'
import { median, percentile } from './summary.js'

const { create } = (await import(new URL('../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk

const K = 10
const QUERIES = 100
const ROUNDS = 3
const CHUNK = 100_000
/** usearch is asked with more and more candidates until it finds as much as memvid does. */
const EXPANSIONS = [128, 256, 512, 768, 1024, 1536, 2048, 3072]
const USEARCH = { metric: 'cos', quantization: 'f16', connectivity: 16, expansion_add: 128, multi: false }

/** The part of usearch that is used. */
interface Index {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
  search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array }
  save(path: string): void
  load(path: string): void
}

interface Search {
  ids: (query: number) => Promise<number[]> | number[]
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const seconds = (started: number): string => `${((performance.now() - started) / 1000).toFixed(1)} s`

async function* texts(documents: number): AsyncGenerator<{ text: string }> {
  const known = paragraphs().slice(0, -QUERY_COUNT)
  for (let index = 0; index < documents; index++) yield { text: textNumber(known, index) }
}

/** Asks every query some times, and prints a row of the table. Gives the recall. */
async function measured(name: string, { ids }: Search, truth: readonly Set<number>[]): Promise<number> {
  const times: number[] = []
  let found = 0
  const processor = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [query, expected] of truth.entries()) {
      const started = performance.now()
      const result = await ids(query)
      times.push(performance.now() - started)
      found += result.filter((id) => expected.has(id)).length
    }
  }
  const { user, system } = process.cpuUsage(processor)
  const recall = found / (ROUNDS * truth.length * K)
  const cells = [median(times), percentile(times, 0.99), (user + system) / 1000 / times.length].map((ms) => ms.toFixed(2))
  say(`| ${[name, ...cells, recall.toFixed(3)].join(' | ')} |`)
  return recall
}

async function compare(folder: string, documents: number): Promise<void> {
  const queries = buildCorpus(1000).queries.slice(0, QUERIES)
  const memory = await create(join(folder, 'optimized.mv2'))
  await memory.putMany(texts(documents))
  const find = (query: number): Promise<number[]> =>
    memory.find(queries[query]!, { mode: 'vec', k: K }).then(({ hits }) => hits.map(({ frameId }) => frameId))
  const vectors = await queryVectors(folder, queries)
  const truth = nearest(await memory.vectors(), vectors)
  say('| search, ten hits | median ms | p99 ms | processor ms | recall |')
  say('|---|---:|---:|---:|---:|')
  await measured('memvid, straight after loading', { ids: find }, truth)
  const optimizing = performance.now()
  const { hasGraph, vectorCount } = await memory.optimize()
  const optimized = seconds(optimizing)
  const recall = await measured('memvid, optimized', { ids: find }, truth)

  const views = await memory.vectors()
  const dim = views[0]!.dim
  const { Index } = loadPeer<{ Index: new (config: object) => Index }>('usearch')
  const built = new Index({ ...USEARCH, dimensions: dim, expansion_search: EXPANSIONS[0]! })
  const building = performance.now()
  for (const view of views) {
    if (view.precision !== 'f32') throw new Error('the file was made with vectors in f32')
    for (let from = 0; from < view.frameIds.length; from += CHUNK) {
      const ids = BigUint64Array.from(view.frameIds.subarray(from, from + CHUNK), BigInt)
      built.add(ids, view.data.subarray(from * dim, (from + ids.length) * dim), 0)
    }
  }
  const usearchBuilt = seconds(building)
  const indexPath = join(folder, 'usearch.index')
  built.save(indexPath)
  for (const expansion of EXPANSIONS) {
    const index = new Index({ ...USEARCH, dimensions: dim, expansion_search: expansion })
    index.load(indexPath)
    const ids = (query: number): number[] => Array.from(index.search(vectors[query]!, K, 1).keys, Number)
    if ((await measured(`usearch alone, ids only, ${expansion} candidates`, { ids }, truth)) >= recall) break
  }
  await memory.close()
  say(`\n${vectorCount.toLocaleString('en')} vectors of ${dim} numbers; ${hasGraph ? 'a graph' : 'no graph'} by \`optimize\` in ${optimized}, usearch built in ${usearchBuilt}.`)
}

/** The frames of the nearest vectors to each query, by comparing it with all. */
function nearest(views: readonly Sdk.VectorView[], queries: readonly Float32Array[]): Set<number>[] {
  const best: { score: number; id: number }[][] = queries.map(() => [])
  for (const { dim, frameIds, data } of views) {
    for (let row = 0; row < frameIds.length; row++) {
      const vector = data.subarray(row * dim, (row + 1) * dim)
      const length = Math.sqrt(dot(vector, vector))
      for (const [at, query] of queries.entries()) {
        const [score, list] = [dot(vector, query) / length, best[at]!]
        if (list.length === K && score <= list[K - 1]!.score) continue
        list.push({ score, id: frameIds[row]! })
        list.sort((a, b) => b.score - a.score)
        list.length = Math.min(list.length, K)
      }
    }
  }
  return best.map((list) => new Set(list.map(({ id }) => id)))
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!
  return sum
}

/** The queries' vectors, as the file's embedder makes them. */
async function queryVectors(folder: string, queries: readonly string[]): Promise<Float32Array[]> {
  const memory = await create(join(folder, 'queries.mv2'))
  for (const text of queries) await memory.put({ text })
  const vectors: Float32Array[] = []
  for (const { dim, frameIds, data } of await memory.vectors()) {
    frameIds.forEach((id, row) => (vectors[id] = Float32Array.from(data.subarray(row * dim, (row + 1) * dim))))
  }
  await memory.close()
  return vectors
}

const { values } = parseArgs({ options: { documents: { type: 'string', default: '1000000' } } })
ensurePeers()
mkdirSync(join(ROOT, 'dist'), { recursive: true })
const folder = mkdtempSync(join(ROOT, 'dist', 'bench-data-'))
try {
  await compare(folder, Number(values.documents))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
