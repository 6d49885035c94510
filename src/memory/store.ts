import { createRequire } from 'node:module'
import type { BatchResult, Batch, FindRequest, FindResponse, NativeStore, Recording, Snapshot, StoreOptions } from '../native/binding.js'
import { createNative, openNative } from '../native/index.js'
import { MemvidError } from '../errors.js'
import { modelsFolder } from '../embedders/names.js'
import { embedderOfNewFile, FileEmbedder, type EmbedderSettings } from './embedder.js'
import { invalid, OptionReader } from './options.js'
import { SpanReader } from './span-reader.js'
import type { CreateOptions, OpenOptions, SearchMode } from './types.js'

/** Version of the SDK, as it stands in the file's commits and sessions. */
export const SDK_VERSION = (createRequire(import.meta.url)('../../../package.json') as { version: string }).version

const VECTOR_PRECISIONS = ['f32', 'f16', 'i8'] as const
const MAX_DIMENSION = 4096
const MAX_LOCK_TIMEOUT_MS = 3_600_000

export async function createStore(path: string, given: CreateOptions): Promise<Store> {
  const options = new OptionReader('create', given, ['enableVec', 'vectorDim', 'vectorPrecision', 'embedder', 'embedderBaseUrl', 'lockTimeoutMs', 'client'])
  const native = withoutAbsent<StoreOptions>({
    enableVec: options.flag('enableVec'),
    vectorDim: options.integer('vectorDim', 1, MAX_DIMENSION),
    vectorPrecision: options.oneOf('vectorPrecision', VECTOR_PRECISIONS),
    lockTimeoutMs: options.integer('lockTimeoutMs', 0, MAX_LOCK_TIMEOUT_MS),
    writer: `memvid ${SDK_VERSION}`,
    models: modelsFolder(),
  })
  const client = options.text('client') ?? 'node'
  checkPath(path)
  if (native.vectorDim !== undefined && native.enableVec === false) throw invalid('create: vectorDim needs vectors, but enableVec is false')
  if (native.vectorPrecision !== undefined && native.enableVec === false) {
    throw invalid('create: vectorPrecision needs vectors, but enableVec is false')
  }
  const settings = embedderSettings(options)
  if (settings.embedder !== undefined && (native.vectorDim !== undefined || native.enableVec === false)) {
    throw invalid('create: an embedder makes the vectors, so neither vectorDim nor enableVec: false goes with it')
  }
  const existing = withoutAbsent<StoreOptions>({ lockTimeoutMs: native.lockTimeoutMs, writer: native.writer, models: native.models })
  try {
    return await openExisting(path, client, existing, settings)
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code !== 'NotFound') throw error
  }
  try {
    const embedder = await embedderOfNewFile(settings)
    return new Store(path, client, await createNative(path, withoutAbsent<StoreOptions>({ ...native, embedder })), settings)
  } catch (error) {
    // Another process made the file in between: then it is there to open.
    if (!(error instanceof MemvidError) || error.code !== 'AlreadyExists') throw error
    return await openExisting(path, client, existing, settings)
  }
}

export async function openStore(path: string, given: OpenOptions): Promise<Store> {
  const options = new OptionReader('open', given, ['readOnly', 'embedder', 'embedderBaseUrl', 'lockTimeoutMs', 'client'])
  const native = withoutAbsent<StoreOptions>({
    readOnly: options.flag('readOnly'),
    lockTimeoutMs: options.integer('lockTimeoutMs', 0, MAX_LOCK_TIMEOUT_MS),
    writer: `memvid ${SDK_VERSION}`,
    models: modelsFolder(),
  })
  const client = options.text('client') ?? 'node'
  checkPath(path)
  return openExisting(path, client, native, embedderSettings(options))
}

async function openExisting(path: string, client: string, options: StoreOptions, settings: EmbedderSettings): Promise<Store> {
  const store = new Store(path, client, await openNative(path, options), settings)
  await store.embedder.check(path).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  return store
}

