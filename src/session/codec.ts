import { randomFillSync } from 'node:crypto'
import { Packr } from 'msgpackr/pack'
import { MemvidError } from '../errors.js'

/** Version of the payload layout that this SDK writes. */
export const PAYLOAD_VERSION = 1

const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true })

/**
 * Encodes a payload in its canonical form (format-spec/07-sessions): keys sorted, absent values left out. The same payload always
 * gives the same bytes, so that a hash over them is a hash over the action.
 */
export function encodePayload(payload: object): Buffer {
  return packr.pack(canonical({ v: PAYLOAD_VERSION, ...payload }))
}

/**
 * Encodes the payload of an action, with the salt of its commitments (format-spec/09-proof): no two of these have the same bytes.
 * `encoded`: entries whose values the engine has encoded.
 */
export function encodeAction(record: object, encoded: Record<string, Buffer> = {}): Buffer {
  const names = Object.keys(encoded).sort()
  if (names.length === 0) return encodePayload({ ...record, salt: freshSalt() })
  const parts = encodeActionAround(record, names)
  return Buffer.concat(parts.flatMap((part, index) => (index < names.length ? [part, encoded[names[index]!]!] : [part])))
}

/** The payload of an action in the parts around the values of `names`, ascending, which are not known yet. */
export function encodeActionAround(record: object, names: readonly string[]): Buffer[] {
  const entries = new Map<string, unknown>(Object.entries({ v: PAYLOAD_VERSION, ...record, salt: freshSalt() }))
  for (const name of names) entries.set(name, null)
  const keys = [...entries.keys()].filter((key) => entries.get(key) !== undefined).sort()
  const parts: Buffer[] = []
  let part = [mapHead(keys.length)]
  for (const key of keys) {
    part.push(packr.pack(key))
    if (names.includes(key)) {
      parts.push(Buffer.concat(part))
      part = []
    } else {
      part.push(encodeValue(entries.get(key)))
    }
  }
  return [...parts, Buffer.concat(part)]
}

/** What a map of so many entries begins with. */
function mapHead(count: number): Buffer {
  return count < 16 ? Buffer.from([0x80 | count]) : Buffer.from([0xde, count >> 8, count & 0xff])
}

const SALT_BYTES = 32
/** Drawn for many salts at once: one call takes as long for a hundred as for one. */
const salts = Buffer.alloc(128 * SALT_BYTES)
let nextSalt = salts.length

/** Random bytes that no one else has, or will get. */
function freshSalt(): Buffer {
  if (nextSalt === salts.length) {
    randomFillSync(salts)
    nextSalt = 0
  }
  const salt = Buffer.from(salts.subarray(nextSalt, nextSalt + SALT_BYTES))
  nextSalt += SALT_BYTES
  return salt
}

/** One value of a payload in its canonical form. */
export function encodeValue(value: unknown): Buffer {
  return packr.pack(canonical(value))
}

/** Decodes a payload. `what` names it in the error: `Corrupt` when it is no map of ours, `Unsupported` when it is newer. */
export function decodePayload(bytes: Buffer, what: string): Record<string, unknown> {
  let payload: unknown
  try {
    payload = packr.unpack(bytes)
  } catch (cause) {
    throw new MemvidError('Corrupt', `${what} is not MessagePack`, { cause })
  }
  if (!isMap(payload)) throw new MemvidError('Corrupt', `${what} is not a map`)
  if (typeof payload['v'] !== 'number') throw new MemvidError('Corrupt', `${what} has no version`)
  if (payload['v'] > PAYLOAD_VERSION) {
    throw new MemvidError('Unsupported', `${what} has layout version ${payload['v']}, this version reads up to ${PAYLOAD_VERSION}`, {
      hint: 'Use a newer version of memvid.',
    })
  }
  return payload
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function canonical(value: unknown): unknown {
  // A column of numbers is what it is; there are many in a search's record.
  if (Array.isArray(value)) return value.every((item) => typeof item === 'number' || item === null) ? value : value.map((item) => canonical(item) ?? null)
  if (!isMap(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, item]) => [key, canonical(item)]))
}

/** A payload for JSON: bytes as hex. */
export function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(readable)
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]))
}
