/** The Merkle tree over a session's actions (format-spec/09-proof). */

import { MemvidError } from '../errors.js'
import type { SessionEvent } from '../native/binding.js'
import { MerkleTree } from '../proof/merkle.js'
import { fieldSalt, PROOF_KEYS, statement, type Field } from '../proof/statement.js'
import { decodePayload, encodeValue, isMap } from './codec.js'
import { sessionIdText } from './id.js'

/** An action as the tree sees it. */
export interface ProvenAction {
  /** The leaf's text. */
  statement: string
  fields: Field[]
}

/**
 * The statement of an action's event. `Corrupt` when the payload is not in canonical form: then bytes could differ where statements
 * do not.
 */
export function proveAction(session: Uint8Array, event: SessionEvent): ProvenAction {
  const { sequence: number, timeMs, commit, chainHash, frames, payload } = event
  const decoded = decodePayload(payload, `action ${number}`)
  if (!encodeValue(decoded).equals(payload)) throw new MemvidError('Corrupt', `action ${number} is not in canonical form`)
  const fields = payloadFields(decoded)
  return { statement: statement({ sessionId: sessionIdText(session), number, timeMs, commit, chainHash, frames }, fields), fields }
}

/** Names of the fields that were erased from a payload. */
export function erasedFields(payload: Record<string, unknown>): string[] {
  const { erased } = payload
  return isMap(erased) ? Object.keys(erased) : []
}

function payloadFields(payload: Record<string, unknown>): Field[] {
  const { salt, salts, erased } = payload
  const known = isMap(salts) ? salts : undefined
  const open = Object.entries(payload)
    .filter(([name]) => !PROOF_KEYS.includes(name))
    .map(([name, value]): Field => ({ name, salt: known ? bytesOf(known[name]) : fieldSalt(saltOf(salt), name), value: encodeValue(value) }))
  const gone = isMap(erased) ? Object.entries(erased).map(([name, commitment]): Field => ({ name, commitment: bytesOf(commitment) })) : []
  return [...open, ...gone]
}

function saltOf(salt: unknown): Uint8Array | undefined {
  return salt instanceof Uint8Array ? salt : undefined
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array()
}

/** The tree of a session in the making, as long as every action can be read. */
export class SessionTree {
  readonly tree = new MerkleTree()
  #whole = true

  constructor(private readonly session: Uint8Array) {}

  /** Adds the next action; one that can't be read (`undefined`) leaves the session without a root. */
  add(event: SessionEvent | undefined): void {
    if (!this.#whole) return
    try {
      if (event) this.tree.add(Buffer.from(proveAction(this.session, event).statement))
      else this.#whole = false
    } catch (error) {
      if (!(error instanceof MemvidError)) throw error
      this.#whole = false
    }
  }

  /** Undefined when an action could not be read. */
  root(): Buffer | undefined {
    return this.#whole ? this.tree.root() : undefined
  }
}
