import { randomBytes } from 'node:crypto'
import { Refusal } from './problem.js'

/** What was confirmed: these models over this action, for at most so much. */
export interface Confirmed {
  session: string
  action: number
  models: string[]
  maxOutputTokens: number
  maxCostUsd: string
}

const LIFETIME_MS = 5 * 60_000
const MOST = 64

/** Estimates that a person may agree to, each good once. */
export class Confirmations {
  readonly #open = new Map<string, Confirmed & { untilMs: number }>()

  constructor(readonly now: () => number = Date.now) {}

  add(confirmed: Confirmed): string {
    const [oldest] = this.#open.keys()
    if (this.#open.size >= MOST && oldest !== undefined) this.#open.delete(oldest)
    const key = randomBytes(16).toString('hex')
    this.#open.set(key, { ...confirmed, untilMs: this.now() + LIFETIME_MS })
    return key
  }

  /** The confirmation under `key`, which is spent with it. */
  take(key: string, session: string, action: number): Confirmed {
    const found = this.#open.get(key)
    if (!found || found.session !== session || found.action !== action || found.untilMs < this.now()) {
      throw new Refusal(409, 'NotConfirmed', 'there is no estimate of this ask that was not used yet', 'Estimate its cost again.')
    }
    this.#open.delete(key)
    return found
  }
}
