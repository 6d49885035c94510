import { exitCodeFor } from '../exit-codes.js'
import { line } from './escape.js'
import { formatJson } from './json.js'
import { note, red } from './terminal.js'

/** An error as the command line reports it. */
export interface Report {
  code: string
  message: string
  hint?: string | undefined
  path?: string | undefined
  offset?: number | undefined
  details?: Record<string, unknown> | undefined
}

/** Node's own file errors, in the words of the SDK. */
const systemCodes: Record<string, string> = {
  ENOENT: 'NotFound',
  EACCES: 'PermissionDenied',
  EPERM: 'PermissionDenied',
  EROFS: 'ReadOnly',
  ENOSPC: 'NoSpace',
  EDQUOT: 'NoSpace',
  EFBIG: 'NoSpace',
  EISDIR: 'NotAFile',
  EIO: 'Io',
  ENOTDIR: 'Io',
  EMFILE: 'Io',
  ELOOP: 'Io',
}

function isAbort(error: Error): boolean {
  return error.name === 'AbortError' || (error as { code?: unknown }).code === 'ABORT_ERR'
}

/** Anything thrown, as a report. A wrong call of the program comes as a `CommanderError`, which is told by its code. */
export function reportOf(error: unknown): Report {
  if (!(error instanceof Error)) return { code: 'Internal', message: String(error) }
  const { code, hint, path, offset, details } = error as Error & Partial<Report>
  if (error.name === 'MemvidError' && code) return { code, message: error.message, hint, path, offset, details }
  if (isAbort(error)) return { code: 'Aborted', message: 'interrupted' }
  if (code?.startsWith('commander.')) {
    return { code: 'Usage', message: error.message.replace(/^error: /, ''), hint: 'Add --help to see what the command takes.' }
  }
  if (code && systemCodes[code]) return { code: systemCodes[code], message: error.message, path }
  return { code: 'Internal', message: error.message, hint: 'This is a defect of memvid; set MEMVID_DEBUG=1 to see where it comes from.' }
}

function place({ path, offset, message }: Report): string {
  const shown = path && !message.includes(path) ? `: ${path}` : ''
  return offset === undefined ? shown : ` (at byte ${offset})${shown}`
}

/** Writes the report to stderr, as one line of JSON or as `error[Code]: message` and a hint, and returns the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const report = reportOf(error)
  if (json) process.stderr.write(`${JSON.stringify(JSON.parse(formatJson({ error: report })))}\n`)
  else {
    note(`${red(`error[${report.code}]`, process.stderr)}: ${line(report.message + place(report))}`)
    if (report.hint) note(`hint: ${line(report.hint)}`)
  }
  if (process.env['MEMVID_DEBUG'] && error instanceof Error) note(error.stack ?? '')
  return exitCodeFor(report.code)
}
