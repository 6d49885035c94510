/** What is measured: one entry a row. How a kind of row is measured is in measure/, and nothing but that is code. */

export type Vectors = 'none' | 'embedded' | 'given'
export type Mode = 'lex' | 'vec' | 'hybrid'

interface RowBase {
  /** For `--row`. */
  name: string
  /** What is done, as a reader of the table understands it. */
  title: string
  /** What memvid is compared with; null: nothing has it, and `note` says so. */
  peer: string | null
  note: string
}

export type Row = RowBase &
  (
    | { measure: 'ingest'; vectors: Vectors }
    | { measure: 'embed' }
    | { measure: 'durable-put' }
    | { measure: 'find'; mode: Mode }
    | { measure: 'open-find' }
    | { measure: 'replay' }
    | { measure: 'long-session' }
    | { measure: 'tantivy' }
    | { measure: 'group' }
    | { measure: 'recorded' }
    | { measure: 'lancedb' }
  )

export const ROWS: readonly Row[] = [
  {
    name: 'ingest-text',
    title: 'Ingest of text',
    measure: 'ingest',
    vectors: 'none',
    peer: 'FTS5',
    note:
      'Batches of 1,000, each synced; from the first put to the closed file. memvid also compresses the text, hashes it and ' +
      'chains the commits.',
  },
  {
    name: 'ingest-embedded',
    title: 'Ingest of text, vectors by the embedded embedder',
    measure: 'ingest',
    vectors: 'embedded',
    peer: null,
    note: 'SQLite has no embedder.',
  },
  {
    name: 'ingest-vectors',
    title: 'Ingest of text with given 256-d vectors',
    measure: 'ingest',
    vectors: 'given',
    peer: 'FTS5 + sqlite-vec',
    note: 'Both get the same f32 vectors, made before the clock starts; sqlite-vec keeps them as f32.',
  },
  {
    name: 'embed',
    title: 'Embedding alone',
    measure: 'embed',
    peer: null,
    note: 'SQLite has no embedder.',
  },
  {
    name: 'durable-put',
    title: 'One durable put of 500 bytes',
    measure: 'durable-put',
    peer: 'FTS5',
    note: 'Each put synced before it is acknowledged; blocks of 25 in turn, in files that begin empty.',
  },
  {
    name: 'grouped-puts',
    title: 'A thousand puts of 500 bytes at once',
    measure: 'group',
    peer: 'lmdb',
    note: 'All are waited for, and synced; memvid with durability group, lmdb with its own batching, rows without an index.',
  },
  {
    name: 'tantivy-alone',
    title: 'The engine next to its index alone',
    measure: 'tantivy',
    peer: 'tantivy',
    note:
      'One native process. tantivy indexes one stemmed field with positions on two threads, in memory; the engine also stores, compresses, ' +
      'hashes and syncs, and closes a file.',
  },
  {
    name: 'find-text',
    title: 'Text query (OR), top 10 with snippets',
    measure: 'find',
    mode: 'lex',
    peer: 'FTS5',
    note: 'FTS5 with the porter stemmer, bm25 order and snippet(); warm.',
  },
  {
    name: 'find-vector',
    title: 'Vector query, top 10 with snippets',
    measure: 'find',
    mode: 'vec',
    peer: 'sqlite-vec',
    note: 'sqlite-vec scans all vectors in f32; its snippet is the text’s beginning.',
  },
  {
    name: 'find-hybrid',
    title: 'Hybrid query, top 10 with snippets',
    measure: 'find',
    mode: 'hybrid',
    peer: 'FTS5 + sqlite-vec',
    note: 'memvid fuses by relative score; for SQLite the top 100 of each are fused by reciprocal rank in JavaScript.',
  },
  {
    name: 'lancedb',
    title: 'Text with given 384-d vectors',
    measure: 'lancedb',
    peer: 'LanceDB',
    note:
      'Loaded and both indexed: memvid in batches of 1,000, each synced; LanceDB in batches of 10,000, then its full-text index and HNSW over ' +
      'scalar-quantised vectors (IVF partitions by its default). Vectors are the embedded embedder’s 256 numbers, half of them spread over two ' +
      'each, which keeps all cosines. Hybrid fuses both lists, LanceDB by its reciprocal rank; hits with text. usearch is the index alone: ' +
      'HNSW in memory over f16, without texts or a file.',
  },
  {
    name: 'recorded-find',
    title: 'Finds and asks while a session is recorded',
    measure: 'recorded',
    peer: 'unrecorded + 1 sync',
    note: 'Text queries, blocks of 20 finds and 4 asks (local:extractive) in turn; the sync is that of a raw 4 KiB append in the same folder.',
  },
  {
    name: 'open-find',
    title: 'Open + first text query in a new process',
    measure: 'open-find',
    peer: 'FTS5',
    note: 'Loading the library included; the file is in the page cache.',
  },
  {
    name: 'replay-audit',
    title: 'Audit replay of a recorded session of asks',
    measure: 'replay',
    peer: null,
    note: 'No peer records and replays. Asks answered by local:extractive; each frozen context is read and hashed again.',
  },
  {
    name: 'long-session',
    title: 'A session of 10,000 actions',
    measure: 'long-session',
    peer: null,
    note:
      'No peer records and replays. In 2,000 documents; four tenths asks (local:extractive), four tenths finds, the rest puts and tool ' +
      'calls; each process reads the file anew from the page cache. Memory is what the process holds beside the mapped file; the audit lets ' +
      'go of each step, as `session replay --audit` does.',
  },
]
