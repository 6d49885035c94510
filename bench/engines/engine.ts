/** What both sides of the benchmark do, so that one loop measures either. */
import type { Mode, Vectors } from '../rows.js'

export interface Document {
  text: string
  vector?: Float32Array
}

export interface Query {
  text: string
  vector?: Float32Array
}

/** An open store. Documents are numbered from 0 in the order they were put. */
export interface EngineStore {
  /** Stores all in batches of `BATCH_SIZE`, each durable before the next. */
  putAll(documents: Iterable<Document>): Promise<void>
  /** `blocking`: on the calling thread, where an engine has a choice. */
  putOne(document: Document, blocking?: boolean): Promise<void> | void
  /** Numbers of the best `k` documents; the snippets are made and dropped. */
  find(query: Query, mode: Mode, k: number): Promise<number[]> | number[]
  close(): Promise<void> | void
}

export interface Engine {
  name: 'memvid' | 'sqlite'
  create(path: string, vectors: Vectors): Promise<EngineStore>
  open(path: string, vectors: Vectors): Promise<EngineStore>
}

/** Documents a commit: what `putMany` of the public API uses. */
export const BATCH_SIZE = 1000
export const SNIPPET_CHARACTERS = 240
export const DIMENSION = 256

/** Loads an engine; its library is loaded only then, so that a process measures its own side alone. */
export async function loadEngine(name: Engine['name']): Promise<Engine> {
  return name === 'memvid' ? (await import('./memvid.js')).memvid : (await import('./sqlite.js')).sqlite
}

/** Texts with the vectors that belong to them; without `vectors`, texts alone. */
export function* documents(texts: Iterable<string>, vectors?: readonly Float32Array[]): Generator<Document> {
  let index = 0
  for (const text of texts) yield vectors ? { text, vector: vectors[index++]! } : { text }
}

/** One vector a row of a flat array. */
export function rowsOf(flat: Float32Array): Float32Array[] {
  return Array.from({ length: flat.length / DIMENSION }, (_, row) => flat.subarray(row * DIMENSION, (row + 1) * DIMENSION))
}
