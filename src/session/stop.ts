import { MemvidError } from '../errors.js'

/** Codes of errors that end the whole replay: the caller's signal, and the limit of cost. An answer that has one did not fail. */
const STOP_CODES: readonly string[] = ['Aborted', 'CostLimit']

export function isStop(error: unknown): boolean {
  return error instanceof MemvidError && isStopCode(error)
}

export function isStopCode({ code }: { code: string }): boolean {
  return STOP_CODES.includes(code)
}
