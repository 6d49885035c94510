/** Embedders that are asked over the network, by the embeddings format that OpenAI, Ollama and most others speak. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MemvidError } from '../errors.js'
import { failureOf } from '../providers/failure.js'
import { resolveModel, type ResolvedModel } from '../providers/model.js'
import { createTransport, PLACEHOLDER_KEY, type Exchange, type Fetch } from '../providers/transport.js'

/** Texts and characters of one request: what every provider takes. */
const BATCH_TEXTS = 64
const BATCH_CHARS = 100_000
const TIMEOUT_MS = 120_000
const RETRIES_MAX = 2
const RETRY_FIRST_MS = 500
const RETRY_AFTER_MAX_MS = 30_000

export interface RemoteEmbedderOptions {
  /** Goes before the provider's environment variable. */
  baseUrl?: string | undefined
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined
  /** Default: the global `fetch`. */
  fetch?: Fetch | undefined
}

/** An embedder of a provider. */
export class RemoteEmbedder {
  readonly #model: ResolvedModel
  readonly #fetch: Fetch

  /** @throws MemvidError `UnknownModel`, `MissingKey`, `InvalidInput`. */
  constructor(spec: string, options: RemoteEmbedderOptions = {}) {
    this.#model = resolveModel(spec, options)
    this.#fetch = options.fetch ?? globalThis.fetch
    if (this.#model.local || this.#model.provider === 'claude') {
      throw new MemvidError('UnknownModel', `${this.#model.provider} has no embedding models`, {
        hint: 'Use static, minilm, or an embedding model such as openai:text-embedding-3-small or ollama:nomic-embed-text.',
      })
    }
  }

  /** `provider:model`, as a file remembers it. */
  get name(): string {
    return this.#model.label
  }

  /**
   * A vector for each text, in order, in as few requests as the limits allow. 408, 409, 429 and 5xx are tried again twice.
   *
   * @throws MemvidError with the codes of a provider's failure, see `complete`; `ProviderMalformed` for vectors that are missing,
   *   not numbers, or of different dimensions.
   */
  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = []
    for (const batch of batches(texts)) vectors.push(...(await this.#request(batch)))
    if (new Set(vectors.map(({ length }) => length)).size > 1) throw this.#malformed('vectors of different dimensions')
    return vectors
  }

  async #request(input: string[]): Promise<Float32Array[]> {
    const exchange: Exchange = { requestBody: null, failure: undefined, transportError: undefined }
    const transport = createTransport({ apiKey: this.#model.apiKey, fetch: this.#fetch, exchange })
    for (let retries = 0; ; retries += 1) {
      const reply = await this.#attempt(transport, exchange, input)
      if ('body' in reply) return this.#read(reply.body, input.length)
      const { error, retryAfterMs } = failureOf(this.#model, reply.thrown, exchange)
      const pauseMs = retryAfterMs ?? RETRY_FIRST_MS * 2 ** retries
      if (retryAfterMs === undefined || retries >= RETRIES_MAX || pauseMs > RETRY_AFTER_MAX_MS) throw error
      await sleep(pauseMs)
    }
  }

  async #attempt(transport: Fetch, exchange: Exchange, input: string[]): Promise<{ body: unknown } | { thrown: unknown }> {
    try {
      const response = await transport(`${this.#model.baseUrl}/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${PLACEHOLDER_KEY}` },
        body: JSON.stringify({ model: this.#model.apiModel, input, encoding_format: 'float' }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (exchange.failure !== undefined) return { thrown: undefined }
      return { body: await response.json() }
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
        throw new MemvidError('ProviderTimeout', `${this.name} gave no vectors within ${TIMEOUT_MS / 1000} s`)
      }
      return { thrown }
    }
  }

  #read(body: unknown, count: number): Float32Array[] {
    const data = (body as { data?: unknown } | null)?.data
    if (!Array.isArray(data) || data.length !== count) throw this.#malformed(`a list of ${count} vectors was expected`)
    const vectors: (Float32Array | undefined)[] = Array.from({ length: count })
    for (const [position, item] of (data as { index?: unknown; embedding?: unknown }[]).entries()) {
      const index = typeof item?.index === 'number' ? item.index : position
      const values = item?.embedding
      if (!Array.isArray(values) || values.length === 0 || !values.every(Number.isFinite)) throw this.#malformed('a vector is not a list of numbers')
      vectors[index] = Float32Array.from(values as number[])
    }
    return vectors.slice(0, count).map((vector) => vector ?? this.#throwMissing())
  }

  #throwMissing(): never {
    throw this.#malformed('a vector is missing')
  }

  #malformed(what: string): MemvidError {
    return new MemvidError('ProviderMalformed', `the reply of ${this.name} can't be used: ${what}`, {
      hint: `Check that ${this.#model.baseUrl} serves an embedding model of this name.`,
    })
  }
}

function* batches(texts: readonly string[]): Generator<string[]> {
  let batch: string[] = []
  let chars = 0
  for (const text of texts) {
    if (batch.length === BATCH_TEXTS || (batch.length > 0 && chars + text.length > BATCH_CHARS)) {
      yield batch
      batch = []
      chars = 0
    }
    batch.push(text)
    chars += text.length
  }
  if (batch.length > 0) yield batch
}
