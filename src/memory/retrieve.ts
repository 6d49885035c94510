import type { FindRequest, FindResponse } from '../native/binding.js'
import type { SearchParameters } from '../session/record.js'
import { OptionReader } from './options.js'
import { asOfCommit } from './read.js'
import { withoutAbsent, type Store } from './store.js'
import type { Cut } from './types.js'

export const SEARCH_OPTIONS = ['mode', 'k', 'vector', 'adaptive', 'alpha', 'fusion', 'exact', 'asOf', 'scope', 'tags', 'after', 'before'] as const

const DEFAULT_K = 8
export const MAX_K = 10_000
const DEFAULT_ALPHA = 0.3
const DEFAULT_SNIPPET_CHARS = 240
export const FUSIONS = ['auto', 'relative', 'rrf'] as const
const ADAPTIVE_RULES = ['relative', 'absolute', 'knee', 'gap', 'cliff'] as const
const DEFAULT_ADAPTIVE = { rule: 'relative', threshold: 0.65, min: 3, max: 50 } as const

/** The parameters of a search with every default filled in, and the query's vector where an outside embedder makes it. */
export async function searchParameters(store: Store, method: string, options: OptionReader, query: string): Promise<SearchParameters> {
  const vector = options.vector('vector')
  const chosenK = options.integer('k', 1, MAX_K)
  const adaptive = readAdaptive(method, options.raw('adaptive'), chosenK)
  const k = adaptive?.max ?? chosenK ?? DEFAULT_K
  const alpha = options.number('alpha', 0, 1)
  return store.embedder.withQueryVector(query, {
    mode: options.oneOf('mode', ['hybrid', 'lex', 'vec']) ?? (vector ? 'hybrid' : store.defaultMode()),
    k,
    candidates: candidatesFor(k),
    alpha: alpha ?? DEFAULT_ALPHA,
    fusion: options.oneOf('fusion', FUSIONS) ?? (alpha === undefined ? 'auto' : 'relative'),
    adaptive,
    asOf: (await asOfCommit(store, method, options.raw('asOf'))) ?? null,
    scope: options.text('scope') ?? null,
    tags: options.texts('tags') ?? [],
    afterMs: options.moment('after') ?? null,
    beforeMs: options.moment('before') ?? null,
    snippetChars: DEFAULT_SNIPPET_CHARS,
    vector: vector ? new Uint8Array(vector.slice().buffer) : null,
    ...(options.flag('exact') && { exact: true }),
  })
}

/**
 * How far down the ranking is kept. The same whether a session is active or not, so that being recorded changes no result, and far
 * enough below the cut to say later at which rank a missed document stood.
 */
export function candidatesFor(k: number): number {
  return Math.max(100, 5 * k)
}

/** `true` and `false`, or single settings over the defaults. A `k` given besides bounds the list. */
export function readAdaptive(method: string, given: unknown, k: number | undefined): SearchParameters['adaptive'] {
  if (given === undefined || given === false) return null
  const settings = new OptionReader(`${method}: adaptive`, given === true ? {} : given, ['rule', 'threshold', 'min', 'max'])
  const max = settings.integer('max', 1, MAX_K) ?? k ?? DEFAULT_ADAPTIVE.max
  return {
    rule: settings.oneOf('rule', ADAPTIVE_RULES) ?? DEFAULT_ADAPTIVE.rule,
    threshold: settings.number('threshold', 0, 1) ?? DEFAULT_ADAPTIVE.threshold,
    min: Math.min(settings.integer('min', 0, MAX_K) ?? DEFAULT_ADAPTIVE.min, max),
    max,
  }
}

/** How a search is run. */
interface Run {
  /** Leaves out the candidates below the cut, which only a recorded search keeps. */
  hitsOnly?: boolean
  /** Gives the candidates in `record`, as a session records them, and no other way. */
  record?: boolean
  /** On the calling thread. */
  blocking?: boolean
}

export async function retrieve(store: Store, query: string, parameters: SearchParameters, run: Run = {}): Promise<FindResponse> {
  const request = { ...findRequest(query, parameters), hitsOnly: run.hitsOnly === true, record: run.record === true }
  return run.blocking ? store.native.findBlocking(request) : store.native.find(request)
}

export function cutInfo(cut: FindResponse['cut']): Cut {
  return { kept: cut.kept, rule: cut.rule, threshold: cut.threshold ?? null }
}

export function findRequest(query: string, parameters: SearchParameters): FindRequest {
  const { mode, k, candidates, alpha, fusion, snippetChars, tags, vector } = parameters
  return withoutAbsent<FindRequest>({
    query: query === '' ? undefined : query,
    vector: vector ? floats(vector) : undefined,
    mode,
    k,
    candidates,
    alpha,
    fusion,
    adaptive: parameters.adaptive ?? undefined,
    asOf: parameters.asOf ?? undefined,
    scope: parameters.scope ?? undefined,
    tags: tags.length > 0 ? tags : undefined,
    afterMs: parameters.afterMs ?? undefined,
    beforeMs: parameters.beforeMs ?? undefined,
    exact: parameters.exact,
    snippetChars,
  })
}

/** Bytes as floats; copied, because a slice of a file's record need not be aligned. */
function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer)
}

