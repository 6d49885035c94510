/** What the memory's methods take and give. Times are milliseconds since 1970 (UTC) unless a `Date` or ISO text is taken. */

import type { VectorPrecision } from '../native/binding.js'

export interface CreateOptions {
  /** New files only: whether frames get vectors. Default true. */
  enableVec?: boolean
  /** New files only: dimension of your own vectors; absent: the embedded embedder makes them. */
  vectorDim?: number
  /**
   * New files only: how finely vectors are kept. `f32`: as they are given. `f16`: rounded to halves, three fifths of the room. `i8`: a byte a
   * component, a fifth of the room. Searches are exact over what is kept. Default `f32`.
   */
  vectorPrecision?: VectorPrecision
  /**
   * What makes the vectors: `static` (default), `minilm` (after `installModel('minilm')`), or an embedding model that is asked over the
   * network, such as `openai:text-embedding-3-small` or `ollama:nomic-embed-text`. The file remembers it; a file of another is refused.
   */
  embedder?: string
  /** Where an embedder that is asked over the network is. Default: the provider's environment variable, or its usual address. */
  embedderBaseUrl?: string
  /** How long a write waits for another writer's turn. Default 5000. */
  lockTimeoutMs?: number
  /** Name of the calling program, kept in what a session records. Default `node`. */
  client?: string
}

export interface OpenOptions {
  /** The embedder that the file's vectors must be of, or that a file without documents gets. See `CreateOptions`. */
  embedder?: string
  /** See `CreateOptions`. */
  embedderBaseUrl?: string
  /** Open for reading only. Default false. */
  readOnly?: boolean
  /** How long a write waits for another writer's turn. Default 5000. */
  lockTimeoutMs?: number
  /** Name of the calling program, kept in what a session records. Default `node`. */
  client?: string
}

/** A moment: a `Date`, milliseconds since 1970, or an ISO 8601 text. */
export type Moment = Date | number | string

/**
 * `durable`: synced to the disk before the promise resolves. `group`: synced as well, and puts that wait at the same time share one commit
 * and its sync. `none`: written, not synced.
 */
export type Durability = 'durable' | 'group' | 'none'

/** One document. Exactly one of `text`, `bytes` and `path` is given. */
export interface PutItem {
  text?: string
  bytes?: Uint8Array
  /** A file to read: UTF-8 text becomes text, anything else bytes; its name is the default title. */
  path?: string
  /** Media type. Default `text/plain`, `application/octet-stream`, or what the extension of `path` says. */
  mimeType?: string
  title?: string
  /** Default `mv2://frames/<id>`. A URI that a live frame has already is superseded by this frame. */
  uri?: string
  tags?: string[]
  /** Any JSON-like object. */
  metadata?: Record<string, unknown>
  /** Default: now. */
  timestamp?: Moment
  /** Your own vector for the whole document. */
  vector?: Float32Array | number[]
}

export interface PutResult {
  frameId: number
  uri: string
  /** Hex BLAKE3 of the content. */
  contentHash: string
  commit: number
  durability: Durability
}

export interface UpdateResult extends PutResult {
  /** The frame that was replaced. */
  supersedes: number
}

export interface DeleteResult {
  frameId: number
  uri: string
  commit: number
}

export interface PutOptions {
  /** Default `durable`. */
  durability?: Durability
}

export interface PutOneOptions extends PutOptions {
  /**
   * Commit on the calling thread: quicker by the hand-over to another one, which takes about as long as writing to a fast disk, but
   * nothing else runs until the disk has answered. Not together with `durability: 'group'`. Default false.
   */
  blocking?: boolean
}

export interface PutManyOptions extends PutOptions {
  /** Called after each batch. `total` is known for arrays only. */
  onProgress?: (progress: { done: number; total: number | undefined }) => void
  /** Stops between batches; what was committed stays, and the error's `details.committed` counts it. */
  signal?: AbortSignal
}

export interface PutManyResult {
  count: number
  frameIds: number[]
  /** The newest commit, and how many there were. */
  commit: number
  commits: number
  durability: Durability
}

export type SearchMode = 'hybrid' | 'lex' | 'vec'
/** `auto`: `relative` with a weight of the vectors chosen for each query, by how much of it the best passage by words holds. */
export type Fusion = 'auto' | 'relative' | 'rrf'
export type AdaptiveRule = 'relative' | 'absolute' | 'knee' | 'gap' | 'cliff'

/** Where an adaptive search cuts its list. */
export interface AdaptiveOptions {
  /** Default `relative`: keep scores of at least `threshold` × the best one. */
  rule?: AdaptiveRule
  /** Default 0.65. */
  threshold?: number
  /** Default 3. */
  min?: number
  /** Default 50. */
  max?: number
}

/** Which documents a search may find. */
export interface SearchFilters {
  /** The memory as it was: a commit number, or a moment (`Date` or ISO text). Default: now. */
  asOf?: number | Date | string
  /** Only URIs that begin so. */
  scope?: string
  /** Only documents with all of these tags. */
  tags?: string[]
  /** Only documents whose timestamp is at or after this. */
  after?: Moment
  /** Only documents whose timestamp is before this. */
  before?: Moment
}

