/** The readable twin of a golden file: what its user can get out of it, as JSON. */
import { createHash } from 'node:crypto'
import { open, type FindResult, type Memory } from '../../src/index.js'

/** Queries whose hits are written down, in every mode that the file has. */
const QUERIES = ['mill', 'lamp 49', 'orchard inspector', 'tag:harbour', '"burned down"']

/** What follows from floating-point sums is written down to four places. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4
}

function hits(result: FindResult): unknown {
  return {
    mode: result.mode,
    queryKind: result.queryKind,
    total: result.total,
    hits: result.hits.map((hit) => ({ frameId: hit.frameId, uri: hit.uri, span: hit.span, textScore: rounded(hit.scores.text), vectorScore: rounded(hit.scores.vector) })),
  }
}

async function frames(memory: Memory, count: number, lost: number[]): Promise<unknown[]> {
  const list: unknown[] = []
  for (let id = 0; id < count; id += 1) {
    if (lost.includes(id)) continue
    const { text, bytes, ...frame } = await memory.get(id)
    // Long texts are named by their hash alone, so that a twin can be read.
    list.push({ ...frame, ...(text !== undefined && text.length <= 200 ? { text } : {}), isText: bytes === undefined })
  }
  return list
}

async function sessions(memory: Memory): Promise<unknown[]> {
  const list: unknown[] = []
  for (const info of await memory.sessionList()) {
    const view = await memory.sessionView(info.sessionId, { limit: 1000 })
    const proof = await memory.sessionVerify(info.sessionId)
    const replays = await memory.sessionReplays(info.sessionId)
    list.push({ info, actions: view.actions, replays, proof })
  }
  return list
}

/** Everything that a user can list or find in the file at `path`, in the form of a twin. */
export async function describe(path: string): Promise<unknown> {
  const memory = await open(path, { readOnly: true })
  try {
    const verify = await memory.verify()
    const stats = await memory.stats()
    const found: unknown[] = []
    for (const query of QUERIES) {
      const lex = await memory.find(query, { mode: 'lex', k: 5, fusion: 'relative', alpha: 0.5 })
      found.push({ query, ...(hits(lex) as object) })
    }
    const views = await memory.vectors()
    const vectors = views.map((view) => {
      const { dim, frameIds, data } = view
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      const rounded = view.precision === 'f32' ? {} : { precision: view.precision, stride: view.stride }
      const steps = view.precision === 'i8' ? { steps: Array.from(view.steps) } : {}
      return { dim, frameIds: Array.from(frameIds), sha256: createHash('sha256').update(bytes).digest('hex'), ...rounded, ...steps }
    })
    return plain({
      verify,
      stats: { frameCount: stats.frameCount, liveFrameCount: stats.liveFrameCount, commits: stats.commits },
      commits: (await memory.commits({ limit: 100_000 })).reverse(),
      frames: await frames(memory, stats.frameCount, verify.lostFrameIds),
      timeline: (await memory.timeline({ limit: 100_000 })).map((entry) => entry.frameId),
      sessions: await sessions(memory),
      cache: await memory.cacheList(),
      vectors,
      found,
    })
  } finally {
    await memory.close()
  }
}

/** As JSON would have it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
