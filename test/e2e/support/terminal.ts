/** Runs the command line on a terminal of its own, which Python's standard library provides. */
import type { Run, Workspace } from './cli.js'
import { mainPath } from './cli.js'

/** Python reads what the terminal shows until the program ends, and passes its exit code on. */
const SCRIPT = `
import os, pty, sys
def read(descriptor):
    data = os.read(descriptor, 65536)
    return data
status = pty.spawn(sys.argv[1:], read, lambda descriptor: b'')
sys.exit(os.waitstatus_to_exitcode(status))
`

export function onTerminal(workspace: Workspace, words: string[], env: Record<string, string> = {}): Promise<Run> {
  return workspace.run('python3', ['-c', SCRIPT, process.execPath, mainPath, ...words], { env: { TERM: 'xterm', ...env } })
}
