import type { Batch, EmbedderInput, NativeStore, PutInput } from '../native/binding.js'
import { loadBinding } from '../native/index.js'
import { MemvidError } from '../errors.js'
import type { SearchParameters } from '../session/record.js'
import { isOutside, ownEmbedders, rememberedName } from '../embedders/names.js'
import type { RemoteEmbedder } from '../embedders/remote.js'
import { invalid } from './options.js'

/** What the caller said of the embedder, see `CreateOptions`. */
export interface EmbedderSettings {
  embedder?: string | undefined
  embedderBaseUrl?: string | undefined
}

/** What makes a file's vectors. Where that is outside of the engine, it is asked here, for passages and for queries. */
export class FileEmbedder {
  readonly #settings: EmbedderSettings
  readonly #native: NativeStore
  #remote: Promise<RemoteEmbedder> | undefined

  constructor(settings: EmbedderSettings, native: NativeStore) {
    this.#settings = settings
    this.#native = native
  }

  /** Refuses a file whose vectors are made by another embedder than the one asked for. */
  async check(path: string): Promise<void> {
    const { embedder } = this.#settings
    if (embedder === undefined) return
    checkName(embedder)
    const { embedder: remembered, vectorDim } = await this.#native.stats()
    if (remembered === rememberedName(embedder) || (remembered === undefined && vectorDim === undefined)) return
    const found = remembered === undefined ? 'are given by the caller' : `were made by ${remembered}`
    throw new MemvidError('VectorMismatch', `the file's vectors ${found}, not by ${embedder}`, {
      hint: 'Vectors of two embedders can not be compared: leave the embedder out, or put the documents into a new file.',
      path,
    })
  }

  /** The batch with what the engine needs besides to make, or be given, its vectors. */
  async complete(batch: Omit<Batch, 'nowMs'>): Promise<Omit<Batch, 'nowMs'>> {
    const texts = (batch.puts ?? []).filter(({ text, vector }) => text !== undefined && vector === undefined)
    if (texts.length === 0) return batch
    const name = this.#settings.embedder ?? this.#remembered()
    if (name === undefined || !isOutside(name)) return this.#settings.embedder === undefined ? batch : { ...batch, embedder: { name: name! } }
    const passages = texts.map(({ text }) => loadBinding().passagesOf(text!))
    const vectors = await (await this.#outside(name)).embed(passages.flat().filter((passage) => passage.trim() !== ''))
    const dim = vectors[0]?.length ?? (await this.#native.stats()).vectorDim
    const given = new Map<PutInput, Float32Array[]>()
    let next = 0
    for (const [index, put] of texts.entries()) {
      given.set(put, passages[index]!.map((passage) => (passage.trim() === '' ? new Float32Array() : vectors[next++]!)))
    }
    const puts = (batch.puts ?? []).map((put) => (given.has(put) ? { ...put, passageVectors: given.get(put)! } : put))
    return { ...batch, puts, ...(dim !== undefined && { embedder: { name, dim } }) }
  }

  /** The parameters with the query's vector in them where the engine can't make it itself. They are recorded so: a replay asks nobody. */
  async withQueryVector(query: string, parameters: SearchParameters): Promise<SearchParameters> {
    if (parameters.mode === 'lex' || parameters.vector !== null || query.trim() === '') return parameters
    const name = this.#remembered()
    if (name === undefined || !isOutside(name)) return parameters
    const [vector] = await (await this.#outside(name)).embed([query])
    return { ...parameters, vector: new Uint8Array(vector!.slice().buffer) }
  }

  /** True when the engine itself makes the vectors of queries. */
  isOwn(): boolean {
    const name = this.#remembered()
    return name !== undefined && !isOutside(name)
  }

  /** Not kept: the first text decides it, by whichever process. */
  #remembered(): string | undefined {
    return this.#native.embedder() ?? undefined
  }

  #outside(name: string): Promise<RemoteEmbedder> {
    this.#remote ??= remoteEmbedder(name, this.#settings.embedderBaseUrl)
    return this.#remote
  }
}

async function remoteEmbedder(name: string, baseUrl: string | undefined): Promise<RemoteEmbedder> {
  const { RemoteEmbedder } = await import('../embedders/remote.js')
  return new RemoteEmbedder(name, { baseUrl })
}

/** The embedder of a new file for the engine. An outside one is asked once, for the dimension of its vectors. */
export async function embedderOfNewFile({ embedder, embedderBaseUrl }: EmbedderSettings): Promise<EmbedderInput | undefined> {
  if (embedder === undefined) return undefined
  checkName(embedder)
  if (!isOutside(embedder)) return { name: embedder }
  const [vector] = await (await remoteEmbedder(embedder, embedderBaseUrl)).embed(['memvid'])
  return { name: embedder, dim: vector!.length }
}

function checkName(name: string): void {
  if (isOutside(name) || ownEmbedders().includes(name)) return
  throw invalid(`there is no embedder "${name}"`, 'Use static, minilm, or provider:model such as openai:text-embedding-3-small.')
}
