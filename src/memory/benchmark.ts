import type { FindRequest } from '../native/binding.js'
import { invalid, OptionReader } from './options.js'
import { candidatesFor } from './retrieve.js'
import type { Store } from './store.js'
import type { BenchmarkOptions, BenchmarkResult, ModeBenchmark, SearchMode } from './types.js'

const DEFAULT_QUERIES = 100
const DEFAULT_K = 10
const QUERY_WORDS = 6
/** Words of fewer letters say little about a document. */
const WORD_LETTERS = 4

/** Searches a file for words of its own documents, and says how long that takes, what the index misses, and what takes the space. */
export async function benchmark(store: Store, given: BenchmarkOptions): Promise<BenchmarkResult> {
  const options = new OptionReader('benchmark', given, ['queries', 'k'])
  const queries = options.integer('queries', 1, 100_000) ?? DEFAULT_QUERIES
  const k = options.integer('k', 1, 1000) ?? DEFAULT_K
  await store.maintained()
  const snapshot = store.refresh()
  const texts = await sampleQueries(store, queries)
  if (texts.length === 0) throw invalid('benchmark: the file holds no text to make queries of')
  const stats = await store.native.stats()
  const modes: SearchMode[] = stats.embedder !== undefined && store.embedder.isOwn() ? ['lex', 'vec', 'hybrid'] : ['lex']
  const measured: ModeBenchmark[] = []
  for (const mode of modes) measured.push(await measureMode(store, mode, texts, k))
  const { sizeBytes, textIndexBytes, vectorIndexBytes, tableBytes } = stats
  const rest = sizeBytes - textIndexBytes - vectorIndexBytes - tableBytes
  return {
    documents: snapshot.liveFrameCount,
    vectors: stats.vectorCount,
    embedder: stats.embedder ?? null,
    queries: texts.length,
    k,
    modes: measured,
    sizeBytes: {
      total: sizeBytes,
      textIndex: textIndexBytes,
      vectorIndex: vectorIndexBytes,
      tables: tableBytes,
      documentsAndHistory: rest,
    },
  }
}

async function measureMode(store: Store, mode: SearchMode, texts: readonly string[], k: number): Promise<ModeBenchmark> {
  const times: number[] = []
  let found = 0
  let expected = 0
  // The first one pays for opening the indexes.
  await search(store, mode, texts[0]!, k, false)
  for (const text of texts) {
    const started = performance.now()
    const hits = await search(store, mode, text, k, false)
    times.push(performance.now() - started)
    if (mode !== 'vec') continue
    const exact = await search(store, mode, text, k, true)
    expected += exact.length
    found += exact.filter((frameId) => hits.includes(frameId)).length
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!
  const recall = mode === 'vec' && expected > 0 ? found / expected : null
  return { mode, medianMs: at(0.5), p99Ms: at(0.99), recallOfIndex: recall }
}

async function search(store: Store, mode: SearchMode, query: string, k: number, exact: boolean): Promise<number[]> {
  const request: FindRequest = { query, mode, k, candidates: candidatesFor(k), alpha: 0.3, fusion: 'auto', snippetChars: 240, exact }
  return (await store.native.find(request)).hits.map(({ frameId }) => frameId)
}

/** Some words of documents spread over the whole file: the same file gives the same queries. */
async function sampleQueries(store: Store, count: number): Promise<string[]> {
  const { frameCount } = store.refresh()
  const queries: string[] = []
  const step = Math.max(1, Math.floor(frameCount / count))
  for (let frameId = 0; frameId < frameCount && queries.length < count; frameId += step) {
    const { text, status } = await store.native.get(frameId)
    if (status !== 'active' || text === undefined) continue
    const words = [...new Set(text.match(/\p{L}+/gu)?.filter((word) => word.length >= WORD_LETTERS) ?? [])]
    const start = Math.max(0, Math.floor(words.length / 2) - QUERY_WORDS / 2)
    const query = words.slice(start, start + QUERY_WORDS).join(' ')
    if (query !== '') queries.push(query)
  }
  return queries
}
