/** Signing a session's checkpoint, anchors, and what they prove (format-spec/09-proof). */

import { MemvidError } from '../errors.js'
import type { Store } from '../memory/store.js'
import type { SessionEvent } from '../native/binding.js'
import type { MerkleTree } from '../proof/merkle.js'
import {
  isSignedBy,
  parseAnchor,
  parseCheckpoint,
  parseNote,
  sessionOrigin,
  type Checkpoint,
  type NoteSignature,
  type PublicKey,
} from '../proof/note.js'
import { decodePayload } from './codec.js'
import type { FoundSession } from './lookup.js'
import type { ProofProblem, Rung, SignatureView } from './verify-types.js'

/** The tree computed from the actions as they are; undefined when one can't be read. */
export interface Computed {
  tree: MerkleTree | undefined
}

/** Why a checkpoint does not fit the file; undefined when it does. */
export async function disagreement(store: Store, found: FoundSession, { tree }: Computed, checkpoint: Checkpoint): Promise<string | undefined> {
  const { origin, size, root, commit, chainHash } = checkpoint
  const { sessionId, actionCount } = found.info
  if (origin !== sessionOrigin(sessionId)) return `is of another session (${origin})`
  if (size > actionCount) return `speaks of ${size} actions, the session has ${actionCount}: its end was cut off`
  if (tree && !tree.root(size).equals(root)) return `has another root for the first ${size} actions`
  const hash = await chainHashOf(store, commit)
  if (hash instanceof MemvidError) return `can't be compared: ${hash.message}`
  if (!hash) return `speaks of commit ${commit}, which is not in this file's history: its end was cut off`
  if (!hash.equals(chainHash)) return `has another chain hash for commit ${commit}: the file was written anew`
  return undefined
}

/** The chain hash of a commit of this history; null when it has no such commit, the error when it can't be read. */
export async function chainHashOf(store: Store, commit: number): Promise<Buffer | null | MemvidError> {
  try {
    return (await store.native.chainHashes([commit]))[0] ?? null
  } catch (error) {
    if (error instanceof MemvidError) return error
    throw error
  }
}

interface Keys {
  /** A signature by one of these over all actions has to be there. */
  demanded: PublicKey[]
  trusted: PublicKey[]
}

/** Judges every signature of the session; what a trusted key signed and does not fit is a problem. */
export async function checkSignatures(
  store: Store,
  found: FoundSession,
  computed: Computed,
  { demanded, trusted }: Keys,
  problems: ProofProblem[],
): Promise<SignatureView[]> {
  const views: SignatureView[] = []
  let isDemandMet = demanded.length === 0
  const problem = (message: string, offset: number | null = null) => problems.push({ rung: 'signed', action: null, offset, message })
  for (const { offset, payload } of await readSignatures(store, found, problem)) {
    const note = noteOf(payload)
    const checkpoint = note && parseCheckpoint(note.text)
    if (!note || !checkpoint) {
      problem('a signature of the session is not in the form that it should have', offset)
      continue
    }
    for (const signature of note.signatures) {
      const key = [...demanded, ...trusted].find((each) => each.name === signature.name && each.id.equals(signature.id))
      const { status, why } = await judge(store, found, computed, { checkpoint, text: note.text, signature, key })
      if (why) problem(`the signature by ${signature.name} ${why}`, offset)
      if (status === 'valid' && demanded.includes(key!)) isDemandMet = true
      views.push({ keyName: signature.name, keyId: signature.id.toString('hex'), size: checkpoint.size, commit: checkpoint.commit, status })
    }
  }
  if (!isDemandMet) {
    const names = demanded.map(({ name, id }) => `${name} (${id.toString('hex')})`).join(' or ')
    problem(`no signature by ${names} over all actions`)
  }
  return views
}

/** The signatures of the session, newest first; when they can't be read, that is a problem. */
async function readSignatures(store: Store, { session }: FoundSession, problem: (message: string) => void): Promise<SessionEvent[]> {
  try {
    return await store.native.signatures(session)
  } catch (error) {
    if (!(error instanceof MemvidError)) throw error
    problem(error.message)
    return []
  }
}

function noteOf(payload: Buffer): ReturnType<typeof parseNote> {
  try {
    return parseNote(String(decodePayload(payload, 'a signature')['note']))
  } catch (error) {
    if (error instanceof MemvidError) return undefined
    throw error
  }
}

interface Signed {
  checkpoint: Checkpoint
  text: string
  signature: NoteSignature
  key: PublicKey | undefined
}

async function judge(
  store: Store,
  found: FoundSession,
  computed: Computed,
  { checkpoint, text, signature, key }: Signed,
): Promise<{ status: SignatureView['status']; why?: string }> {
  if (!key) return { status: 'unknown key' }
  if (!isSignedBy(text, signature, key)) return { status: 'invalid', why: 'does not hold' }
  const why = await disagreement(store, found, computed, checkpoint)
  if (why !== undefined) return { status: 'disagrees', why }
  return { status: checkpoint.size === found.info.actionCount ? 'valid' : 'valid for a part' }
}

/** Whether the anchors fit: `some` when there is one, `isWhole` when one is over all actions. */
export async function checkAnchors(
  store: Store,
  found: FoundSession,
  computed: Computed,
  lines: readonly string[],
  problems: ProofProblem[],
): Promise<{ some: boolean; isWhole: boolean }> {
  let isWhole = false
  for (const line of lines) {
    const anchor = parseAnchor(line.trim())
    const why = anchor ? await disagreement(store, found, computed, anchor) : 'is no line of `memvid session anchor`'
    const rung: Rung = 'anchored'
    if (why !== undefined) problems.push({ rung, action: null, offset: null, message: `the anchor ${why}` })
    else if (anchor!.size === found.info.actionCount) isWhole = true
  }
  return { some: lines.length > 0, isWhole }
}
