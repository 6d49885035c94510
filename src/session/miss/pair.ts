/** A recorded search next to its replay: what changed a document's lot, the settings or the content? */

import { MemvidError } from '../../errors.js'
import { retrieve } from '../../memory/retrieve.js'
import type { Store } from '../../memory/store.js'
import type { MissCause } from '../miss-types.js'
import type { SearchParameters } from '../record.js'
import type { PromptList } from './prompt-list.js'
import type { RankedList } from './ranked-list.js'

/** One of the two searches: its list and, of an ask, its prompt. */
export interface Side {
  list: RankedList
  prompt?: PromptList
}

export class SearchPair {
  readonly #kept = new Map<string, Promise<Set<number>>>()

  /** The parameters are those of the record and those of the replay; `overrides` are the ones that differ. */
  constructor(
    readonly store: Store,
    readonly query: string,
    readonly old: Side & { parameters: SearchParameters },
    readonly current: Side & { parameters: SearchParameters },
    readonly overrides: Record<string, unknown>,
  ) {}

  /**
   * Of a document that is in one of the lists only: the search is run with either's settings on either's commit, and what turns the
   * outcome is the cause.
   */
  async cause(frameId: number): Promise<MissCause> {
    const { old, current } = this
    const [then, now] = [old.list.probe.commit, current.list.probe.commit]
    const was = old.list.kept.includes(frameId)
    const turns = async (parameters: SearchParameters, commit: number) => (await this.#keeps(parameters, commit)).has(frameId) !== was
    try {
      if (await turns(old.parameters, then)) return 'engine'
      if (Object.keys(this.overrides).length === 0) return 'content'
      const bySettings = await turns(current.parameters, then)
      const byContent = await turns(old.parameters, now)
      if (bySettings && byContent) return 'either'
      return bySettings ? 'settings' : byContent ? 'content' : 'both'
    } catch (error) {
      if (!(error instanceof MemvidError) || error.code === 'Aborted') throw error
      return null
    }
  }

  #keeps(parameters: SearchParameters, commit: number): Promise<Set<number>> {
    const key = `${parameters === this.old.parameters} ${commit}`
    const known = this.#kept.get(key)
    if (known) return known
    const searched = retrieve(this.store, this.query, { ...parameters, asOf: commit, snippetChars: 0 })
    const kept = searched.then((response) => new Set(response.hits.map((hit) => hit.frameId)))
    this.#kept.set(key, kept)
    return kept
  }
}

/** What found a document, or kept it out, in the words of the settings: `adaptive`, `top-k`, `mode vec`, … or the content. */
export function finder(cause: MissCause, overrides: Record<string, unknown>, searched: 'today' | number): string {
  const content = searched === 'today' ? "today's content" : `the content of commit ${searched}`
  const settings = settingsText(overrides)
  switch (cause) {
    case 'content':
      return content
    case 'engine':
      return "today's engine"
    case 'both':
      return `${settings} on ${content}`
    default:
      return settings === '' ? content : settings
  }
}

/** The names of what was set differently. The k of an adaptive search is its `max`, no setting of its own. */
function settingsText({ adaptive, k, mode, alpha, fusion, exact, ...others }: Record<string, unknown>): string {
  const parts = [
    ...(adaptive ? ['adaptive'] : adaptive === null ? ['no adaptive rule'] : k === undefined ? [] : ['top-k']),
    ...(mode === undefined ? [] : [`mode ${String(mode)}`]),
    ...(alpha === undefined ? [] : [`alpha ${String(alpha)}`]),
    ...(fusion === undefined ? [] : [`fusion ${String(fusion)}`]),
    ...(exact === undefined ? [] : [exact ? 'every vector' : 'the index']),
    ...('filters' in others ? ['no filters'] : []),
    ...('maxContextTokens' in others ? ['token budget'] : []),
  ]
  return parts.join(' with ')
}
