/** Keys whose value belongs to the user: what is below them keeps its names. */
const OPAQUE = new Set(['metadata', 'payload', 'input', 'output'])

/** Only names in camelCase change: a status such as `NOT CHECKED` may be a key too. */
function snake(key: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/.test(key)) return key
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/**
 * The value with snake_case keys throughout, bytes as hex, and absent fields left out. The Node API speaks camelCase; this is the one
 * place where the command line's names are made from it.
 */
export function toSnakeCase(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array)
  if (Array.isArray(value)) return value.map(toSnakeCase)
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries.map(([key, field]) => [snake(key), OPAQUE.has(key) ? field : toSnakeCase(field)]))
}

/** One JSON document for stdout, indented, with a line break at its end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(toSnakeCase(value), null, 2)}\n`
}
