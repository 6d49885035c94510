import { inspect } from 'node:util'

const MASK = '[secret]'

/**
 * A key that cannot be printed by accident. The value is a private field, which `console.log`, `JSON.stringify`,
 * `structuredClone`, string templates and MessagePack do not see; only `reveal()` gives it out, at the one place where it
 * becomes a header.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
    Object.freeze(this)
  }

  /** The value itself. Call this only where it leaves the process as a header. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [Symbol.toPrimitive](): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}

/** So many equal characters in a row make a piece of text a piece of the key. */
const FRAGMENT_LENGTH = 8

/** Providers repeat a refused key with its middle starred out (`sk-ab****wxyz`); the ends are still part of the key. */
const STARRED = /[A-Za-z0-9_-]{0,64}\*{3,}[A-Za-z0-9_.-]{0,64}/g

/** The ways in which a key may come back: plain, URL-encoded, escaped in JSON, base64 (also of `user:key`). */
function spellings(key: string): string[] {
  const base64 = Buffer.from(key, 'utf8').toString('base64').replace(/=+$/, '')
  return [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), base64, base64.replaceAll('+', '-').replaceAll('/', '_')]
}

/** Marks each character of `text` that belongs to a run of at least `FRAGMENT_LENGTH` characters found in `spelling`. */
function markFragments(text: string, spelling: string, marked: Uint8Array): void {
  const length = Math.min(FRAGMENT_LENGTH, spelling.length)
  const fragments = new Set<string>()
  for (let start = 0; start + length <= spelling.length; start += 1) fragments.add(spelling.slice(start, start + length))
  for (let start = 0; start + length <= text.length; start += 1) {
    if (fragments.has(text.slice(start, start + length))) marked.fill(1, start, start + length)
  }
}

/**
 * Text with every trace of the given keys, and everything that looks like a key, replaced by `[secret]`. Fragments of eight
 * characters or more count as a trace. For text that came from outside: error bodies, messages of libraries.
 */
export function scrub(text: string, secrets: readonly (Secret | undefined)[]): string {
  const marked = new Uint8Array(text.length)
  for (const secret of secrets) {
    if (secret === undefined) continue
    const key = secret.reveal()
    // A key of one to three characters would wipe out ordinary text and protects nothing.
    if (key.length < 4) continue
    for (const spelling of spellings(key)) markFragments(text, spelling, marked)
  }
  for (const { start, end } of findSecrets(text)) marked.fill(1, start, end)
  for (const match of text.matchAll(STARRED)) marked.fill(1, match.index, match.index + match[0].length)
  return replaceMarked(text, marked)
}

function replaceMarked(text: string, marked: Uint8Array): string {
  let result = ''
  let position = 0
  while (position < text.length) {
    const masked = marked[position] === 1
    let end = position
    while (end < text.length && (marked[end] === 1) === masked) end += 1
    result += masked ? MASK : text.slice(position, end)
    position = end
  }
  return result
}

export type SecretKind =
  | 'openai-key'
  | 'anthropic-key'
  | 'google-key'
  | 'xai-key'
  | 'groq-key'
  | 'aws-access-key'
  | 'github-token'
  | 'slack-token'
  | 'private-key'
  | 'jwt'

/** Something that looks like a key. Offsets are UTF-16 units. */
export interface FoundSecret {
  kind: SecretKind
  start: number
  end: number
}

/** Shapes published by the issuers themselves. Every repetition is bounded, so that no document can make a search slow. */
const SHAPES: readonly [SecretKind, RegExp][] = [
  ['anthropic-key', /\bsk-ant-[A-Za-z0-9_-]{16,256}/g],
  ['openai-key', /\bsk-(?!ant-)[A-Za-z0-9_-]{16,256}/g],
  ['google-key', /\bAIza[A-Za-z0-9_-]{35}/g],
  ['xai-key', /\bxai-[A-Za-z0-9]{32,256}/g],
  ['groq-key', /\bgsk_[A-Za-z0-9]{32,128}/g],
  ['aws-access-key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['github-token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g],
  ['slack-token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,256}/g],
  ['private-key', /-----BEGIN (?:[A-Z0-9]{2,16} ){0,3}PRIVATE KEY-----[\s\S]{0,16384}?-----END (?:[A-Z0-9]{2,16} ){0,3}PRIVATE KEY-----/g],
  ['jwt', /\beyJ[A-Za-z0-9_-]{8,2048}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{16,1024}/g],
]

/** A key has letters and digits; prose that happens to start like one (`sk-learn-pipeline-helpers`) has no digit. */
function looksRandom(text: string): boolean {
  return /[0-9]/.test(text) && /[A-Za-z]/.test(text)
}

/** What looks like a key, a token or a private key in `text`, in the order in which it stands there. */
export function findSecrets(text: string): FoundSecret[] {
  const found: FoundSecret[] = []
  for (const [kind, shape] of SHAPES) {
    for (const match of text.matchAll(shape)) {
      if (!looksRandom(match[0])) continue
      found.push({ kind, start: match.index, end: match.index + match[0].length })
    }
  }
  return found.sort((a, b) => a.start - b.start || b.end - a.end)
}

/** `text` with everything that `findSecrets` finds replaced by `[secret]`, for `--redact`. */
export function redactSecrets(text: string): string {
  const marked = new Uint8Array(text.length)
  for (const { start, end } of findSecrets(text)) marked.fill(1, start, end)
  return replaceMarked(text, marked)
}
