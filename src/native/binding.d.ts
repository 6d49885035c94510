/* The boundary of the native engine. Frame ids, offsets and lengths are below 2^53. Times are milliseconds since 1970 (UTC). */

export interface StoreOptions {
  /** New files only: whether frames get vectors. Default true. */
  enableVec?: boolean
  /** New files only: dimension of the caller's own vectors; absent: the embedded embedder (256). */
  vectorDim?: number
  /** New files only: how finely vectors are kept. Default `f32`. */
  vectorPrecision?: VectorPrecision
  /** New files only: what makes the vectors. Absent: the first frame decides. */
  embedder?: EmbedderInput
  /** Folder of installed embedding models. */
  models?: string
  /** Name written into the header of a new file and into each commit, e.g. `memvid 0.1.0`. */
  writer?: string
  /** Open for reading only. */
  readOnly?: boolean
  /** How long a write waits for another writer's lock. Default 5000. */
  lockTimeoutMs?: number
}

export interface EmbedderInput {
  /** `static`, `minilm`, or an outside embedder as `provider:model`. */
  name: string
  /** Of an outside embedder: the dimension of its vectors. */
  dim?: number
}

export interface PutInput {
  text?: string
  /** Content that is not text; kept and hashed, searched by title only. */
  bytes?: Buffer
  /** Media type, e.g. `text/markdown`. Default `text/plain` or `application/octet-stream`. */
  mimeType?: string
  title?: string
  /** Default `mv2://frames/<id>`. A URI that a live frame has already is superseded by this frame. */
  uri?: string
  tags?: string[]
  /** Opaque to the engine: MessagePack map. */
  metadata?: Buffer
  timestampMs?: number
  /** The caller's vector for the whole frame; absent: the embedded embedder, passage by passage. */
  vector?: Float32Array
  /** A vector for each passage of the text, where an outside embedder makes the file's vectors; one without a value for none. */
  passageVectors?: Float32Array[]
  /** Frame that this one replaces (an update). */
  supersedes?: number
}

export interface EventInput {
  /** `start` | `action` | `end` | `delete` | `replay` | `signature` | `cache` (an answer), see format-spec/07-sessions. */
  type: string
  /** 16-byte session id (UUIDv7). For `action`: absent means the active session; with none active the event is left out. For `cache`: unused. */
  session?: Buffer
  /** `cache` only: 32-byte key. */
  key?: Buffer
  /** Opaque to the engine: MessagePack. */
  payload: Buffer
  /** Record the frames put or deleted by this very batch with the event (ids and content hashes, known only inside the transaction). */
  withFrames?: boolean
  /** `action` only: it is about this one of the batch's puts, from 0, and names its frame. */
  put?: number
  /** `end` only: how many actions the payload is about; the end is refused as `SessionChanged` when the session has another number. */
  actionCount?: number
}

export interface EraseRequest {
  /** Where events lie, each with what it says from now on. */
  events: { offset: number; payload: Buffer }[]
  /** 32-byte keys whose cached answers are erased. */
  cacheKeys: Buffer[]
  nowMs: number
}

export interface Batch {
  puts?: PutInput[]
  /** Frame ids to mark deleted. */
  deletes?: number[]
  events?: EventInput[]
  /** The embedder that the puts are for: decides where the file is undecided, and is refused where it is another. */
  embedder?: EmbedderInput
  /** `durable` (default) and `group`: one fdatasync before the promise resolves · `none`: written, not synced. */
  durability?: string
  /** Refuse with `SessionActive` when a session is being recorded: the caller made no action for it. */
  onlyUnrecorded?: boolean
  /** Now, as the caller's clock says. */
  nowMs: number
}

/** The action that a recorded search becomes: its payload, encoded, in three parts around what only the engine knows. */
export interface Recording {
  session: Buffer
  /** Up to the value of `durationMs`. */
  before: Buffer
  /** From there up to the value of `retrieval`. */
  between: Buffer
  after: Buffer
  /** What the action has taken so far. */
  elapsedMs: number
  nowMs: number
}

/** `contentHash` in hex. */
export interface FrameReference { frameId: number; uri: string; contentHash: string }

export interface BatchResult {
  commit: number
  durability: string
  frames: FrameReference[]
  /** One entry per event that was written (left-out ones have `written: false`). */
  events: { written: boolean; session?: Buffer; sequence: number; offset: number }[]
}

/** Many puts in two buffers; native/node/src/packed.rs says how. */
export interface PackedPuts {
  numbers: Float64Array
  bytes: Buffer
  embedder?: EmbedderInput
  /** Timestamp of puts without one. */
  nowMs: number
}

