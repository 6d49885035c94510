/** LanceDB with both of its indexes, through its own API. */
import { loadPeer } from '../peers.js'

/** The part of LanceDB that is used. */
interface LanceDb {
  connect(path: string): Promise<Connection>
  Index: { fts(): unknown; hnswSq(options?: object): unknown }
  rerankers: { RRFReranker: { create(): Promise<unknown> } }
}
interface Connection {
  createTable(name: string, rows: readonly object[]): Promise<Table>
}
interface Table {
  add(rows: readonly object[]): Promise<unknown>
  createIndex(column: string, options: { config: unknown }): Promise<void>
  query(): Query
  close(): void
}
interface Query {
  nearestTo(vector: Float32Array): Query
  ef(count: number): Query
  refineFactor(factor: number): Query
  fullTextSearch(text: string): Query
  rerank(reranker: unknown): Query
  select(columns: string[]): Query
  limit(count: number): Query
  toArray(): Promise<{ id: number }[]>
}

const BATCH = 10_000
/** Its defaults find two thirds of the nearest ten here; with these it finds nearly all, which is what the speeds are compared at. */
const EF = 200
const REFINE = 4

export interface LanceStore {
  hybrid(text: string, vector: Float32Array, k: number): Promise<number[]>
  nearest(vector: Float32Array, k: number): Promise<number[]>
  close(): void
}

/** Loads all and indexes text and vectors. */
export async function loadLanceDb(path: string, texts: readonly string[], vectors: readonly Float32Array[]): Promise<LanceStore> {
  // With as many threads as two cores give it, it waits for itself for ever while it indexes 100,000 texts.
  process.env['LANCE_CPU_THREADS'] ??= '8'
  process.env['LANCEDB_LOG'] ??= 'error'
  const lancedb = loadPeer<LanceDb>('@lancedb/lancedb')
  const database = await lancedb.connect(path)
  const rows = (from: number) => texts.slice(from, from + BATCH).map((text, index) => ({ id: from + index, text, vector: Array.from(vectors[from + index]!) }))
  const table = await database.createTable('documents', rows(0))
  for (let from = BATCH; from < texts.length; from += BATCH) await table.add(rows(from))
  await table.createIndex('text', { config: lancedb.Index.fts() })
  await table.createIndex('vector', { config: lancedb.Index.hnswSq({ distanceType: 'cosine' }) })
  const reranker = await lancedb.rerankers.RRFReranker.create()
  const near = (vector: Float32Array) => table.query().nearestTo(vector).ef(EF).refineFactor(REFINE)
  const ids = (found: { id: number }[]) => found.map(({ id }) => id)
  return {
    async hybrid(text, vector, k) {
      return ids(await near(vector).fullTextSearch(text).rerank(reranker).select(['id', 'text']).limit(k).toArray())
    },
    async nearest(vector, k) {
      return ids(await near(vector).select(['id', 'text']).limit(k).toArray())
    },
    close: () => table.close(),
  }
}
