/** Checkpoint texts, anchors, and C2SP signed notes (format-spec/09-proof). Pure. */

import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { invalid } from '../memory/options.js'

/** What a signature or an anchor says of a session. */
export interface Checkpoint {
  /** `memvid.session/<id>` */
  origin: string
  /** How many actions the root is over. */
  size: number
  root: Buffer
  commit: number
  chainHash: Buffer
}

export interface PublicKey {
  name: string
  /** 4 bytes. */
  id: Buffer
  /** 32 bytes. */
  key: Buffer
}

export interface NoteSignature {
  name: string
  id: Buffer
  signature: Buffer
}

const ED25519 = 0x01
/** What stands before the 32 bytes of an Ed25519 public key in its DER form (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const KEY_NAME = /^[^\s+]+$/u

export function sessionOrigin(sessionId: string): string {
  return `memvid.session/${sessionId}`
}

export function checkpointText({ origin, size, root, commit, chainHash }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\ncommit ${commit}\nchain ${chainHash.toString('hex')}\n`
}

/** Undefined when the text is no checkpoint of ours, byte for byte. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', root = '', commit = '', chain = ''] = text.split('\n')
  const line = `memvid-anchor ${origin} ${size} ${root} ${commit.replace(/^commit /, '')} ${chain.replace(/^chain /, '')}`
  const checkpoint = parseAnchor(line)
  return checkpoint && checkpointText(checkpoint) === text ? checkpoint : undefined
}

export function anchorLine({ origin, size, root, commit, chainHash }: Checkpoint): string {
  return `memvid-anchor ${origin} ${size} ${root.toString('base64')} ${commit} ${chainHash.toString('hex')}`
}

/** Undefined when the line is no anchor of ours, byte for byte. */
export function parseAnchor(line: string): Checkpoint | undefined {
  const [, origin = '', size = '', root = '', commit = '', chainHash = ''] = line.split(' ')
  const anchor = {
    origin,
    size: Number(size),
    root: Buffer.from(root, 'base64'),
    commit: Number(commit),
    chainHash: Buffer.from(chainHash, 'hex'),
  }
  const whole = Number.isSafeInteger(anchor.size) && Number.isSafeInteger(anchor.commit) && anchor.root.length === 32
  return whole && anchor.chainHash.length === 32 && anchorLine(anchor) === line ? anchor : undefined
}

function keyId(name: string, key: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(key).digest().subarray(0, 4)
}

/** The public half of a key, under a name. */
export function publicKey(name: string, key: KeyObject): PublicKey {
  if (!KEY_NAME.test(name)) throw invalid(`the key's name is ${JSON.stringify(name)}`, 'It has no spaces, no line breaks and no "+".')
  const raw = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length)
  return { name, id: keyId(name, raw), key: raw }
}

/** `<name>+<key id>+<base64>` */
export function publicKeyText({ name, id, key }: PublicKey): string {
  return `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(ED25519), key]).toString('base64')}`
}

/** Reads a public key as `publicKeyText` writes it. `InvalidInput` when it is none. */
export function parsePublicKey(text: string): PublicKey {
  const [, name = '', id = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? []
  const bytes = BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.alloc(0)
  const key = bytes.subarray(1)
  if (bytes.length !== 33 || bytes[0] !== ED25519 || keyId(name, key).toString('hex') !== id) {
    throw invalid('this is no public key', 'It looks like name+0123abcd+AQ…; `memvid keys show` prints it.')
  }
  return { name, id: keyId(name, key), key }
}

/** The signed note: the text, an empty line, and the signature's line. */
export function signNote(text: string, key: KeyObject, name: string): string {
  const { id } = publicKey(name, key)
  const signature = sign(null, Buffer.from(text), key)
  return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
}

/** The text and the signatures of a note; undefined when it is none. */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } | undefined {
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) return undefined
  const signatures: NoteSignature[] = []
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name = '', encoded = ''] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? []
    const bytes = BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.alloc(0)
    if (bytes.length !== 68 || bytes.toString('base64') !== encoded) return undefined
    signatures.push({ name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) })
  }
  return { text: note.slice(0, end + 1), signatures }
}

/** Whether this key signed the text. */
export function isSignedBy(text: string, { name, id, signature }: NoteSignature, key: PublicKey): boolean {
  if (name !== key.name || !id.equals(key.id)) return false
  const object = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key.key]), format: 'der', type: 'spki' })
  return verify(null, Buffer.from(text), object, signature)
}
