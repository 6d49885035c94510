/** Another program that holds the writer lock of a file: not by our code, but by the locks that format and lock page name. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

const PROGRAM = `
import fcntl, os, struct, sys
fd = os.open(sys.argv[1], os.O_RDWR)
for line in sys.stdin:
    kind = fcntl.F_WRLCK if line == "lock\\n" else fcntl.F_UNLCK
    for byte in (1 << 62, (1 << 62) + (1 << 32) + os.getpid()):
        # F_OFD_SETLKW: a writer may still tidy up behind its last commit.
        fcntl.fcntl(fd, 38, struct.pack("hhqqi4x", kind, os.SEEK_SET, byte, 1, 0))
    print(line, end="", flush=True)
`

export interface Holder {
  pid: number
  lock(): Promise<void>
  unlock(): Promise<void>
}

/** Starts it; it holds nothing yet, and ends with the test. */
export function startHolder(t: TestContext, path: string): Holder {
  const child = spawn('python3', ['-c', PROGRAM, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  const tell = async (word: string): Promise<void> => {
    child.stdin.write(`${word}\n`)
    await once(child.stdout, 'data')
  }
  return { pid: child.pid!, lock: () => tell('lock'), unlock: () => tell('unlock') }
}
