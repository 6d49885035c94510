import { MemvidError } from '../errors.js'
import type { NativeStore } from './binding.js'

/** Parts the fields of an engine error's message: message, hint, path, offset, and for `Locked` the holder's pid and time. */
const SEPARATOR = '\u001f'

/** An error of the engine as a `MemvidError`; anything else stays what it is. */
export function mapNativeError(error: unknown): unknown {
  if (error instanceof MemvidError || !(error instanceof Error)) return error
  const code = (error as NodeJS.ErrnoException).code
  if (typeof code !== 'string' || code === '') return error
  return parseNativeError(code, error.message, error)
}

/** Reads the fields of `text`, which the engine joined with U+001F; empty fields are absent. */
export function parseNativeError(code: string, text: string, cause?: unknown): MemvidError {
  const [message = '', hint, path, offset, pid, since] = text.split(SEPARATOR)
  const details: Record<string, unknown> = {}
  if (pid) details['pid'] = Number(pid)
  if (since) details['sinceMs'] = Number(since) * 1000
  return new MemvidError(code, message, {
    hint: hint || undefined,
    path: path || undefined,
    offset: offset ? Number(offset) : undefined,
    cause,
    details,
  })
}

/** Runs a call of the binding; what it throws or rejects with is mapped. */
export async function guard<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw mapNativeError(error)
  }
}

/** The same store with every method's errors mapped, synchronous ones too. */
export function guarded(store: NativeStore): NativeStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        try {
          const result: unknown = member.apply(target, args)
          return result instanceof Promise ? guard(() => result) : result
        } catch (error) {
          throw mapNativeError(error)
        }
      }
    },
  })
}

/** An error that is data in a result: the code, then the fields of an engine error. */
export function parseErrorData(text: string): MemvidError {
  const end = text.indexOf(SEPARATOR)
  return end === -1 ? new MemvidError('Corrupt', text) : parseNativeError(text.slice(0, end), text.slice(end + 1))
}