export interface FindOptions extends SearchFilters {
  /** Default `hybrid` when the file has vectors, else `lex`. */
  mode?: SearchMode
  /** Most hits. Default 8 (with `adaptive`: its `max`). */
  k?: number
  /** Your own query vector. */
  vector?: Float32Array | number[]
  /** Cut by score instead of at `k`. Default false. */
  adaptive?: boolean | AdaptiveOptions
  /** Length of a snippet in characters. Default 240. */
  snippetChars?: number
  /** Weight of the vectors in relative-score fusion, 0..1. Default: none, words and vectors are weighed for each query (`fusion: 'auto'`). */
  alpha?: number
  /** Default `auto`, or `relative` when `alpha` is given. */
  fusion?: Fusion
  /** Compare the query with every vector, however many there are. Default: of 200,000 vectors and more only those that the index leads to. */
  exact?: boolean
  /**
   * Search on the calling thread: quicker by the hand-over to another one, for a program that does nothing else meanwhile. Without effect
   * while a session is recorded, as the disk is waited for then. Default false.
   */
  blocking?: boolean
}

export interface BenchmarkOptions {
  /** How many searches of each kind. Default 100. */
  queries?: number
  /** Hits of each. Default 10. */
  k?: number
}

/** Searches of one mode. */
export interface ModeBenchmark {
  mode: SearchMode
  medianMs: number
  p99Ms: number
  /** `vec` only: which share of the hits of an exact search the index finds; 1 where every vector is compared. */
  recallOfIndex: number | null
}

export interface BenchmarkResult {
  documents: number
  vectors: number
  embedder: string | null
  queries: number
  k: number
  modes: ModeBenchmark[]
  /** The last one: contents, sessions, and what newer segments have replaced. */
  sizeBytes: { total: number; textIndex: number; vectorIndex: number; tables: number; documentsAndHistory: number }
}

export interface SnapshotInfo {
  commit: number
  /** Hex. */
  chainHash: string
  timeMs: number
  frameCount: number
  liveFrameCount: number
}

/** Which commits to list: `before` down, newest first. */
export interface CommitsOptions {
  /** Only commits with a lower number. Default: from the newest on. */
  before?: number
  /** Default 100. */
  limit?: number
  /** Every so many commits only, for an overview of a long history. Default 1. */
  step?: number
}

export interface FindHit {
  /** From 1. */
  rank: number
  frameId: number
  uri: string
  title: string | null
  snippet: string
  score: number
  /** Each arm's own score, null where the arm did not find it. */
  scores: { text: number | null; vector: number | null }
  ranks: { text: number | null; vector: number | null }
  /** UTF-8 byte span of the best passage in the document's text. */
  span: { start: number; length: number }
  /** Hex BLAKE3 of the document's content. */
  contentHash: string
  timestampMs: number
}

/** Where the ranked list was cut, and why. */
export interface Cut {
  kept: number
  rule: string
  threshold: number | null
}

export interface FindResult {
  mode: SearchMode
  /** Documents that any arm found, before the cut. */
  total: number
  snapshot: SnapshotInfo
  cut: Cut
  hits: FindHit[]
  /** How the query was read: `words` | `syntax` | `words-after-syntax-error`. */
  queryKind: string
  latencyMs: number
  /** Set when a session is active and the action could not be recorded in it. */
  recordingError?: RecordingError
}

/** Why an action that was carried out is missing from the session. */
export interface RecordingError {
  code: string
  message: string
}

export interface GetOptions {
  /** The memory as it was: a commit number, or a moment. Default: now. */
  asOf?: number | Date | string
}

export interface FrameView {
  frameId: number
  uri: string
  title: string | null
  mimeType: string
  /** Present when the content is text. */
  text?: string
  bytes?: Uint8Array
  tags: string[]
  metadata: Record<string, unknown>
  timestampMs: number
  contentHash: string
  sizeBytes: number
  status: 'active' | 'superseded' | 'deleted'
  commit: number
  supersedes: number | null
  supersededBy: number | null
  endedCommit: number | null
}

export interface TimelineOptions {
  /** Default 100. */
  limit?: number
  offset?: number
  after?: Moment
  before?: Moment
  /** Newest first. Default false. */
  reverse?: boolean
  asOf?: number | Date | string
}

export interface TimelineEntry {
  frameId: number
  uri: string
  title: string | null
  timestampMs: number
  sizeBytes: number
  status: string
  mimeType: string
  tags: string[]
  preview: string
}

export interface VerifyOptions {
  /** Re-hash every byte and read what it means, not only the structure. Default true. */
  deep?: boolean
  onProgress?: (progress: { done: number; total: number }) => void
}

export interface UpkeepOptions {
  /** Told, in bytes, how far it is. */
  onProgress?: (progress: { done: number; total: number }) => void
  /** Stops at the next safe place with `Aborted`; the file is whole then, as before. */
  signal?: AbortSignal
}

export interface DoctorOptions {
  /** Only say what would be done. Default false. */
  dryRun?: boolean
  /** Told, in bytes, how far it is. */
  onProgress?: (progress: { done: number; total: number }) => void
}
