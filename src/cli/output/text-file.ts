import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { finished } from 'node:stream/promises'

/** Writes a text that comes in parts to a file, or to stdout for `-`, no faster than it is taken. */
export function writeParts(path: string, parts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  return path === '-' ? writeToStdout(parts) : writeToFile(path, parts)
}

/** A reader that went away (`| head`) ends the writing; that is no failure. */
async function writeToStdout(parts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const { stdout } = process
  try {
    for await (const part of parts) {
      if (stdout.destroyed || stdout.errored) return
      if (!stdout.write(part)) await once(stdout, 'drain')
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}

/** What fails in the middle leaves no file. */
async function writeToFile(path: string, parts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const stream = createWriteStream(path)
  await once(stream, 'open')
  try {
    for await (const part of parts) if (!stream.write(part)) await once(stream, 'drain')
    stream.end()
    await finished(stream)
  } catch (error) {
    stream.destroy()
    rmSync(path, { force: true })
    throw error
  }
}
