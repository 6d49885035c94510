/** A folder as documents, in an order that is the same everywhere. */
import { readdir } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { PutItem } from '../../index.js'
import { decodeText, documentFrom, formatOf, readWhole } from './document.js'
import { jsonlDocuments } from './jsonl.js'

/** A file that was left out, and why. `unreadable`: it should have been there, so that something was lost. */
export interface Skipped {
  path: string
  reason: string
  unreadable: boolean
}

export interface FolderFile {
  path: string
  /** From the folder, with `/`. */
  relative: string
}

function compareNames(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** All files below `folder`, sorted by code units. Names that begin with a dot are left out; symbolic links are not followed. */
export async function* walk(folder: string, skip: (skipped: Skipped) => void, prefix = ''): AsyncGenerator<FolderFile> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort(compareNames)) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    const relative = `${prefix}${entry.name}`
    if (entry.isDirectory()) yield* walkBelow(path, skip, `${relative}/`)
    else if (entry.isFile()) yield { path, relative }
    else skip({ path, reason: 'not a plain file', unreadable: false })
  }
}

async function* walkBelow(folder: string, skip: (skipped: Skipped) => void, prefix: string): AsyncGenerator<FolderFile> {
  try {
    yield* walk(folder, skip, prefix)
  } catch (error) {
    skip({ path: folder, reason: (error as Error).message, unreadable: true })
  }
}

/** The documents of one file of a folder; its URI comes from its place in the folder. */
async function* fileDocuments({ path, relative }: FolderFile, root: string): AsyncGenerator<PutItem, string | undefined> {
  const format = formatOf(path)
  if (format === 'jsonl') {
    yield* jsonlDocuments(createReadStream(path) as AsyncIterable<Buffer>, path)
    return undefined
  }
  const text = decodeText(await readWhole(path))
  if (text === undefined) return 'not text'
  yield { ...(await documentFrom(text, format, basename(path))), uri: `mv2://${root}/${relative}` }
  return undefined
}

/** Every document of `files`, which `walk` gave for `folder`. What can't be used is passed to `skip`, and the rest goes on. */
export async function* folderDocuments(folder: string, files: FolderFile[], skip: (skipped: Skipped) => void): AsyncGenerator<PutItem> {
  const root = basename(resolve(folder))
  for (const file of files) {
    try {
      const reason = yield* fileDocuments(file, root)
      if (reason) skip({ path: file.path, reason, unreadable: false })
    } catch (error) {
      skip({ path: file.path, reason: (error as Error).message, unreadable: true })
    }
  }
}
