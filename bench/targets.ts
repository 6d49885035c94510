/** What each measured thing is to reach at least; the report holds its figures to these. */

export interface Target {
  /** As a reader of the report understands it. */
  what: string
  row: string
  /** Of the line in that row. */
  metric: string
  /** Where a row has lines against several peers. */
  peer?: string
  /** `ratio`: memvid ÷ peer in the same run; `value`: memvid's own figure, in the line's unit. */
  of: 'ratio' | 'value'
  /** Least or greatest, as the line's `better` says. */
  bound: number
}

const RAW = 'raw 4 KiB append + fdatasync'
const NODE = 'node -e 0'

export const TARGETS: readonly Target[] = [
  { what: 'bulk text, durable, against tantivy alone', row: 'tantivy-alone', metric: 'load, documents a second', of: 'ratio', bound: 0.8 },
  { what: 'bulk text with 384-d vectors, indexed, against LanceDB', row: 'lancedb', metric: 'load, documents a second', of: 'ratio', bound: 10 },
  { what: 'embedding one document', row: 'embed', metric: 'one document', of: 'value', bound: 50 },
  { what: 'one durable put, against the raw disk', row: 'durable-put', metric: 'one put, median', peer: RAW, of: 'ratio', bound: 1.4 },
  { what: 'one durable put on the calling thread, against the raw disk', row: 'durable-put', metric: 'one put, blocking, median', peer: RAW, of: 'ratio', bound: 1.4 },
  { what: '1,000 grouped puts, against lmdb', row: 'grouped-puts', metric: 'a thousand puts, median', of: 'ratio', bound: 1 },
  { what: 'text query, ids and scores, against tantivy alone: median', row: 'tantivy-alone', metric: 'ids and scores of one query, median', of: 'ratio', bound: 1.3 },
  { what: 'text query, ids and scores, against tantivy alone: p99', row: 'tantivy-alone', metric: 'ids and scores of one query, p99', of: 'ratio', bound: 1.3 },
  { what: 'ten hits with snippets, beyond that', row: 'tantivy-alone', metric: 'ten hits with snippets, beyond that', of: 'value', bound: 0.4 },
  { what: 'vector query, exact', row: 'lancedb', metric: 'vector query, median', of: 'value', bound: 2.5 },
  { what: 'hybrid query, against LanceDB', row: 'lancedb', metric: 'hybrid query, median', of: 'ratio', bound: 0.25 },
  { what: 'open and first query, beyond Node’s own start', row: 'open-find', metric: 'beyond Node’s own start, median', of: 'value', bound: 8 },
  { what: '`memvid find` as a process, against an empty Node', row: 'open-find', metric: '`memvid find` as a process, median', peer: NODE, of: 'ratio', bound: 1.35 },
  { what: 'file, text with positions, against the raw text', row: 'ingest-text', metric: 'file, against the text', of: 'ratio', bound: 0.8 },
  { what: 'peak memory of a bulk load, text', row: 'ingest-text', metric: 'peak memory', of: 'value', bound: 250 },
  { what: 'a recorded find, against the same unrecorded and one sync', row: 'recorded-find', metric: 'one recorded find, median', of: 'ratio', bound: 1.05 },
  { what: 'a recorded ask, against the same unrecorded and one sync', row: 'recorded-find', metric: 'one recorded ask, median', of: 'ratio', bound: 1.05 },
]