/** What goes into the commit of prepared puts besides them. */
export interface Rest {
  events?: EventInput[]
  /** Refuse with `SessionActive` when a session is being recorded: the caller made no action for it. */
  onlyUnrecorded?: boolean
  durability?: string
  nowMs: number
}

/** A commit of many puts: their frames follow one another. */
export interface BulkResult { commit: number; firstFrame: number; count: number; contentHashes: Buffer }

export interface Snapshot { commit: number; chainHash: Buffer; timeMs: number; frameCount: number; liveFrameCount: number }

export interface Frame {
  frameId: number
  uri: string
  title?: string
  mimeType: string
  /** Present when the content is text. */
  text?: string
  bytes?: Buffer
  tags: string[]
  metadata?: Buffer
  timestampMs: number
  contentHash: Buffer
  sizeBytes: number
  /** `active` | `superseded` | `deleted`, as of the snapshot asked. */
  status: string
  /** The commit that put it. */
  commit: number
  supersedes?: number
  supersededBy?: number
  /** The commit that superseded or deleted it. */
  endedCommit?: number
}

export interface FrameSummary { frameId: number; uri: string; title?: string; timestampMs: number; sizeBytes: number; status: string; mimeType: string; tags: string[]; preview: string }

export interface FindRequest {
  query?: string
  vector?: Float32Array
  /** `hybrid` | `lex` | `vec` */
  mode: string
  k: number
  /** How many ranked candidates to return, at least k. */
  candidates: number
  /** Return none of the candidates; the hits are the same. */
  hitsOnly?: boolean
  /** Encode what a session records of the search, instead of the list of candidates: a hundred objects cost more than the search. */
  record?: boolean
  /** Weight of the vector arm in relative-score fusion, 0..1. */
  alpha: number
  /** `auto` (by what the scores mean, with a weight for each query) | `relative` | `rrf` */
  fusion: string
  adaptive?: { rule: string; threshold: number; min: number; max: number }
  /** Commit number to search; absent: the newest. */
  asOf?: number
  /** URI prefix. */
  scope?: string
  /** All of these. */
  tags?: string[]
  /** Timestamp at or after, and before. */
  afterMs?: number
  beforeMs?: number
  /** Compare with every vector, however many there are. Default false. */
  exact?: boolean
  snippetChars: number
}

export interface Candidate {
  frameId: number
  /** Best passage, as UTF-8 byte span of the frame's text. */
  start: number
  length: number
  contentHash: Buffer
  /** Fused score, and each arm's own where the arm found it. */
  score: number
  textScore?: number
  vectorScore?: number
  textRank?: number
  vectorRank?: number
}

export interface Hit extends Candidate { uri: string; title?: string; snippet: string; timestampMs: number }

export interface FindResponse {
  snapshot: Snapshot
  mode: string
  /** Frames that any arm found, up to the depth that was looked at. */
  total: number
  /** Where the list was cut: how many were kept and by which rule (`top-k`, `relative`, …), the threshold score where there is one. */
  cut: { kept: number; rule: string; threshold?: number }
  hits: Hit[]
  /** Ranked, from rank 1; longer than `hits` where candidates > kept. */
  candidates: Candidate[]
  /** What a session records of this search, encoded, when the request asked for that; `candidates` is empty then. */
  record?: Buffer
  /** Of a recorded search: why it could not be recorded, the code and the fields of an engine error, joined by U+001F. */
  recordingError?: string
  /** From the call on. */
  latencyMs: number
  /** How the query was read: `words` | `syntax` | `words-after-syntax-error`. */
  queryKind: string
  embedder?: string
  /** Damage that was worked around, in words. */
  warnings: string[]
}

export interface SessionSummary {
  session: Buffer
  /** `active` | `ended` */
  status: string
  actionCount: number
  /** Both absent where the record of the start is damaged. */
  startedCommit?: number
  startPayload?: Buffer
  endPayload?: Buffer
}

/** A cached answer; of several under one key the newest. A key of 32 zero bytes clears all before it and is never listed. */
export interface CachedAnswer { key: Buffer; payload: Buffer; timeMs: number; offset: number }

export interface SessionEvent {
  type: string
  sequence: number
  timeMs: number
  /** The snapshot that the event was written on (the commit before its own). */
  commit: number
  /** Chain hash of that snapshot. */
  chainHash: Buffer
  offset: number
  frames: { frameId: number; contentHash: Buffer }[]
  payload: Buffer
}

