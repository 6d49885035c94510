/** What each golden file holds. A file is made once for each format version and never again: what stands here may change only for a new version. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { create, createKey, open, salvage, type Memory, type PutItem } from '../../src/index.js'
import { startStandIn } from '../support/stand-in/index.js'

export interface Case {
  name: string
  /** What the file is there for, in words for the folder's list. */
  holds: string
  /** Makes the file at `path`; `folder` takes what it needs besides. */
  make(path: string, folder: string): Promise<void>
}

const DAY = 86_400_000
const FIRST_DAY = Date.UTC(2025, 0, 1)
const PLACES = ['harbour', 'mill', 'orchard', 'quarry', 'railway', 'lighthouse', 'market', 'school']

/** A short report about a place; the same number gives the same report. */
function report(n: number): PutItem {
  const place = PLACES[n % PLACES.length]!
  return {
    text: `Report ${n} of the ${place}. The ${place} opened in ${1800 + (n % 150)} and employs ${(n * 37) % 400} people. Inspector ${n % 11} found lamp ${n * 7} lit.`,
    uri: `mv2://reports/${n}`,
    title: `Report ${n}`,
    tags: [place],
    timestamp: FIRST_DAY + n * DAY,
  }
}

async function filled(path: string, fill: (memory: Memory) => Promise<void>, options: Parameters<typeof create>[1] = {}): Promise<void> {
  const memory = await create(path, options)
  try {
    await fill(memory)
  } finally {
    await memory.close()
  }
}

/** Puts, an update, a deletion, and every attribute that a frame can have. */
async function documents(memory: Memory): Promise<void> {
  await memory.put({ text: 'The mill burned down in 1871.', title: 'Mill', uri: 'mv2://mill', tags: ['fire', 'mill'], timestamp: FIRST_DAY })
  await memory.put({ text: 'Ein Löschzug kam aus Kraków. 消防車が来た。 🚒', uri: 'mv2://engine', metadata: { city: 'Kraków', engines: 2, ratio: 0.5, nothing: null } })
  await memory.put({ bytes: Uint8Array.from({ length: 300 }, (_, n) => n % 256), mimeType: 'application/octet-stream', title: 'No text' })
  await memory.put({ text: '' })
  await memory.update('mv2://mill', { text: 'The mill burned down in 1872.' })
  await memory.put({ text: 'A note that is deleted.', uri: 'mv2://gone' })
  await memory.delete('mv2://gone')
  await memory.put({ text: 'Dated before 1970.', timestamp: -5 * 365 * DAY })
}

/** A session with every kind of action, answers of a model among them, its cache, a saved replay, a signature and a fork. */
async function recorded(memory: Memory, folder: string): Promise<void> {
  const model = await startStandIn({ provider: 'openai', reply: () => 'The mill burned down in 1871.' })
  const before = Object.fromEntries(Object.keys(model.env).map((name) => [name, process.env[name]]))
  Object.assign(process.env, model.env)
  try {
    await memory.sessionStart('everything')
    await memory.put({ text: 'The mill burned down in 1871.', uri: 'mv2://mill', tags: ['fire'] })
    await memory.putMany(Array.from({ length: 20 }, (_, n) => report(n)))
    await memory.find('mill fire', { k: 3 })
    await memory.find('lamp', { mode: 'lex', adaptive: true, alpha: 0.3 })
    await memory.sessionCheckpoint('before the asks')
    await memory.ask('When did the mill burn down?')
    await memory.ask('When did the mill burn down?', { model: 'openai' })
    await memory.ask('When did the mill burn down?', { model: 'openai' })
    await memory.record({ name: 'search_web', input: { query: 'mill' }, output: [1, 2, 3] })
    await memory.update('mv2://mill', { text: 'The mill burned down in 1872.' })
    await memory.delete('mv2://reports/3')
    await memory.ask('Who sleeps in the quarry?').catch(() => undefined)
    await memory.sessionEnd()
    const key = join(folder, 'golden.pem')
    createKey('golden', key)
    await memory.sessionSign('everything', { key })
    await memory.sessionReplay('everything', { topK: 2, diff: true, save: 'two hits' })
    await memory.sessionFork('everything', { name: 'fork', fromCheckpoint: 1 })
    await memory.find('orchard')
    await memory.sessionEnd()
    await memory.sessionStart('to be deleted')
    await memory.find('quarry')
    await memory.sessionEnd()
    await memory.sessionDelete('to be deleted')
    await memory.sessionStart('still active')
    await memory.find('railway')
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    await model.close()
  }
}

/** Some hundred commits by single puts: folded tables, runs, and merged segments. */
async function grown(memory: Memory, count: number): Promise<void> {
  await memory.sessionStart('growing')
  for (let n = 0; n < count; n += 1) await memory.put({ ...report(n), uri: `mv2://reports/${n % 97}` })
  await memory.find('lamp 49')
  await memory.ask('When did the harbour open?')
  await memory.sessionEnd()
}

/** Text enough for a dictionary, compressed in chunks. */
async function loaded(memory: Memory): Promise<void> {
  const long = (n: number): PutItem => ({ ...report(n), text: Array.from({ length: 30 }, (_, m) => report(n * 30 + m).text).join('\n') })
  await memory.putMany(Array.from({ length: 640 }, (_, n) => long(n)))
  await memory.putMany(Array.from({ length: 60 }, (_, n) => long(n + 640)))
}

