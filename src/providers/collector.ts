import type { PartialReason, WireResult } from './types.js'

/** The text of a stream as it comes in, with the time of its first piece. */
export class TextCollector {
  #pieces: string[] = []
  #onToken: ((text: string) => void) | undefined
  firstTokenAt: number | null = null
  /** Set when the caller's own `onToken` threw: that error is the caller's, and goes back to it as it is. */
  callbackError: { error: unknown } | null = null

  constructor(onToken: ((text: string) => void) | undefined) {
    this.#onToken = onToken
  }

  add(piece: unknown): void {
    if (typeof piece !== 'string' || piece === '') return
    this.firstTokenAt ??= performance.now()
    this.#pieces.push(piece)
    try {
      this.#onToken?.(piece)
    } catch (error) {
      this.callbackError = { error }
      throw error
    }
  }

  get text(): string {
    return this.#pieces.join('')
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }
}

/** The state that a stream leaves behind, whether it came to its end or not. */
export interface StreamState {
  collector: TextCollector
  result: WireResult
}

export function emptyResult(): WireResult {
  return { text: '', responseModel: null, responseId: null, finishReasons: [], finish: 'partial', usage: null, rawUsage: null }
}

/** The result of a stream that ended before its end: what came is given, its counts are not trusted. */
export function partialResult(state: StreamState, reason: PartialReason): WireResult {
  return { ...state.result, text: state.collector.text, finish: 'partial', partialReason: reason, usage: null }
}
