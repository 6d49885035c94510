/** Values and times as OTLP's JSON writes them: 64-bit integers as decimal texts, ids as hex (opentelemetry-proto, "JSON Protobuf Encoding"). */

export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
  | { kvlistValue: { values: KeyValue[] } }

export interface KeyValue {
  key: string
  value: AnyValue
}

/** A JSON value in OTLP's form; null becomes the text `null`, as OTLP has no other. */
export function anyValue(value: unknown): AnyValue {
  if (value instanceof Double) return { doubleValue: value.value }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  if (value !== null && typeof value === 'object') return { kvlistValue: { values: attributes(value as Record<string, unknown>) } }
  return { stringValue: String(value) }
}

/** A number whose attribute is of a floating-point type, whole or not. */
export class Double {
  constructor(readonly value: number) {}
}

/** Attributes in the order given. What is undefined or null is left out. */
export function attributes(fields: Record<string, unknown>): KeyValue[] {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  return given.map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** Nanoseconds since 1970 of a time in milliseconds. */
export function nanoseconds(timeMs: number): string {
  const whole = Math.floor(timeMs)
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((timeMs - whole) * 1_000_000)))
}
