import { MemvidError } from '../errors.js'
import { nearestNames } from '../providers/nearest.js'
import type { Moment } from './types.js'

/**
 * Reads a method's options one by one and refuses, in the user's words, what can't be used: a name that the method does not know,
 * a wrong type, a number out of range.
 */
export class OptionReader {
  readonly #method: string
  readonly #given: Record<string, unknown>

  constructor(method: string, given: unknown, names: readonly string[]) {
    if (given === null || typeof given !== 'object' || Array.isArray(given)) {
      throw invalid(`${method}: the options are an object, got ${shown(given)}`)
    }
    this.#method = method
    this.#given = given as Record<string, unknown>
    for (const name of Object.keys(given)) {
      if (names.includes(name)) continue
      const near = nearest(name, names)
      throw invalid(`${method}: there is no option "${name}"`, near ? `Did you mean "${near}"?` : `It knows: ${names.join(', ')}.`)
    }
  }

  /** An option as it is. `null` counts as not given. */
  raw(name: string): unknown {
    return this.#given[name] ?? undefined
  }

  text(name: string): string | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw this.#wrong(name, 'is a text', value)
    return wellFormed(value)
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name)
    if (value === undefined || typeof value === 'boolean') return value
    throw this.#wrong(name, 'is true or false', value)
  }

  number(name: string, min: number, max: number): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && value >= min && value <= max) return value
    throw this.#wrong(name, `is a number from ${min} to ${max}`, value)
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    throw this.#wrong(name, `is a whole number from ${min} to ${max}`, value)
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if ((values as readonly unknown[]).includes(value)) return value as T
    throw this.#wrong(name, `is one of ${values.join(', ')}`, value)
  }

  texts(name: string): string[] | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.map(wellFormed)
    throw this.#wrong(name, 'is a list of texts', value)
  }

  call<T>(name: string): T | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    if (typeof value !== 'function') throw this.#wrong(name, 'is a function', value)
    return value as T
  }

  signal(name: string): AbortSignal | undefined {
    const value = this.raw(name)
    if (value === undefined || value instanceof AbortSignal) return value
    throw this.#wrong(name, 'is an AbortSignal', value)
  }

  /** Milliseconds since 1970. */
  moment(name: string): number | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    const milliseconds = momentMs(value as Moment)
    if (milliseconds === undefined) throw this.#wrong(name, 'is a Date, milliseconds since 1970, or an ISO 8601 text', value)
    return milliseconds
  }

  vector(name: string): Float32Array | undefined {
    const value = this.raw(name)
    if (value === undefined) return undefined
    const plain = Array.isArray(value) && value.every((item) => typeof item === 'number')
    if (!plain && !(value instanceof Float32Array)) throw this.#wrong(name, 'is a Float32Array or a list of numbers', value)
    const vector = plain ? Float32Array.from(value) : (value as Float32Array)
    if (vector.length === 0 || !vector.every(Number.isFinite)) {
      throw invalid(`${this.#method}: ${name} is empty or has a value that is not finite`)
    }
    return vector
  }

  #wrong(name: string, rule: string, value: unknown): MemvidError {
    return invalid(`${this.#method}: ${name} ${rule}, got ${shown(value)}`)
  }
}

export function invalid(message: string, hint?: string): MemvidError {
  return new MemvidError('InvalidInput', message, { hint })
}

/** Part of every string in Node 20, and not yet of the library that the types are of. */
type WellFormedText = string & { isWellFormed(): boolean; toWellFormed(): string }

/** A text with lone surrogates replaced: they have no UTF-8 form, so the file could not hold them. */
export function wellFormed(text: string): string {
  return (text as WellFormedText).isWellFormed() ? text : (text as WellFormedText).toWellFormed()
}

/** A text that must be there, such as a question. */
export function requiredText(what: string, value: unknown): string {
  if (typeof value !== 'string') throw invalid(`${what} is a text, got ${shown(value)}`)
  if (value.trim() === '') throw invalid(`${what} is empty`)
  return wellFormed(value)
}

/** Milliseconds since 1970, or undefined when `value` is no moment. */
export function momentMs(value: unknown): number | undefined {
  const milliseconds = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : value
  const fits = typeof milliseconds === 'number' && Number.isFinite(milliseconds) && Math.abs(milliseconds) <= 8.64e15
  return fits ? Math.trunc(milliseconds) : undefined
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (value === null || typeof value !== 'object') return String(value)
  return Array.isArray(value) ? 'a list' : `a ${value.constructor?.name ?? 'object'}`
}

/** The known name that is spelled alike (`top_k`, `TopK`, `topk` → `topK`), or the nearest one. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return names.find((known) => plain(known) === plain(name)) ?? nearestNames(name, names, 1)[0]
}
