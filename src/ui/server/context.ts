import type { Memory, SessionMeasures } from '../../index.js'
import type { Assets } from './assets.js'
import type { Confirmations } from './confirmations.js'

/** What all routes share. */
export interface UiContext {
  memory: Memory
  /** Name of the file without its folder. */
  name: string
  /** Whether models may be asked. */
  canAsk: boolean
  confirmations: Confirmations
  assets: Assets
  measures: MeasuresCache
  /** Aborted when the server closes. */
  signal: AbortSignal
}

/** Sessions in numbers, kept until the file changes: every view of the page begins with them. */
export class MeasuresCache {
  #commit = -1
  readonly #known = new Map<string, Promise<SessionMeasures>>()

  constructor(readonly memory: Memory) {}

  async of(session: string): Promise<SessionMeasures> {
    const { commit } = await this.memory.refresh()
    if (commit !== this.#commit) {
      this.#commit = commit
      this.#known.clear()
    }
    const known = this.#known.get(session)
    if (known) return known
    const measured = this.memory.sessionMeasures(session)
    this.#known.set(session, measured)
    measured.catch(() => this.#known.delete(session))
    return measured
  }
}
