/** What an error carries besides its text. */
export interface ErrorDetails {
  /** What the user can do about it, one sentence. */
  hint?: string | undefined
  path?: string | undefined
  /** Byte offset in the file. */
  offset?: number | undefined
  cause?: unknown
  /** Facts for programs, e.g. `{ pid, sinceMs }` for `Locked`. */
  details?: Record<string, unknown> | undefined
}

/** The one error class of the SDK. Switch on `code`, which is stable; the message may be reworded. */
export class MemvidError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly path: string | undefined
  readonly offset: number | undefined
  readonly details: Record<string, unknown>

  constructor(code: string, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'MemvidError'
    this.code = code
    this.hint = more.hint
    this.path = more.path
    this.offset = more.offset
    this.details = more.details ?? {}
  }

  toJSON(): Record<string, unknown> {
    const { code, message, hint, path, offset, details } = this
    return { code, message, hint, path, offset, details }
  }
}
