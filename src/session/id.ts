import { randomBytes } from 'node:crypto'

/** A new session id: UUID version 7 (RFC 9562), so that ids sort by the time they were made. */
export function newSessionId(nowMs: number): Buffer {
  const id = randomBytes(16)
  id.writeUIntBE(nowMs, 0, 6)
  id[6] = (id[6]! & 0x0f) | 0x70
  id[8] = (id[8]! & 0x3f) | 0x80
  return id
}

/** Lower case with hyphens. */
export function sessionIdText(id: Uint8Array): string {
  const digits = Buffer.from(id).toString('hex')
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-')
}
