import type { Candidate, FindResponse } from '../../native/binding.js'
import { cutInfo } from '../../memory/retrieve.js'
import type { Store } from '../../memory/store.js'
import type { Cut } from '../../memory/types.js'
import type { RetrievalRecord, SearchParameters } from '../record.js'
import { armPlaces, Probe, type Place } from './probe.js'

/** The list of one search, recorded or just run, and the means to look further than it went. */
export interface RankedList {
  probe: Probe
  cut: Cut
  /** How the query was read: `words` | `syntax` | `words-after-syntax-error`. */
  queryKind: string
  /** Ids of the hits, best first. */
  kept: number[]
  /** Where the document stands among the candidates that are known; null when it is not one of them. */
  place(frameId: number): Place | null
  /** Scores of the known candidates, best first. */
  scores: number[]
}

export function recordedList(store: Store, query: string, parameters: SearchParameters, retrieval: RetrievalRecord): RankedList {
  const { cut, queryKind, candidates, snapshot, mode } = retrieval
  const place = (frameId: number): Place | null => {
    const index = candidates.frameId.indexOf(frameId)
    if (index === -1) return null
    const arms = armPlaces({
      textScore: candidates.textScore[index] ?? undefined,
      textRank: candidates.textRank[index] ?? undefined,
      vectorScore: candidates.vectorScore[index] ?? undefined,
      vectorRank: candidates.vectorRank[index] ?? undefined,
    } as Candidate)
    return { ...arms, rank: index + 1, score: candidates.score[index]!, k: parameters.k }
  }
  const probe = new Probe(store, query, asRun(parameters, mode), snapshot.commit)
  return { probe, cut, queryKind, kept: candidates.frameId.slice(0, cut.kept), place, scores: candidates.score }
}

export function searchedList(store: Store, query: string, parameters: SearchParameters, response: FindResponse): RankedList {
  const { queryKind, candidates, hits, snapshot } = response
  const place = (frameId: number): Place | null => {
    const index = candidates.findIndex((candidate) => candidate.frameId === frameId)
    const candidate = candidates[index]
    return candidate ? { ...armPlaces(candidate), rank: index + 1, score: candidate.score, k: parameters.k } : null
  }
  return {
    probe: new Probe(store, query, asRun(parameters, response.mode as SearchParameters['mode']), snapshot.commit),
    cut: cutInfo(response.cut),
    queryKind,
    kept: hits.map((hit) => hit.frameId),
    place,
    scores: candidates.map((candidate) => candidate.score),
  }
}

/** With the mode that ran, which is `lex` where there was no vector to search by; words alone don't read one. */
function asRun(parameters: SearchParameters, mode: SearchParameters['mode']): SearchParameters {
  return { ...parameters, mode, vector: mode === 'lex' ? null : parameters.vector }
}
