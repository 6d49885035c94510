/** What the rows of one run share: texts, vectors, the folder they work in, and stores that are built once. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadBinding } from '../src/native/index.js'
import type { Corpus } from './corpus.js'
import { documents, loadEngine, rowsOf, type Engine, type EngineStore, type Query } from './engines/engine.js'
import { writeLines } from './lines.js'


/** How often each measurement is repeated. */
export interface Repeats {
  ingest: number
  puts: number
  findRounds: number
  processes: number
  replays: number
  /** Length of the long session. */
  sessionActions: number
}

export const FULL: Repeats = { ingest: 5, puts: 1000, findRounds: 5, processes: 21, replays: 5, sessionActions: 10_000 }
export const QUICK: Repeats = { ingest: 1, puts: 100, findRounds: 1, processes: 3, replays: 1, sessionActions: 1000 }

export const ENGINES: readonly Engine['name'][] = ['memvid', 'sqlite']
const EXTENSIONS = { memvid: 'mv2', sqlite: 'db' } as const

export class Context {
  readonly #searched = new Map<Engine['name'], Promise<{ path: string; store: EngineStore }>>()
  #documentVectors: Float32Array[] | undefined
  #queries: Query[] | undefined
  #textsPath: string | undefined
  #vectorsPath: string | undefined
  #files = 0

  constructor(
    readonly corpus: Corpus,
    readonly folder: string,
    readonly repeats: Repeats,
  ) {}

  /** A path that no other row uses. */
  newPath(engine: Engine['name']): string {
    return join(this.folder, `${++this.#files}.${EXTENSIONS[engine]}`)
  }

  /** The embedded embedder's vectors, one a text. */
  documentVectors(): Float32Array[] {
    return (this.#documentVectors ??= embedAll(this.corpus.texts))
  }

  queries(): Query[] {
    if (!this.#queries) {
      const vectors = embedAll(this.corpus.queries)
      this.#queries = this.corpus.queries.map((text, index) => ({ text, vector: vectors[index]! }))
    }
    return this.#queries
  }

  /** The texts as a JSON file, for child processes. */
  textsPath(): string {
    if (!this.#textsPath) writeLines((this.#textsPath = join(this.folder, 'texts.jsonl')), this.corpus.texts)
    return this.#textsPath
  }

  /** The vectors as a file of f32, one after the other, for child processes. */
  vectorsPath(): string {
    if (!this.#vectorsPath) {
      const all = this.documentVectors().map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength))
      writeFileSync((this.#vectorsPath = join(this.folder, 'vectors.f32')), Buffer.concat(all))
    }
    return this.#vectorsPath
  }

  /** A store of all texts with their vectors, built at the first call, closed and opened again. */
  searched(engine: Engine['name']): Promise<{ path: string; store: EngineStore }> {
    let built = this.#searched.get(engine)
    if (!built) this.#searched.set(engine, (built = this.#build(engine)))
    return built
  }

  async close(): Promise<void> {
    for (const built of this.#searched.values()) await (await built).store.close()
  }

  async #build(name: Engine['name']): Promise<{ path: string; store: EngineStore }> {
    const engine = await loadEngine(name)
    const path = this.newPath(name)
    const made = await engine.create(path, 'given')
    await made.putAll(documents(this.corpus.texts, this.documentVectors()))
    await made.close()
    return { path, store: await engine.open(path, 'given') }
  }
}

function embedAll(texts: readonly string[]): Float32Array[] {
  return rowsOf(loadBinding().embedTexts([...texts]))
}

/** The numbers of the `k` documents with the greatest cosine, by reading every vector; of equal ones the earlier. */
export function exactNearest(vectors: readonly Float32Array[], query: Float32Array, k: number): number[] {
  const best: { score: number; index: number }[] = []
  for (const [index, vector] of vectors.entries()) {
    const score = dot(vector, query) / (Math.sqrt(dot(vector, vector)) || 1)
    if (best.length === k && score <= best[k - 1]!.score) continue
    const place = best.findIndex((other) => other.score < score)
    best.splice(place === -1 ? best.length : place, 0, { score, index })
    best.length = Math.min(best.length, k)
  }
  return best.map(({ index }) => index)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!
  return sum
}