export interface Stats {
  sizeBytes: number
  commits: number
  frameCount: number
  liveFrameCount: number
  deletedFrameCount: number
  contentBytes: number
  textBytes: number
  textSegments: number
  vectorSegments: number
  vectorCount: number
  /** Bytes of live segments by what they hold: text index, vectors, tables of URIs and times. */
  textIndexBytes: number
  vectorIndexBytes: number
  tableBytes: number
  vectorDim?: number
  /** How finely new vectors are kept. */
  vectorPrecision: VectorPrecision
  /** Vectors that searches reach through a graph: those that were there at the last `optimize`. */
  graphVectorCount: number
  embedder?: string
  unsealedFrames: number
  sessions: number
  /** Bytes after the last valid commit, left by a crash; cut off by the next writer. */
  tornBytes: number
  /** Damage met while opening, see `verify`. */
  damages: Damage[]
  fileUuid: string
  formatVersion: string
  createdBy: string
  createdMs: number
}

export interface Damage { code: string; offset: number; message: string; frameIds: number[] }
export interface VerifyReport {
  ok: boolean
  commits: number
  records: number
  bytes: number
  tornBytes: number
  /** Bytes of retired segments that a compaction dropped. */
  droppedBytes: number
  /** Places that a repair set aside, and their bytes. */
  setAside: number
  setAsideBytes: number
  /** Frames that a repair found lost. */
  lostFrameIds: number[]
  /** Commits whose link to the one before can't be checked because of what was set aside. */
  gaps: number
  damages: Damage[]
}
export interface OptimizeResult {
  /** Text and vector segments. */
  beforeSegments: number
  afterSegments: number
  vectorCount: number
  /** Whether searches among the vectors walk a graph now; fewer than 200,000 are compared one by one. */
  hasGraph: boolean
  commit: number
}
export interface CompactResult {
  beforeBytes: number
  afterBytes: number
  /** Segments whose content left the file. */
  droppedSegments: number
  /** The newest commit. */
  commit: number
}
export interface LostFrame {
  frameId: number
  /** Absent where it is not known. */
  uri?: string
}
export interface RepairReport {
  /** What did not check. */
  damages: Damage[]
  tornBytes: number
  /** Places that were set aside, and their bytes. */
  setAside: number
  setAsideBytes: number
  /** Written again out of damaged blocks: their contents match their hashes; title, URI, tags and metadata have no hash of their own. */
  rescuedFrameIds: number[]
  lostFrames: LostFrame[]
  /** Session events and cached answers that can't be read any more. */
  lostEvents: number
  lostAnswers: number
  /** Places where something lay of which nothing is known. */
  unknownPlaces: number
  /** Frames whose words or vectors are indexed anew. */
  reindexedFrames: number
  /** Frames whose vectors are gone: a caller or an outside embedder gave them. */
  lostVectors: number
  /** Whether something that was put or recorded is gone. */
  hasLoss: boolean
  /** The commit that the repair wrote; absent when it wrote none. */
  commit?: number
}
export interface SalvageReport {
  /** How the header was brought back; absent when it was whole. */
  header?: string
  /** Frames of the new file, lost ones included. */
  frameCount: number
  sessions: number
  /** Records that were found at another place than they were written for. */
  movedRecords: number
  /** Bytes of the damaged file that are in no record of the new one. */
  droppedBytes: number
  repair: RepairReport
}
/** How finely vectors are kept: as given, rounded to halves, or as bytes with a step for each vector. */
export type VectorPrecision = 'f32' | 'f16' | 'i8'
/**
 * The vectors of one segment: row n is the `dim` items of `data` from `n * stride` on, of the frame `frameIds[n]`. In `f16` an item is the bits
 * of a half, in `i8` it is worth `steps[n]` times itself.
 */
export type VectorView = { dim: number; stride: number; frameIds: Float64Array } & (
  | { precision: 'f32'; data: Float32Array }
  | { precision: 'f16'; data: Uint16Array }
  | { precision: 'i8'; data: Int8Array; steps: Float32Array }
)

