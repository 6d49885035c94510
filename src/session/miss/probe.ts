/** One search on one commit, run again with other settings: what a rank below the recorded candidates is found with. */

import type { Candidate, FindResponse, Frame } from '../../native/binding.js'
import { MAX_K, retrieve } from '../../memory/retrieve.js'
import type { Store } from '../../memory/store.js'
import type { SearchParameters } from '../record.js'
import type { ArmPlace } from '../miss-types.js'

/** Where a document stands, and with which k. */
export interface Place {
  rank: number
  score: number
  text: ArmPlace | null
  vector: ArmPlace | null
  k: number
}

/** How much deeper each further look goes. */
const DEEPER = 8

/** How many frames each arm of the engine contributes (ARM_DEPTH of native/core/src/store/find.rs). Fused scores depend on it. */
export function armDepth(k: number): number {
  return Math.max(100, 5 * k)
}

export class Probe {
  readonly #runs = new Map<string, Promise<FindResponse>>()

  /** `parameters.asOf` is not looked at: it is `commit` that is searched. */
  constructor(
    readonly store: Store,
    readonly query: string,
    readonly parameters: SearchParameters,
    readonly commit: number,
    /** The largest k that is looked with: no search takes a larger one. */
    readonly deepest = MAX_K,
  ) {}

  /** The same search with some settings changed. */
  with(changes: Partial<SearchParameters>): Probe {
    return new Probe(this.store, this.query, { ...this.parameters, ...changes }, this.commit, this.deepest)
  }

  /** The search with its own settings, and with every document that it ranks. */
  search(): Promise<FindResponse> {
    return this.#run('search', { candidates: 2 * armDepth(this.parameters.k) })
  }

  /** Where the document stands with `k`; null when it is not among what such a search ranks. */
  async place(frameId: number, k = this.parameters.k): Promise<Place | null> {
    return placeAmong(await this.#ranking(k), frameId, k)
  }

  /** The same, null also where it stands below rank `k`. */
  async #placeWith(frameId: number, k: number): Promise<Place | null> {
    return placeAmong(await this.#ranking(k, k), frameId, k)
  }

  /** Looks ever deeper. Null when the document matches in no arm of this search; `too-deep` when no k comes to it. */
  async locate(frame: Frame): Promise<Place | null | 'too-deep'> {
    const first = await this.place(frame.frameId)
    if (first || !(await this.matches(frame))) return first
    for (let k = this.parameters.k; k < this.deepest; ) {
      k = Math.min(k * DEEPER, this.deepest)
      const found = await this.place(frame.frameId, k)
      if (found) return found
    }
    return 'too-deep'
  }

  /** Whether the document has this rank with a k of that rank too. */
  isStable({ rank, k }: Place): boolean {
    return this.parameters.mode !== 'hybrid' || armDepth(rank) === armDepth(k)
  }

  /**
   * The document's place with the least k that finds it. With one arm a rank does not depend on k. Fused ranks do, so they are tried,
   * beginning with the rank of `known`: found with this k, not with one less. Null when no k that a search takes is large enough.
   */
  async leastK(frameId: number, known: Place): Promise<Place | null> {
    if (known.rank > this.deepest) return null
    if (this.isStable(known)) return { ...known, k: known.rank }
    let missed = this.parameters.k
    let found = await this.#placeWith(frameId, known.rank)
    for (let k = known.rank; !found; ) {
      if (k >= this.deepest) return null
      missed = k
      k = Math.min(this.deepest, k + Math.max(1, k - known.rank))
      found = await this.#placeWith(frameId, k)
    }
    // Down in steps that double while it is still found, then by halves: the last k that misses it is the one before.
    for (let step = 1; found.k - missed > 1; ) {
      const k: number = Math.max(found.k - step, missed + 1)
      const less: Place | null = await this.#placeWith(frameId, k)
      if (less) found = less
      else missed = k
      step = less ? step * 2 : Math.ceil((found.k - missed) / 2)
    }
    return found
  }

  /** Whether the search keeps the document when these settings are changed. */
  async finds(frameId: number, changes: Partial<SearchParameters>): Promise<boolean> {
    const { hits } = await this.#run(`finds ${JSON.stringify(changes)}`, changes)
    return hits.some((hit) => hit.frameId === frameId)
  }

  /** Whether an arm finds the document when hardly any other is let through: by its own URI, tags and time. */
  async matches(frame: Frame): Promise<boolean> {
    const { uri: scope, tags, timestampMs } = frame
    const narrow = this.with({ scope, tags, afterMs: timestampMs, beforeMs: timestampMs + 1 })
    for (let k = this.parameters.k; ; k *= DEEPER) {
      if (await narrow.place(frame.frameId, k)) return true
      const { total } = await narrow.#ranking(k)
      if (total < armDepth(k)) return false
    }
  }

  /** The ranking with `k`, the whole of it by default. One hit is enough: making hits means reading frames. */
  #ranking(k: number, candidates = 2 * armDepth(k)): Promise<FindResponse> {
    const adaptive = { rule: 'absolute', threshold: 0, min: 1, max: 1 } as const
    return this.#run(`ranking ${k} ${candidates}`, { k, candidates, adaptive })
  }

  #run(key: string, changes: Partial<SearchParameters>): Promise<FindResponse> {
    const known = this.#runs.get(key)
    if (known) return known
    const parameters = { ...this.parameters, snippetChars: 0, ...changes, asOf: this.commit }
    const run = retrieve(this.store, this.query, parameters)
    this.#runs.set(key, run)
    return run
  }
}

function placeAmong({ candidates }: FindResponse, frameId: number, k: number): Place | null {
  const index = candidates.findIndex((candidate) => candidate.frameId === frameId)
  return index === -1 ? null : { ...armPlaces(candidates[index]!), rank: index + 1, score: candidates[index]!.score, k }
}

export function armPlaces({ textScore, textRank, vectorScore, vectorRank }: Candidate): { text: ArmPlace | null; vector: ArmPlace | null } {
  const place = (score: number | undefined, rank: number | undefined) => (score === undefined || rank === undefined ? null : { score, rank })
  return { text: place(textScore, textRank), vector: place(vectorScore, vectorRank) }
}
