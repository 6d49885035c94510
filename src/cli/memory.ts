import type { CreateOptions, Memory, RecordingError } from '../index.js'
import { ExitCode } from './exit-codes.js'
import { embedderFields, type EmbedderOptions } from './embedder-options.js'
import { line } from './output/escape.js'
import { note, yellow } from './output/terminal.js'

const CLIENT = 'memvid-cli'

let lockTimeoutMs: number | undefined

/** How long this command waits for another writer. Not given: as long as the SDK's default. */
export function setWait(spanMs: number): void {
  lockTimeoutMs = Math.min(spanMs, 3_600_000)
}

async function openMemory(path: string, embedder: EmbedderOptions): Promise<Memory> {
  const { MemvidError, open } = await import('../index.js')
  try {
    return await open(path, { ...embedderFields(embedder), ...(lockTimeoutMs !== undefined && { lockTimeoutMs }), client: CLIENT })
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code !== 'NotFound') throw error
    throw new MemvidError('NotFound', 'there is no file at this path', {
      path,
      cause: error,
      hint: `Make one with \`memvid create ${path}\`.`,
    })
  }
}

/** Opens the file, hands it to `work`, and releases it whatever happens. */
export async function withMemory<T>(path: string, work: (memory: Memory) => Promise<T>, embedder: EmbedderOptions = {}): Promise<T> {
  const memory = await openMemory(path, embedder)
  try {
    return await work(memory)
  } finally {
    await memory.close()
  }
}

/** Makes a new file, and releases it. */
export async function createMemory(path: string, options: CreateOptions): Promise<void> {
  const { create } = await import('../index.js')
  const memory = await create(path, { ...options, client: CLIENT })
  await memory.close()
}

/** What was done stands, but the session lacks it: said on stderr and in the exit code, never passed over. */
export function reportRecordingError(error: RecordingError | undefined): void {
  if (!error) return
  note(yellow(`warning: this action could not be recorded in the session (${error.code}): ${line(error.message)}`, process.stderr))
  process.exitCode = ExitCode.lossOrDifferences
}