/** An open file. Every promise rejects with an Error whose `code` is one of the engine's codes; `close` releases the file. */
export class NativeStore {
  static create(path: string, options: StoreOptions, nowMs: number): Promise<NativeStore>
  static open(path: string, options: StoreOptions): Promise<NativeStore>
  /** Follows commits that others made; returns the newest snapshot. */
  refresh(): Snapshot
  commit(batch: Batch, onProgress?: (done: number, total: number) => void): Promise<BatchResult>
  /** As `commit`, on the calling thread. */
  commitBlocking(batch: Batch): BatchResult
  /** Validates, hashes, embeds and compresses puts beside whatever is being committed; resolves to a number for `commitPrepared`. */
  prepare(puts: PackedPuts): Promise<number>
  /** One transaction of prepared puts. */
  commitPrepared(prepared: number, rest: Rest): Promise<BulkResult>
  /** Forgets prepared puts. */
  discard(prepared: number): void
  find(request: FindRequest): Promise<FindResponse>
  /** As `find`, on the calling thread. */
  findBlocking(request: FindRequest): FindResponse
  /** As `find`, and then the commit of an action that says so, on the same thread. */
  findRecorded(request: FindRequest, recording: Recording): Promise<FindResponse>
  /** By id or URI. Frames that were superseded or deleted are found by id as long as the file holds them. */
  get(idOrUri: number | string, asOf?: number): Promise<Frame>
  /** The text of spans, whatever became of their frames since, each with the hash of the whole content as re-read and re-hashed now. */
  readSpans(spans: { frameId: number; start: number; length: number }[]): Promise<{ text: string; contentHash: Buffer; status: string; error?: string }[]>
  timeline(options: { limit: number; offset: number; afterMs?: number; beforeMs?: number; reverse?: boolean; asOf?: number }): Promise<FrameSummary[]>
  /** Rows of the file's vectors, one view a segment, in private memory: writing to them changes neither the file nor any result. */
  vectors(): Promise<VectorView[]>
  /** The snapshot of a commit, proven by its chain hash; fails when the file's history does not hold it. */
  snapshotAt(commit: number): Promise<Snapshot>
  /** The chain hash of each of these commits; null where the file's history has no such commit. */
  chainHashes(commits: number[]): Promise<(Buffer | null)[]>
  /** Newest commit at or before a time. */
  commitAtTime(timeMs: number): Promise<number>
  /** Name of the embedder that makes the file's vectors; null while there is none. */
  embedder(): string | null
  activeSession(): Buffer | null
  sessions(): Promise<SessionSummary[]>
  sessionEvents(session: Buffer, offset: number, limit: number): Promise<SessionEvent[]>
  /** Replays saved for a session, newest first. */
  replays(session: Buffer): Promise<SessionEvent[]>
  cacheGet(key: Buffer): Promise<CachedAnswer | null>
  /** The newest cached answer of every key since the cache was last cleared, oldest first. */
  cacheList(): Promise<{ answers: CachedAnswer[]; /** How many more the file holds that can't be read. */ damaged: number }>
  /** Signatures of a session, newest first. */
  signatures(session: Buffer): Promise<SessionEvent[]>
  /** Takes what these events and cached answers say out of the file: a verified copy without it takes the file's place. */
  erase(request: EraseRequest): Promise<{ commit: number; /** How many cached answers were erased. */ answers: number }>
  stats(): Promise<Stats>
  /** Checks structure (0), every hash (1), or what the records mean, too (2). Damage is listed, not thrown. */
  verify(level: number, onProgress?: (done: number, total: number) => void): Promise<VerifyReport>
  /** Merges the index, and connects many vectors to a graph. */
  optimize(stop: StopFlag, onProgress?: (done: number, total: number) => void): Promise<OptimizeResult>
  /** Puts a copy without retired segments in the place of the file. */
  compact(stop: StopFlag, onProgress?: (done: number, total: number) => void): Promise<CompactResult>
  /** Sets damage aside, makes anew what can be, and lists what is lost; `dryRun` only says what it would do. */
  repair(dryRun: boolean, onProgress?: (done: number, total: number) => void): Promise<RepairReport>
  /** Seals and merges what is due, after puts; nothing to acknowledge. Resolves to whether anything was due. */
  maintain(settle: boolean): Promise<boolean>
  /** Whether `maintain(false)` would do anything; costs next to nothing. */
  isMaintenanceDue(): boolean
  close(): void
}

/** Vectors of the embedded embedder, one after the other; all zeros for a text without a known token. */
export function embedTexts(texts: string[]): Float32Array
/** The passages of a text, in order: what an outside embedder makes a vector of, each. */
export function passagesOf(text: string): string[]
export function engineVersion(): string

/** Asks long work to stop at its next safe place. */
export class StopFlag {
  constructor()
  stop(): void
}

/** Reads what is left of a damaged file and writes it to a new one. */
export function salvage(
  input: string,
  output: string,
  options: StoreOptions,
  stop: StopFlag,
  onProgress?: (done: number, total: number) => void,
): Promise<SalvageReport>
