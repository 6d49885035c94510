import type { NativeStore } from '../native/binding.js'

export type Span = Parameters<NativeStore['readSpans']>[0][number]
export type SpanText = Awaited<ReturnType<NativeStore['readSpans']>>[number]

/**
 * Reads spans of frames, and reads ahead for those who know what they will ask for: one call of the engine for hundreds of spans
 * costs a fraction of hundreds of calls.
 */
export class SpanReader {
  readonly #native: NativeStore
  #ahead = new Map<string, SpanText>()
  /** Counts what makes spans read before stale. */
  #generation = 0

  constructor(native: NativeStore) {
    this.#native = native
  }

  /** Each span's text, with its frame's content read and hashed anew. */
  async read(spans: Span[]): Promise<SpanText[]> {
    const found = spans.map((span) => this.#ahead.get(keyOf(span)))
    if (found.every((span) => span !== undefined)) return found as SpanText[]
    return this.#native.readSpans(spans)
  }

  /** Reads spans that are about to be asked for. From the call of `use` on they are at hand, and those of the time before are not. */
  async readAhead(spans: Span[]): Promise<{ use(): void }> {
    const generation = this.#generation
    // In the order in which frames lie in the file: those of one block are decompressed together.
    const unique = new Map(spans.toSorted((a, b) => a.frameId - b.frameId).map((span) => [keyOf(span), span]))
    const texts = unique.size === 0 ? [] : await this.#native.readSpans([...unique.values()])
    const ahead = new Map([...unique.keys()].map((key, index) => [key, texts[index]!]))
    return { use: () => void (this.#ahead = generation === this.#generation ? ahead : new Map()) }
  }

  /** Forgets what was read ahead, as a frame's state may have changed since. */
  forget(): void {
    this.#generation++
    this.#ahead = new Map()
  }
}

function keyOf({ frameId, start, length }: Span): string {
  return `${frameId} ${start} ${length}`
}
