/** Why a document is missing from a list of results, and what would have brought it there. */

import type { Fusion, AdaptiveOptions, SearchMode } from '../memory/types.js'

/**
 * The closed list of reasons. The last four keep it honest where none of the others holds: the frame has no text or no vector to be
 * found by, the file no longer holds it, today's engine does find it, or the commit can't be searched again.
 */
export type MissReason =
  | 'not-in-file-then'
  | 'deleted'
  | 'superseded'
  | 'filtered'
  | 'below-top-k'
  | 'cut'
  | 'no-query-term'
  | 'token-budget'
  | 'nothing-to-find'
  | 'missing'
  | 'not-reproduced'
  | 'unknown'

/** Settings that would have found it; each was tried on the same commit before it is named. All that are given are needed together. */
export interface MissNeed {
  /** Found with this k, not with one less. */
  k?: number
  mode?: SearchMode
  /** The adaptive rule's own number, rounded to three decimals to the side that finds it. */
  threshold?: number
  /** Fewest and most results of the adaptive rule. */
  min?: number
  max?: number
  /** Filters to leave out, e.g. `scope mv2://moor/`. */
  without?: string[]
  /** The least token budget of the prompt. */
  maxContextTokens?: number
}

/** What one arm of a search says of a document. */
export interface ArmPlace {
  score: number
  rank: number
}

/** Where a document stands in one search: found, or why not. */
export interface Standing {
  frameId: number
  uri: string | null
  /** Among the results and, of an ask, in its prompt. */
  found: boolean
  /** Null when it was found. */
  reason: MissReason | null
  /**
   * Rank among the candidates. Below what the search itself looked at: the rank with the `k` that is needed; where filters or a token
   * budget kept it out: the rank without them. Null where it has none.
   */
  rank: number | null
  score: number | null
  text: ArmPlace | null
  vector: ArmPlace | null
  /** False: no word of the query is in it, it can be found by its vector alone. Null where that was not asked. */
  hasQueryTerm: boolean | null
  /** Least score that the adaptive rule kept. */
  threshold: number | null
  /** Filters that keep it out. */
  filters: string[]
  need: MissNeed | null
  /** The commit that brought or ended the document, where that is the reason, and the frame that replaced it. */
  commit?: number
  supersededBy?: number
  /** The reason in words, e.g. `below top-k: rank 12, would need k ≥ 12`. */
  note: string
}

/**
 * What made the difference: the replay's settings, the content that was searched, either of them alone, only both together, or the
 * engine, which does not give the recorded list again. Null: the recorded commit can't be searched again.
 */
export type MissCause = 'settings' | 'content' | 'either' | 'both' | 'engine' | null

/** What became of the one document that was expected. */
export interface ExpectedReplay {
  /** As it was asked for: a URI, a frame or a text. */
  asked: string
  /** Of a text: how many other documents hold it too. */
  others: number
  /** In the recorded search, and in the replayed one; null when no document is what was asked for. */
  recorded: Standing | null
  replayed: Standing | null
  /** Null also when it is found in both or in neither. */
  cause: MissCause
  /** In a sentence, e.g. `Document existed at rank 12, adaptive found it`. */
  note: string
}

/** Settings to go through, every combination of them. */
export interface SweepSettings {
  topK?: number[]
  mode?: SearchMode[]
  adaptive?: (boolean | AdaptiveOptions)[]
  alpha?: number[]
  fusion?: Fusion[]
  /** Asks: token budgets of the prompt. */
  maxContextTokens?: number[]
}

/** One combination of settings, and whether it finds the expected document. */
export interface SweepRow {
  /** As they are set with `sessionReplay`, e.g. `{ topK: 16, mode: 'lex' }`. */
  settings: Record<string, unknown>
  found: boolean
  /** Rank among the candidates, also below the cut; null when it is not among them. */
  rank: number | null
  score: number | null
  /** How many results these settings give. */
  results: number
  /** Whether it gets into the prompt, within the recorded token budget. */
  inPrompt: boolean
  /** Estimated tokens of the prompt's context over these results. */
  contextTokens: number
  /** Why these settings can't be searched with. */
  error?: { code: string; message: string }
}
