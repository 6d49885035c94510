/** Where golden files lie: a folder for each format version. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const GOLDEN = fileURLToPath(new URL('../../../fixtures/format', import.meta.url))

/** Folders of versions, the oldest first. */
export function versions(): string[] {
  return readdirSync(GOLDEN)
    .filter((name) => /^\d+\.\d+$/.test(name))
    .sort()
    .map((name) => join(GOLDEN, name))
}

/** Names of the golden files in a version's folder, without `.mv2`. */
export function names(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.mv2'))
    .map((name) => name.slice(0, -4))
    .sort()
}
