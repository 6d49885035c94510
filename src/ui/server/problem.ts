/** What a request is refused with: a status, a stable code, and what to do. */

import { MemvidError } from '../../index.js'
import type { ApiError } from '../api.js'

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

const STATUS: Readonly<Record<string, number>> = {
  InvalidInput: 400,
  QuerySyntax: 400,
  SessionNotFound: 404,
  FrameNotFound: 404,
  CommitNotFound: 404,
  NotFound: 404,
  AmbiguousSession: 409,
  UnknownPrice: 409,
  Locked: 503,
}

/** An error as the page is told it. Of one that nobody foresaw only that it happened: its text may name paths. */
export function problemOf(error: unknown): { status: number; body: ApiError } {
  if (error instanceof Refusal) {
    const { status, code, message, hint } = error
    return { status, body: { error: { code, message, ...(hint === undefined ? {} : { hint }) } } }
  }
  if (error instanceof MemvidError) {
    const { code, message } = error
    return { status: STATUS[code] ?? 422, body: { error: { code, message } } }
  }
  return { status: 500, body: { error: { code: 'Internal', message: 'this is a fault of the server, see its terminal' } } }
}
