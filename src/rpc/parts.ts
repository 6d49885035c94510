/** The items of a `putMany` as they come in parts, with credit as back-pressure. */
import type { PutItem } from '../index.js'
import { MemvidError } from '../index.js'

/** Parts that a client may send ahead. */
export const ITEM_WINDOW = 4

type Waiter = { resolve: () => void }

/** An async iterable that is fed from outside. */
export class ItemParts implements AsyncIterable<PutItem> {
  readonly #parts: PutItem[][] = []
  readonly #giveCredit: (parts: number) => void
  #ended = false
  #failure: Error | undefined
  #waiter: Waiter | undefined

  constructor(giveCredit: (parts: number) => void) {
    this.#giveCredit = giveCredit
  }

  /** Takes a part. False when it came without credit. */
  push(items: PutItem[]): boolean {
    if (this.#ended || this.#parts.length >= ITEM_WINDOW) return false
    this.#parts.push(items)
    this.#wake()
    return true
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Ends the iteration with an error, e.g. when the request was cancelled. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PutItem> {
    for (;;) {
      if (this.#failure) throw this.#failure
      const part = this.#parts.shift()
      if (part) {
        this.#giveCredit(1)
        yield* part
      } else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#waiter = { resolve }))
    }
  }

  #wake(): void {
    this.#waiter?.resolve()
    this.#waiter = undefined
  }
}

/** The items of a part, each with its row of the part's vectors. Throws `InvalidInput`. */
export function itemsOf(part: Record<string, unknown>): PutItem[] {
  const { items, vectors, dimension } = part
  if (!Array.isArray(items)) throw invalidPart('items is a list')
  if (vectors === undefined || vectors === null) return items.map(withVector)
  if (!(vectors instanceof Uint8Array)) throw invalidPart('vectors is bytes')
  const width = Number(dimension)
  if (!Number.isSafeInteger(width) || width < 1 || width * 4 * items.length !== vectors.length) {
    throw invalidPart(`vectors holds ${items.length} × dimension f32; got ${vectors.length} bytes for dimension ${String(dimension)}`)
  }
  const rows = floats(vectors)
  return items.map((item: PutItem, index) => ({ ...item, vector: rows.subarray(index * width, (index + 1) * width) }))
}

/** An object whose `vector` field may be bytes of f32, with the numbers in place of the bytes. */
export function withVector<T>(value: T): T {
  const vector = (value as { vector?: unknown } | null)?.vector
  return vector instanceof Uint8Array ? { ...value, vector: floats(vector) } : value
}

function floats(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw invalidPart(`a vector of ${bytes.length} bytes is no list of f32`)
  // A view would need an offset that is a multiple of four; the copy also frees the frame that the bytes came in.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

function invalidPart(message: string): MemvidError {
  return new MemvidError('InvalidInput', message)
}
