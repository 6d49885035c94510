import type { FoundSecret, PutItem } from '../../index.js'
import { line } from '../output/escape.js'
import { note, yellow } from '../output/terminal.js'

const NAMED_MAX = 5

interface Tools {
  findSecrets(text: string): FoundSecret[]
  redactSecrets(text: string): string
}

/** Looks for what looks like a key in documents that are about to be stored; says so, or masks it where that was asked for. */
export class SecretWatch {
  readonly #tools: Tools
  readonly #redact: boolean
  readonly #kinds = new Set<string>()
  readonly #documents: string[] = []
  #count = 0

  constructor(tools: Tools, redact: boolean) {
    this.#tools = tools
    this.#redact = redact
  }

  /** The document as it is to be stored. `name` is what to call it in the warning, where it has neither URI nor title. */
  look(document: PutItem, name: string): PutItem {
    const { title, text, metadata } = document
    const kinds = [title, text, metadata && JSON.stringify(metadata)].flatMap((part) => (part ? this.#tools.findSecrets(part) : [])).map(({ kind }) => kind)
    if (kinds.length === 0) return document
    for (const kind of kinds) this.#kinds.add(kind)
    this.#count++
    if (this.#documents.length < NAMED_MAX) this.#documents.push(document.uri ?? title ?? name)
    if (!this.#redact) return document
    const masked = this.#masked({ title, text, metadata }) as Partial<PutItem>
    return { ...document, ...Object.fromEntries(Object.entries(masked).filter(([, value]) => value !== undefined)) }
  }

  /** What was found, for JSON; undefined when nothing was. */
  get found(): { documents: number; kinds: string[]; redacted: boolean } | undefined {
    return this.#count === 0 ? undefined : { documents: this.#count, kinds: [...this.#kinds].sort(), redacted: this.#redact }
  }

  /** Says on stderr what was found. */
  report(): void {
    const { found } = this
    if (!found) return
    const names = `${this.#documents.map(line).join(', ')}${this.#count > this.#documents.length ? ', …' : ''}`
    const what = `${found.documents} ${found.documents === 1 ? 'document' : 'documents'} (${found.kinds.join(', ')}): ${names}`
    if (this.#redact) note(`masked what looks like a key in ${what}`)
    else note(yellow(`warning: what looks like a key was stored with ${what}. --redact stores [secret] in its place.`, process.stderr))
  }

  #masked(value: unknown): unknown {
    if (typeof value === 'string') return this.#tools.redactSecrets(value)
    if (Array.isArray(value)) return value.map((item) => this.#masked(item))
    if (value === null || typeof value !== 'object' || value instanceof Date) return value
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.#masked(field)]))
  }
}
