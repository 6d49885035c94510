/** The gate that every provider call of a replay goes through: so many side by side, and never more money than allowed. */

import Big from 'big.js'
import { MemvidError } from '../errors.js'
import type { Cost } from '../types.js'
import { formatUsd } from '../ask/cost.js'

export class ProviderCalls {
  readonly #concurrency: number
  readonly #maxCost: Big | undefined
  #running = 0
  /** Of the calls under way, the most that each can cost, summed up. */
  #reserved = new Big(0)
  #spent = new Big(0)
  #costStop: string | null = null
  #waiting: (() => void)[] = []

  constructor(concurrency: number, maxCost: Big | undefined) {
    this.#concurrency = concurrency
    this.#maxCost = maxCost
  }

  /** Why no further call is made; null while there is money left. */
  get costStop(): string | null {
    return this.#costStop
  }

  /**
   * Makes a call when its turn comes. With a limit of cost, one that could pass it waits for those under way, whose costs turn out
   * lower as a rule, and is refused with `CostLimit` when none is.
   */
  async run<T extends { cost: Cost }>(most: Big | undefined, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    await this.#takeTurn(most, signal)
    try {
      const answered = await call()
      // What a call cost is counted in full where the provider does not tell.
      if (most) this.#spent = this.#spent.plus(answered.cost.usd ?? most)
      return answered
    } catch (error) {
      if (most && mayHaveCost(error)) this.#spent = this.#spent.plus(most)
      throw error
    } finally {
      this.#running--
      if (most) this.#reserved = this.#reserved.minus(most)
      this.#wake()
    }
  }

  /** Waits for a place and takes it in the same breath, so that no two calls can take one place. */
  async #takeTurn(most: Big | undefined, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      if (signal?.aborted) throw new MemvidError('Aborted', 'the replay was aborted')
      if (this.#costStop !== null) throw new MemvidError('CostLimit', this.#costStop)
      const fits = !most || !this.#maxCost || this.#spent.plus(this.#reserved).plus(most).lte(this.#maxCost)
      if (fits && this.#running < this.#concurrency) {
        this.#running++
        if (most) this.#reserved = this.#reserved.plus(most)
        return
      }
      if (!fits && this.#running === 0) {
        this.#costStop = this.#refusal(most!, this.#maxCost!)
        this.#wake()
        continue
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #refusal(most: Big, maxCost: Big): string {
    const spent = formatUsd(this.#spent.toFixed())
    return `the next answer could cost ${formatUsd(most.toFixed())}, and ${spent} of ${formatUsd(maxCost.toFixed())} is spent`
  }

  /** All look again, in the order in which they came; those that still have no turn queue up again. */
  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** A provider that gave up half way may charge for it; one that refused does not. */
function mayHaveCost(error: unknown): boolean {
  return error instanceof MemvidError && ['ProviderTimeout', 'ProviderMalformed', 'Aborted'].includes(error.code)
}
