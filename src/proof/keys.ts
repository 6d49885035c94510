/** Signing keys on the disk: the private half in a file of the user's, never in an .mv2 file. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { MemvidError } from '../errors.js'
import { invalid } from '../memory/options.js'
import { parsePublicKey, publicKey, publicKeyText } from './note.js'

/** A key as it is shown. */
export interface KeyView {
  name: string
  /** Hex. */
  keyId: string
  /** What others need to check signatures: `<name>+<key id>+<base64>`. */
  publicKey: string
  path: string
  /** False: only the public half is here, of a key that is trusted. */
  canSign: boolean
}

export interface SigningKey {
  name: string
  key: KeyObject
}

/** Text before the PEM block, which readers of PEM skip. */
const TITLE = /^memvid signing key (\S+)$/m
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** `keys` in `$MEMVID_CONFIG_DIR`, else in the folder `memvid` of the user's configuration. */
export function keyFolder(): string {
  const { MEMVID_CONFIG_DIR: own, XDG_CONFIG_HOME: shared } = process.env
  return join(own || join(shared || join(homedir(), '.config'), 'memvid'), 'keys')
}

/** Makes an Ed25519 key. It is written to `path`, default `<key folder>/<name>.pem`, readable by its owner alone; no file is replaced. */
export function createKey(name: string, path = join(keyFolder(), `${name}.pem`)): KeyView {
  if (!NAME.test(name)) throw invalid(`the key's name is ${JSON.stringify(name)}`, 'Letters, digits, ".", "_" and "-", at most 64.')
  const { privateKey } = generateKeyPairSync('ed25519')
  const text = `memvid signing key ${name}\n${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new MemvidError('AlreadyExists', 'a key is never replaced, and there is a file of this name', { path, cause, hint: 'Choose another name.' })
  }
  return signingView({ name, key: privateKey }, path)
}

/** All keys of the key folder: `*.pem` that can sign, and `*.pub`, the public halves of others that are trusted. By name. */
export function listKeys(): KeyView[] {
  const folder = keyFolder()
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => /\.(pem|pub)$/.test(file))
  return files.sort().map((file) => showKey(join(folder, file)))
}

/** One key, by its name in the key folder or by the path of its file. */
export function showKey(nameOrPath: string): KeyView {
  const path = keyPath(nameOrPath)
  if (!path.endsWith('.pub')) return signingView(readSigningKey(path), path)
  const { name, id, key } = parsePublicKey(readFileSync(path, 'utf8'))
  return { name, keyId: id.toString('hex'), publicKey: publicKeyText({ name, id, key }), path, canSign: false }
}

/** Reads a private key. `PermissionDenied` when others than its owner could read it. */
export function readSigningKey(nameOrPath: string): SigningKey {
  const path = keyPath(nameOrPath)
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new MemvidError('PermissionDenied', 'others can read this private key', { path, hint: `Run \`chmod 600 ${path}\`.` })
  }
  const text = readFileSync(path, 'utf8')
  const name = TITLE.exec(text)?.[1] ?? basename(path).replace(/\.[^.]*$/, '')
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return { name, key }
  } catch (cause) {
    throw new MemvidError('InvalidInput', 'this file holds no private key', { path, cause, hint: 'Make one with `memvid keys create`.' })
  }
  throw new MemvidError('InvalidInput', 'this is not an Ed25519 key', { path, hint: 'Make one with `memvid keys create`.' })
}

function keyPath(nameOrPath: string): string {
  const inFolder = ['pem', 'pub'].map((ending) => join(keyFolder(), `${nameOrPath}.${ending}`)).filter(() => NAME.test(nameOrPath))
  const path = [...inFolder, nameOrPath].find((each) => existsSync(each))
  if (path !== undefined) return path
  throw new MemvidError('NotFound', `there is no key ${JSON.stringify(nameOrPath)}`, { hint: 'See `memvid keys list`, or give the path of its file.' })
}

function signingView({ name, key }: SigningKey, path: string): KeyView {
  const half = publicKey(name, key)
  return { name, keyId: half.id.toString('hex'), publicKey: publicKeyText(half), path, canSign: true }
}
