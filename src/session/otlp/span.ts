import { createHash } from 'node:crypto'
import { attributes, nanoseconds, type KeyValue } from './value.js'

/** OTLP's numbers. */
export const INTERNAL = 1
export const CLIENT = 3
const STATUS_ERROR = 2

export interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: KeyValue[]
  events?: { timeUnixNano: string; name: string; attributes: KeyValue[] }[]
  status: { code?: number; message?: string }
}

export interface SpanFields {
  /** Which part of which action it is, e.g. `7 chat`: the span's id is made of it. */
  part: string
  parent?: string
  name: string
  kind: number
  startMs: number
  endMs: number
  attributes: Record<string, unknown>
  events?: { name: string; attributes: Record<string, unknown> }[] | undefined
  error?: { code: string; message: string } | undefined
}

/** A session's id is the trace's id, so that both are found by one search. */
export function traceIdOf(sessionId: string): string {
  return sessionId.replaceAll('-', '')
}

/** The same for every export of the session. */
export function spanIdOf(sessionId: string, part: string): string {
  return createHash('sha256').update(`${sessionId} ${part}`).digest('hex').slice(0, 16)
}

export function span(sessionId: string, fields: SpanFields): Span {
  const { part, parent, name, kind, startMs, endMs, error } = fields
  const events = fields.events?.map((event) => ({ timeUnixNano: nanoseconds(endMs), name: event.name, attributes: attributes(event.attributes) }))
  return {
    traceId: traceIdOf(sessionId),
    spanId: spanIdOf(sessionId, part),
    ...(parent === undefined ? {} : { parentSpanId: spanIdOf(sessionId, parent) }),
    name,
    kind,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributes({ ...fields.attributes, 'error.type': error?.code }),
    ...(events ? { events } : {}),
    status: error ? { code: STATUS_ERROR, message: error.message } : {},
  }
}
