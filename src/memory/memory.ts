import type { CompactResult, OptimizeResult, RepairReport, SalvageReport, VectorView, VerifyReport, Stats } from '../native/binding.js'
import type { SnapshotInfo } from './types.js'
import type * as T from './types.js'
import type * as S from '../session/types.js'
import type { ReplayOptions, ReplayResult } from '../session/replay-types.js'
import type { ReplayComparison, ReplayInfo, ReplayView } from '../session/replay-control-types.js'
import type { AskOptions, AskResult, CacheClearResult, CacheListing } from '../ask/types.js'
import { find } from './find.js'
import { keptImport } from './kept-import.js'
import { commits, get, stats, timeline, vectors, verify } from './read.js'
import { openStore, createStore, type Store } from './store.js'
import type * as V from '../session/verify-types.js'
import { snapshotInfo } from './convert.js'

// What a search does not need is loaded by the first call that does: opening a file and asking it costs a few milliseconds.
const writing = keptImport(() => import('./put.js'))
const loading = keptImport(() => import('./put-many.js'))
const asking = keptImport(() => import('../ask/ask.js'))
const recording = keptImport(() => import('../session/recorder.js'))
const viewing = keptImport(() => import('../session/view.js'))
const replaying = keptImport(() => import('../session/replay.js'))
const tending = keptImport(() => import('./upkeep.js'))
const measuring = keptImport(() => import('./benchmark.js'))
const forking = keptImport(() => import('../session/fork.js'))
const saving = keptImport(() => import('../session/replay-saved.js'))
const comparing = keptImport(() => import('../session/compare.js'))
const costing = keptImport(() => import('../session/cost.js'))
const caching = keptImport(() => import('../ask/cache.js'))
const calling = keptImport(() => import('../session/tool-call.js'))
const proving = keptImport(() => import('../session/verify.js'))
const signing = keptImport(() => import('../session/sign.js'))
const redacting = keptImport(() => import('../session/redact.js'))
const evidencing = keptImport(() => import('../session/evidence.js'))
const tracing = keptImport(() => import('../session/otlp/export.js'))

/**
 * Opens the memory at `path`, and makes it first when there is no file. `enableVec` and `vectorDim` count for new files only.
 *
 * @example
 * const mem = await create('knowledge.mv2', { enableVec: true })
 * await mem.put({ text: 'The mill burned down in 1871.', title: 'Mill' })
 * const { answer } = await mem.ask('When did the mill burn down?')
 */
export async function create(path: string, options: T.CreateOptions = {}): Promise<Memory> {
  return new Memory(await createStore(path, options))
}

/** Opens the memory at `path`. A missing file is refused with `NotFound`. */
export async function open(path: string, options: T.OpenOptions = {}): Promise<Memory> {
  return new Memory(await openStore(path, options))
}

/**
 * An open memory. Every method sees what other processes have committed until then; while a session is active in the file, what is
 * done is recorded in it. Errors are `MemvidError` with a stable `code`.
 */
/**
 * Reads what is left of the damaged file at `input`, which is only read, and writes it to `output`, a new file. Frames keep their ids, sessions
 * stay as they were; what is lost is listed. Throws `AlreadyExists` when there is a file at `output`, `NotMv2` when `input` is of another
 * kind, `Corrupt` when nothing can be recovered, `Aborted` when `signal` stopped it; nothing is left at `output` then.
 *
 * @example
 * const { repair } = await salvage('damaged.mv2', 'recovered.mv2')
 * console.log(repair.lostFrames)
 */
export async function salvage(input: string, output: string, options: T.UpkeepOptions = {}): Promise<SalvageReport> {
  return (await tending()).salvage(input, output, options)
}

export class Memory {
  readonly #store: Store

  /** Use `create` or `open`. */
  constructor(store: Store) {
    this.#store = store
  }

  /** The file's path as it was given. */
  get path(): string {
    return this.#store.path
  }

