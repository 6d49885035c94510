/** The statement of an action: the lines that a leaf of the tree is made of (format-spec/09-proof). Pure. */

import { createHmac } from 'node:crypto'
import { MemvidError } from '../errors.js'

/** A field of a payload with what its commitment is made of. */
export interface OpenField {
  name: string
  /** 32 bytes; empty in a payload that was recorded without a salt. */
  salt: Uint8Array
  /** The value in canonical form. */
  value: Uint8Array
}

/** A field whose value was erased: the commitment is all that is left. */
export interface ErasedField {
  name: string
  commitment: Uint8Array
}

export type Field = OpenField | ErasedField

/** What the envelope of an action's event says. */
export interface Envelope {
  /** Lower case with hyphens. */
  sessionId: string
  number: number
  timeMs: number
  commit: number
  chainHash: Uint8Array
  frames: readonly { frameId: number; contentHash: Uint8Array }[]
}

/** Keys of a payload that serve the proof itself and are no fields. */
export const PROOF_KEYS: readonly string[] = ['salt', 'salts', 'erased']

const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/

function hmac(key: Uint8Array, data: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** The salt of one field: it tells nothing of the payload's salt, nor of other fields'. */
export function fieldSalt(salt: Uint8Array | undefined, name: string): Buffer {
  return salt ? hmac(salt, name) : Buffer.alloc(0)
}

export function commitment(field: Field): Uint8Array {
  return 'commitment' in field ? field.commitment : hmac(field.salt, field.value)
}

/** The statement's text. `Corrupt` when a field has a name that no line can hold. */
export function statement(envelope: Envelope, fields: readonly Field[]): string {
  const { sessionId, number, timeMs, commit, chainHash, frames } = envelope
  const bad = fields.find(({ name }) => !FIELD_NAME.test(name))
  if (bad) throw new MemvidError('Corrupt', `action ${number} has a field with the name ${JSON.stringify(bad.name)}`)
  const sorted = [...fields].sort((a, b) => (a.name < b.name ? -1 : 1))
  const lines = [
    'memvid action',
    `session ${sessionId}`,
    `number ${number}`,
    `time ${timeMs}`,
    `commit ${commit} ${hex(chainHash)}`,
    ...frames.map(({ frameId, contentHash }) => `frame ${frameId} ${hex(contentHash)}`),
    ...sorted.map((field) => `field ${field.name} ${hex(commitment(field))}`),
  ]
  return `${lines.join('\n')}\n`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