function embedderSettings(options: OptionReader): EmbedderSettings {
  return { embedder: options.text('embedder'), embedderBaseUrl: options.text('embedderBaseUrl') }
}

/** An open file, and the little that the methods share about it. */
export class Store {
  #maintenance: Promise<void> | undefined
  #maintainNext: 'due' | 'settle' | undefined
  readonly embedder: FileEmbedder
  #commit = -1
  readonly spans: SpanReader

  constructor(
    readonly path: string,
    /** Name of the calling program, for what sessions record. */
    readonly client: string,
    readonly native: NativeStore,
    settings: EmbedderSettings = {},
  ) {
    this.embedder = new FileEmbedder(settings, native)
    this.spans = new SpanReader(native)
  }

  /** Follows other processes' commits. */
  refresh(): Snapshot {
    const snapshot = this.native.refresh()
    if (snapshot.commit !== this.#commit) this.spans.forget()
    this.#commit = snapshot.commit
    return snapshot
  }

  async commit(batch: Omit<Batch, 'nowMs'>, onProgress?: (done: number, total: number) => void): Promise<BatchResult> {
    const result = await this.native.commit({ ...(await this.embedder.complete(batch)), nowMs: Date.now() }, onProgress)
    this.spans.forget()
    this.maintain()
    return result
  }

  /**
   * As `commit`; the engine's part is done on this thread. A loop of such calls never lets the event loop turn, and maintenance could not end:
   * what is not folded would slow each of them. So it is waited for.
   */
  async commitBlocking(batch: Omit<Batch, 'nowMs'>): Promise<BatchResult> {
    const result = this.native.commitBlocking({ ...(await this.embedder.complete(batch)), nowMs: Date.now() })
    this.spans.forget()
    this.maintain()
    await this.maintained()
    return result
  }

  /** A search and the commit of its action, both on one thread. */
  async findRecorded(request: FindRequest, recording: Recording): Promise<FindResponse> {
    const response = await this.native.findRecorded(request, recording)
    this.spans.forget()
    this.maintain()
    return response
  }

  /** `hybrid` where the file's own embedder can read a query, else `lex`. A file that was made without a choice gets it with its first text. */
  defaultMode(): SearchMode {
    return this.native.embedder() === null ? 'lex' : 'hybrid'
  }

  /**
   * Lets the engine seal and merge index segments beside the caller's work: what is due, or at the end of a load all that it left. Its
   * failure loses nothing: unsealed frames are found all the same, and a failing disk shows at the next write.
   */
  maintain(kind: 'due' | 'settle' = 'due'): void {
    if (this.#maintenance) {
      if (this.#maintainNext !== 'settle') this.#maintainNext = kind
      return
    }
    if (kind === 'due' && !this.native.isMaintenanceDue()) return
    this.#maintenance = this.native
      .maintain(kind === 'settle')
      .catch(() => {})
      .then(() => {
        this.#maintenance = undefined
        const next = this.#maintainNext
        this.#maintainNext = undefined
        if (next) this.maintain(next)
      })
  }

  /** Resolves when no maintenance runs. A search waits for it, so that what it finds does not depend on how far it has come. */
  async maintained(): Promise<void> {
    while (this.#maintenance) await this.#maintenance
  }

  async close(): Promise<void> {
    await this.maintained()
    this.native.close()
  }
}

/** The same object without the keys whose value is undefined: the binding tells "absent" from a value. */
export function withoutAbsent<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  const present = {} as T
  for (const name of Object.keys(object) as (keyof T)[]) {
    const value = object[name]
    if (value !== undefined) present[name] = value
  }
  return present
}

function checkPath(path: unknown): void {
  if (typeof path !== 'string' || path === '') throw invalid('the path of the memory is a text that is not empty')
  if (path.includes('\0')) throw invalid('the path of the memory has a NUL character in it')
}
