import { Refusal } from './problem.js'

/** So many at work side by side, so many waiting, and no more: a page that asks without end is told so. */
export class Turns {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    readonly width: number,
    readonly queue: number,
  ) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.width) {
      if (this.#waiting.length >= this.queue) throw new Refusal(503, 'Busy', 'too many requests at once', 'Try again in a moment.')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      // The place goes to the next one that waits, without being free in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
