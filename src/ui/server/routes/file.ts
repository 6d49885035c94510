/** The file: its sizes, its history, and what it held at a commit. */

import { SDK_VERSION } from '../../../index.js'
import type { CommitPage, DocumentPage, FileView, FrameView } from '../../api.js'
import type { UiContext } from '../context.js'
import { readCommitQuery, readDocumentQuery, readNumbers } from '../input.js'

const GROWTH_POINTS = 200
const PAGE = 100

export async function fileView({ memory, name, canAsk }: UiContext): Promise<FileView> {
  const snapshot = await memory.refresh()
  const stats = await memory.stats()
  const { sizeBytes, textIndexBytes: textIndex, vectorIndexBytes: vectorIndex, tableBytes: tables } = stats
  const step = Math.max(1, Math.ceil((snapshot.commit + 1) / GROWTH_POINTS))
  const history = await memory.commits({ step, limit: GROWTH_POINTS })
  return {
    name,
    stats,
    snapshot,
    parts: { textIndex, vectorIndex, tables, documentsAndHistory: Math.max(0, sizeBytes - textIndex - vectorIndex - tables) },
    growth: history.reverse().map(({ commit, timeMs, frameCount, liveFrameCount }) => ({ commit, timeMs, frameCount, liveFrameCount })),
    canAsk,
    version: SDK_VERSION,
  }
}

export async function commitPage({ memory }: UiContext, query: URLSearchParams): Promise<CommitPage> {
  const commits = await memory.commits({ limit: PAGE, ...readCommitQuery(query) })
  const last = commits.at(-1)?.commit ?? 0
  return { commits, next: last === 0 ? null : last }
}

export async function documentPage({ memory }: UiContext, query: URLSearchParams): Promise<DocumentPage> {
  const { offset = 0, limit = PAGE, asOf } = readDocumentQuery(query)
  // One more than the page, to know whether there is another one.
  const found = await memory.timeline({ offset, limit: limit + 1, ...(asOf === undefined ? {} : { asOf }) })
  return { documents: found.slice(0, limit), next: found.length > limit ? offset + limit : null }
}

export async function frameView({ memory }: UiContext, frameId: number, query: URLSearchParams): Promise<FrameView> {
  const { asOf } = readNumbers(query, ['asOf'], 0)
  const { bytes: _, ...frame } = await memory.get(frameId, asOf === undefined ? {} : { asOf })
  return frame
}
