/** A memory as a retriever of LangChain.js. Needs the package `@langchain/core`. */
import { Document } from '@langchain/core/documents'
import { BaseRetriever, type BaseRetrieverInput } from '@langchain/core/retrievers'
import type { FindOptions, Memory } from '../index.js'

export interface MemvidRetrieverInput extends BaseRetrieverInput {
  memory: Memory
  /** How to search, as in `Memory.find`. */
  search?: FindOptions
}

/**
 * Retrieves whole documents by words and by meaning. While a session is active, each search is recorded.
 *
 * @example
 * const documents = await new MemvidRetriever({ memory, search: { k: 4 } }).invoke('acquisition price')
 */
export class MemvidRetriever extends BaseRetriever {
  lc_namespace = ['memvid', 'retrievers']
  readonly #memory: Memory
  readonly #search: FindOptions

  static override lc_name(): string {
    return 'MemvidRetriever'
  }

  constructor({ memory, search = {}, ...fields }: MemvidRetrieverInput) {
    super(fields)
    this.#memory = memory
    this.#search = search
  }

  override async _getRelevantDocuments(query: string): Promise<Document[]> {
    const { hits } = await this.#memory.find(query, this.#search)
    return Promise.all(
      hits.map(async ({ frameId, uri, title, score, snippet }) => {
        const { text, metadata } = await this.#memory.get(frameId)
        return new Document({ id: uri, pageContent: text ?? '', metadata: { ...metadata, uri, title, score, snippet } })
      }),
    )
  }
}
