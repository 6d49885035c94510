import type { FindResponse, Hit } from '../native/binding.js'
import { hex } from '../memory/convert.js'
import { parseErrorData } from '../native/errors.js'
import type { Store } from '../memory/store.js'
import type { ContextPassage } from '../types.js'

/** A passage of the context, and its rank among the candidates, from 1. */
export type RankedPassage = ContextPassage & { rank: number }

/** What of a hit names its passage. */
export type PassageOfHit = Pick<Hit, 'frameId' | 'start' | 'length' | 'contentHash' | 'uri'> & { title?: string | undefined }

/** The best passage of each hit, read from its frame. Frames without text have none. */
export async function contextPassages(store: Store, { hits }: FindResponse): Promise<RankedPassage[]> {
  return readRankedPassages(store, hits)
}

/** The same for hits that are not those of a search just run. */
export async function readRankedPassages(store: Store, hits: readonly PassageOfHit[]): Promise<RankedPassage[]> {
  const ranked = hits.map((hit, index) => ({ hit, rank: index + 1 })).filter(({ hit }) => hit.length > 0)
  const spans = ranked.map(({ hit: { frameId, start, length } }) => ({ frameId, start, length }))
  const texts = spans.length === 0 ? [] : await store.native.readSpans(spans)
  return ranked.map(({ hit, rank }, index) => {
    const { text, error } = texts[index]!
    if (error !== undefined) throw parseErrorData(error)
    const { frameId, uri, title, start, length } = hit
    return { frameId, uri, ...(title === undefined ? {} : { title }), text, start, length, contentHash: hex(hit.contentHash), rank }
  })
}
