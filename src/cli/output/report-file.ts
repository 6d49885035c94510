/** Files that a verb writes besides the memory: reports for other programs. */
import { statSync } from 'node:fs'

/** Refuses a report that would replace the memory itself, however its path is written. */
export async function refuseOverMemory(memoryFile: string, reports: readonly (string | undefined)[]): Promise<void> {
  const memory = statSync(memoryFile, { throwIfNoEntry: false, bigint: true })
  for (const path of reports) {
    const there = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false, bigint: true })
    if (!memory || !there || there.ino !== memory.ino || there.dev !== memory.dev) continue
    const { MemvidError } = await import('../../index.js')
    throw new MemvidError('InvalidInput', 'the report would replace the memory itself', { path, hint: 'Give the report another name.' })
  }
}