const MARKER = Buffer.from('a74d3252', 'hex')

/** Overwrites `length` bytes of the payload of the `n`-th frames block in the file, from its byte `from` on. */
function damageBlock(path: string, n: number, from: number, length: number): void {
  const bytes = readFileSync(path)
  let at = 4096
  for (let seen = 0; ; at += 64) {
    if (at >= bytes.length) throw new Error(`there is no frames block ${n}`)
    if (bytes.subarray(at, at + 4).equals(MARKER) && bytes[at + 4] === 0x10 && (seen += 1) > n) break
  }
  const payload = at + 128
  bytes.fill(0x20, payload + from, payload + from + length)
  writeFileSync(path, bytes)
}

async function reopened(path: string, work: (memory: Memory) => Promise<unknown>): Promise<void> {
  const memory = await open(path)
  try {
    await work(memory)
  } finally {
    await memory.close()
  }
}

export const CASES: Case[] = [
  { name: 'empty', holds: 'header and commit 0', make: (path) => filled(path, async () => {}) },
  { name: 'documents', holds: 'frames with every attribute, an update, a deletion; vectors of the embedded embedder', make: (path) => filled(path, documents, { enableVec: true }) },
  {
    name: 'given-vectors',
    holds: "the caller's own vectors of four dimensions",
    make: (path) =>
      filled(
        path,
        async (memory) => {
          for (let n = 0; n < 12; n += 1) await memory.put({ ...report(n), vector: [Math.cos(n), Math.sin(n), n / 12, 0.5] })
        },
        { enableVec: true, vectorDim: 4 },
      ),
  },
  ...(['f16', 'i8'] as const).map((vectorPrecision) => ({
    name: `vectors-${vectorPrecision}`,
    holds: `vectors kept in ${vectorPrecision}: layout 3, and the operation that says so`,
    make: (path: string) =>
      filled(
        path,
        async (memory) => {
          for (let n = 0; n < 80; n += 1) await memory.put({ ...report(n), vector: [Math.cos(n), Math.sin(n), n / 12, 0.5] })
        },
        { enableVec: true, vectorDim: 4, vectorPrecision },
      ),
  })),
  {
    name: 'session',
    holds: 'sessions with every kind of action and event, a fork, a deleted and an active one; the answer cache',
    make: (path, folder) => filled(path, (memory) => recorded(memory, folder), { enableVec: true }),
  },
  {
    name: 'redacted',
    holds: 'erasures: an answer, and all that another action said',
    make: (path, folder) =>
      filled(path, async (memory) => {
        await recorded(memory, folder)
        await memory.sessionRedact('everything', { action: 6, field: 'answer' })
        await memory.sessionRedact('everything', { action: 2 })
      }),
  },
  { name: 'history', holds: 'some three hundred commits: runs, full tables of contents, merged segments', make: (path) => filled(path, (memory) => grown(memory, 300), { enableVec: true }) },
  {
    name: 'reserve',
    holds: 'zeros written ahead of small commits, as a process leaves them that ends without closing the file',
    async make(path, folder) {
      const ahead = join(folder, 'ahead.mv2')
      await filled(ahead, async (memory) => {
        for (let n = 0; n < 8; n += 1) await memory.put(report(n))
        // Waits for what is done beside the puts.
        await memory.find('quarry')
        writeFileSync(path, readFileSync(ahead))
      })
      rmSync(ahead)
    },
  },
  { name: 'loaded', holds: 'a large load: a dictionary and its copy, bodies in chunks, a large text segment', make: (path) => filled(path, loaded, { enableVec: false }) },
  {
    name: 'compacted',
    holds: 'a gap map; commits from before and after the compaction',
    async make(path) {
      await filled(path, (memory) => grown(memory, 200), { enableVec: true })
      await reopened(path, (memory) => memory.compact())
      await reopened(path, (memory) => memory.put({ text: 'One more after the compaction.', uri: 'mv2://after' }))
    },
  },
  {
    name: 'repaired',
    holds: 'a repair: a frame that was lost, one that was rescued without its URI, places set aside; and a put after it',
    async make(path) {
      await filled(path, (memory) => grown(memory, 40), { enableVec: true })
      // The end of a text; the URI of another; a block with all that follows it up to its commit.
      damageBlock(path, 7, 150, 20)
      damageBlock(path, 9, 60, 8)
      damageBlock(path, 11, 40, 3000)
      await reopened(path, (memory) => memory.doctor())
      await reopened(path, (memory) => memory.put({ text: 'One more after the repair.', uri: 'mv2://after' }))
    },
  },
  {
    name: 'salvaged',
    holds: 'a file out of one whose header and last commit were gone: filler records, the header set aside',
    async make(path, folder) {
      const broken = join(folder, 'broken.mv2')
      await filled(broken, (memory) => grown(memory, 40), { enableVec: true })
      damageBlock(broken, 7, 150, 20)
      const bytes = readFileSync(broken)
      bytes.fill(0, 0, 4096)
      bytes.fill(0, bytes.length - 256)
      writeFileSync(broken, bytes)
      await salvage(broken, path)
      rmSync(broken)
    },
  },
]
