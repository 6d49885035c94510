import type { EventInput } from '../../native/binding.js'
import type { Store } from '../../memory/store.js'
import { encodePayload } from '../../session/codec.js'
import type { CachedAnswer } from '../../session/record.js'
import { cacheKey } from '../cache-key.js'
import { readCache } from '../cache.js'
import { modelRecord, responseRecord } from '../record.js'
import type { JudgeCache } from './index.js'

export interface StoreCacheOptions {
  question: string
  cacheTtlMs?: number | undefined
  refresh?: boolean | undefined
}

/** The answer cache of a file, for the replies of a judge. What is written is added to `events`, to go with the ask's action. */
export function storeCache(store: Store, events: EventInput[], { question, cacheTtlMs, refresh }: StoreCacheOptions): JudgeCache {
  return {
    key: ({ provider, baseUrl, apiModel }, messages) =>
      cacheKey({ provider, baseUrl, model: apiModel, parameters: {}, messages, contextHashes: [] }),
    async read(key) {
      const found = refresh ? undefined : await readCache(store, key, cacheTtlMs)
      if (!found) return undefined
      const { answer, response, cost } = found
      const free = { usd: '0', priceTable: null, priceDate: null }
      const usage = { inputTokens: 0, outputTokens: 0 }
      return { text: answer, responseModel: response.responseModel, usage, cost: free, cached: true, savedUsd: cost.usd }
    },
    write(key, model, completion, cost) {
      const entry: CachedAnswer = { question, answer: completion.text, response: responseRecord(completion), cost, model: modelRecord(model) }
      events.push({ type: 'cache', key, payload: encodePayload(entry) })
    },
  }
}