  /** Stores one document. */
  put(item: T.PutItem, options: T.PutOneOptions = {}): Promise<T.PutResult> {
    const written = writing()
    return written instanceof Promise ? written.then(({ put }) => put(this.#store, item, options)) : written.put(this.#store, item, options)
  }

  /** Stores many documents in batches, each of them one commit. Takes an array, an iterable or an async iterable. */
  async putMany(items: Iterable<T.PutItem> | AsyncIterable<T.PutItem>, options: T.PutManyOptions = {}): Promise<T.PutManyResult> {
    return (await loading()).putMany(this.#store, items, options)
  }

  /** Replaces a document by a new version; what is not given stays as it was. The old version stays in the file's history. */
  async update(frame: number | string, changes: T.PutItem, options: T.PutOptions = {}): Promise<T.UpdateResult> {
    return (await writing()).update(this.#store, frame, changes, options)
  }

  /** Marks a document deleted. Its bytes stay in the file's history until a purge. */
  async delete(frame: number | string, options: T.PutOptions = {}): Promise<T.DeleteResult> {
    return (await writing()).remove(this.#store, frame, options)
  }

  /** Searches. */
  find(query: string, options: T.FindOptions = {}): Promise<T.FindResult> {
    return find(this.#store, query, options)
  }

  /** Answers a question from what is stored. Without a model named, it quotes the best sentences and uses no network. */
  async ask(question: string, options: AskOptions = {}): Promise<AskResult> {
    return (await asking()).ask(this.#store, question, options)
  }

  /** The answers in the file's cache. */
  async cacheList(): Promise<CacheListing> {
    return (await caching()).listCache(this.#store)
  }

  /** Empties the file's answer cache, for every process. */
  async cacheClear(): Promise<CacheClearResult> {
    return (await caching()).clearCache(this.#store)
  }

  /** What the recorded asks cost, by model and by day, and what the cache saved. */
  async cost(options: S.CostOptions = {}): Promise<S.CostReport> {
    return (await costing()).costReport(this.#store, options)
  }

  /** One document by id or URI. Superseded and deleted ones are found by id. */
  get(frame: number | string, options: T.GetOptions = {}): Promise<T.FrameView> {
    return get(this.#store, frame, options)
  }

  /** Documents in the order of their timestamps. */
  timeline(options: T.TimelineOptions = {}): Promise<T.TimelineEntry[]> {
    return timeline(this.#store, options)
  }

  /** The file's history, newest first: when each commit was made and what the file held then. Commits that a repair set aside are left out. */
  commits(options: T.CommitsOptions = {}): Promise<SnapshotInfo[]> {
    return commits(this.#store, options)
  }

  /** Sizes and counts of the file. */
  stats(): Promise<Stats> {
    return stats(this.#store)
  }

  /** Measures this file: latency by mode, recall of the index against an exact search, size by part. Searches only; records nothing. */
  async benchmark(options: T.BenchmarkOptions = {}): Promise<T.BenchmarkResult> {
    return (await measuring()).benchmark(this.#store, options)
  }

  /** Checks the file's checksums and hashes, and lists every damage found. */
  verify(options: T.VerifyOptions = {}): Promise<VerifyReport> {
    return verify(this.#store, options)
  }

  /**
   * Gives back the room that retired segments take: a verified copy without them takes the file's place. Commits, documents, sessions and
   * their proofs stay as they are, and so does the past. Others read on meanwhile. Throws `NoSpace` when there is no room for the copy.
   */
  async compact(options: T.UpkeepOptions = {}): Promise<CompactResult> {
    return (await tending()).compact(this.#store, options)
  }

  /**
   * Puts the index into the form that is searched fastest: text segments are merged, all vectors come into one segment, and from 200,000 vectors
   * on a search among them walks a graph instead of looking into many lists. Takes minutes for a million vectors, and memory for a copy of
   * them. Others read and write meanwhile; what is put later is searched beside it. `compact` then gives back the room.
   */
  async optimize(options: T.UpkeepOptions = {}): Promise<OptimizeResult> {
    return (await tending()).optimize(this.#store, options)
  }

  /**
   * Repairs a damaged file in place: sets aside what does not check, makes indexes anew, writes whole documents out of damaged blocks again,
   * and lists what is lost. No byte that is there is changed; it adds one commit. A file that can't be opened is for `salvage`.
   */
  async doctor(options: T.DoctorOptions = {}): Promise<RepairReport> {
    return (await tending()).doctor(this.#store, options)
  }

  /** The stored vectors as they are kept (`vectorPrecision`), as views without a copy where the system allows. */
  vectors(): Promise<VectorView[]> {
    return vectors(this.#store)
  }

  /** Follows what other processes committed, and returns the newest snapshot. The other methods do this by themselves. */
  async refresh(): Promise<SnapshotInfo> {
    return snapshotInfo(this.#store.refresh())
  }

  /** Releases the file. */
  async close(): Promise<void> {
    await this.#store.close()
  }

  /** Begins recording what is done with this file, by whichever process. Returns the session's id. */
  async sessionStart(name: string): Promise<string> {
    return (await recording()).startSession(this.#store, name)
  }

  /**
   * Records something of the agent's own in the active session, such as a tool call. Keys, tokens and authorization headers are masked
   * first. Throws `NoActiveSession` when nothing is being recorded.
   *
   * @example
   * await mem.record({ name: 'search_web', input: { query: 'mill fire' }, output: { hits: 3 } })
   */
  async record(toolCall: S.ToolCall): Promise<S.RecordResult> {
    return (await calling()).recordToolCall(this.#store, toolCall)
  }

  /** Ends the active session. */
  async sessionEnd(): Promise<S.SessionSummary> {
    return (await recording()).endSession(this.#store)
  }

  /** All sessions of the file, oldest first. */
  async sessionList(): Promise<S.SessionInfo[]> {
    return (await viewing()).listSessions(this.#store)
  }

  /** The recorded actions of a session, by its id, any unambiguous beginning of the id, or its name. */
  async sessionView(session: string, options: S.SessionViewOptions = {}): Promise<S.SessionView> {
    return (await viewing()).viewSession(this.#store, session, options)
  }

  /** What each action of a session took and gave: time, tokens, cost, grounding. */
  async sessionMeasures(session: string, options: S.SessionMeasuresOptions = {}): Promise<S.SessionMeasures> {
    return (await import('../session/measures.js')).measureSession(this.#store, session, options)
  }

  /** Marks a session deleted; it is no longer listed or replayed. */
  async sessionDelete(session: string): Promise<S.SessionDeleteResult> {
    return (await viewing()).deleteSession(this.#store, session)
  }

  /** Names the file's present state in the active session. Default name: `checkpoint-<n>`. */
  async sessionCheckpoint(name?: string): Promise<S.CheckpointInfo> {
    return (await recording()).checkpoint(this.#store, name)
  }

  /** Carries a session out again, or with `audit` verifies its frozen context, and compares. Without `save` it changes nothing in the file. */
  async sessionReplay(session: string, options: ReplayOptions = {}): Promise<ReplayResult> {
    return (await replaying()).replaySession(this.#store, session, options)
  }

  /** Reads all actions and every frame they name again and checks them against the session's root, signatures and anchors. */
  async sessionVerify(session: string, options: V.SessionVerifyOptions = {}): Promise<V.SessionVerifyResult> {
    return (await proving()).verifySession(this.#store, session, options)
  }

  /** Signs the session as it is now, and stores the signature in the file. `VerificationFailed` when the session does not hold. */
  async sessionSign(session: string, options: V.SessionSignOptions): Promise<V.SignResult> {
    return (await signing()).signSession(this.#store, session, options)
  }

  /** One line that stands for the session as it is now, to be kept where the file's holder can't change it. */
  async sessionAnchor(session: string): Promise<V.AnchorResult> {
    return (await signing()).anchorSession(this.#store, session)
  }

  /** Erases what an action said, and cached answers with it; what proves the session still holds. The file is written anew in its place. */
  async sessionRedact(session: string, options: V.SessionRedactOptions): Promise<V.SessionRedactResult> {
    return (await redacting()).redactAction(this.#store, session, options)
  }

  /** Writes an archive at `path` that proves the session to others, without this product. */
  async sessionEvidence(session: string, path: string, options: V.EvidenceOptions = {}): Promise<V.EvidenceResult> {
    return (await evidencing()).exportEvidence(this.#store, session, path, options)
  }

  /**
   * Starts a new session that goes on from a checkpoint or an action of another, and says so. That one stays as it was, and the file's
   * content is not set back.
   */
  async sessionFork(session: string, options: S.SessionForkOptions): Promise<S.SessionForkResult> {
    return (await forking()).forkSession(this.#store, session, options)
  }

  /**
   * The session as OpenTelemetry spans, one OTLP JSON document in parts, by the conventions for generative AI. Trace and span ids are
   * the same at each export.
   */
  async *sessionOtlp(session: string): AsyncGenerator<string> {
    yield* (await tracing()).exportOtlp(this.#store, session)
  }

  /** The replays of a session that were saved with `save`, oldest first. */
  async sessionReplays(session: string): Promise<ReplayInfo[]> {
    return (await saving()).listReplays(this.#store, session)
  }

  /** A saved replay as it was, by its number from 1 or its name; of several with one name the newest. */
  async sessionReplayView(session: string, replay: string | number): Promise<ReplayView> {
    return (await saving()).viewReplay(this.#store, session, replay)
  }

  /** Two saved replays of one session side by side. */
  async sessionCompareReplays(session: string, a: string | number, b: string | number): Promise<ReplayComparison> {
    return (await import('../session/replay-compare.js')).compareReplays(this.#store, session, a, b)
  }

  /** Two sessions side by side, aligned by what their actions are about. */
  async sessionCompare(a: string, b: string): Promise<S.SessionComparison> {
    return (await comparing()).compareSessions(this.#store, a, b)
  }
}
