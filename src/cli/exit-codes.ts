/** What the process ends with. Scripts rely on these numbers; `memvid --help` lists them. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** The work was done, but something was lost on the way, or differences were found that the caller asked about. */
  lossOrDifferences: 3,
  notMv2: 4,
  locked: 5,
  io: 6,
  unsupported: 7,
  permission: 8,
  /** Ended by Ctrl-C: 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const

const byErrorCode: Record<string, number> = {
  Usage: ExitCode.usage,
  InvalidInput: ExitCode.usage,
  UnknownModel: ExitCode.usage,
  MissingKey: ExitCode.usage,
  UnknownPrice: ExitCode.usage,
  AmbiguousSession: ExitCode.usage,
  CheckpointMismatch: ExitCode.lossOrDifferences,
  VerificationFailed: ExitCode.lossOrDifferences,
  NotMv2: ExitCode.notMv2,
  Truncated: ExitCode.notMv2,
  NotAFile: ExitCode.notMv2,
  Locked: ExitCode.locked,
  Io: ExitCode.io,
  NoSpace: ExitCode.io,
  NotFound: ExitCode.io,
  Poisoned: ExitCode.io,
  Unsupported: ExitCode.unsupported,
  PermissionDenied: ExitCode.permission,
  ReadOnly: ExitCode.permission,
  Aborted: ExitCode.interrupted,
}

/** The exit code for an error's code; what is not listed simply failed. */
export function exitCodeFor(errorCode: string): number {
  return byErrorCode[errorCode] ?? ExitCode.failed
}

/** The part of `memvid --help` that explains them. */
export const exitCodeHelp = `
Exit codes:
  0  fine
  1  failed
  2  usage: an option, argument or setting that can't be used
  3  finished with loss, or differences found (see --fail-on)
  4  not an .mv2 file
  5  locked by another writer
  6  I/O: a file is missing or unreadable, or there is no space
  7  a format version or feature that this program does not have
  8  permission: denied or read-only
  130  interrupted by Ctrl-C; the file is left valid

Results go to stdout; progress, statistics and errors to stderr. With --json, stdout holds one JSON value in
snake_case, and an error is one line of JSON on stderr: {"error":{"code":…,"message":…,"hint":…}}.`
