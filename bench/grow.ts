/**
 * Growth: how open, put, find and memory change with the size of a file, and that a load that was killed is opened, continued and searched.
 *
 *   node dist/bench/grow.js [--documents 10000,100000,1000000] [--kill] [--vectors] [--tantivy]
 *
 * `--vectors` loads the largest size with the embedded embedder's vectors instead, and measures the file as `memvid bench` does, straight after
 * loading: latency by mode, and the recall of the vector index against comparing every vector. `--tantivy` runs the engine and tantivy alone in one
 * process instead, at each size, as the row `tantivy-alone` of `npm run bench` does.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type * as Sdk from '../src/index.js'
import { buildCorpus, paragraphs, QUERY_COUNT, textNumber } from './corpus.js'
import { run } from './measure/tantivy.js'
import { ROOT } from './peers.js'
import { median, percentile } from './summary.js'

const { create, open } = (await import(new URL('../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk

const DEFAULT_SIZES = [10_000, 100_000, 1_000_000]
const PUTS = 100
const OPENS = 5
const QUERIES = 100
const TANTIVY_ROUNDS = 3

/** All texts in a file, one a line, so that a child's memory is that of the load and not of the corpus. Gives the bytes of text before each size. */
async function writeTexts(path: string, sizes: number[]): Promise<Map<number, number>> {
  const out = createWriteStream(path)
  const bytesOf = new Map<number, number>()
  let [count, bytes] = [0, 0]
  const known = paragraphs().slice(0, -QUERY_COUNT)
  for (let index = 0; index < Math.max(...sizes); index++) {
    const text = textNumber(known, index)
    if (!out.write(`${JSON.stringify(text)}\n`)) await once(out, 'drain')
    count += 1
    bytes += Buffer.byteLength(text)
    if (sizes.includes(count)) bytesOf.set(count, bytes)
  }
  out.end()
  await once(out, 'close')
  return bytesOf
}

/** Lines `from` to `to` of that file. */
async function* linesOf(path: string, from: number, to: number): AsyncGenerator<{ text: string }> {
  let index = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (index >= to) return
    if (index >= from) yield { text: JSON.parse(line) as string }
    index += 1
  }
}

/** What a child does: loads texts up to a number into a file, from where the file stands, and says at the end how it went. */
async function load(path: string, textsPath: string, documents: number, enableVec: boolean): Promise<void> {
  const memory = await create(path, { enableVec })
  const from = (await memory.stats()).frameCount
  const started = performance.now()
  await memory.putMany(linesOf(textsPath, from, documents), { onProgress: ({ done }) => process.send?.({ done: from + done }) })
  await memory.close()
  const seconds = (performance.now() - started) / 1000
  process.send?.({ documents: documents - from, seconds, peakBytes: process.resourceUsage().maxRSS * 1024 })
}

type Message = { done: number } | { documents: number; seconds: number; peakBytes: number }

/** Runs `load` in a process, and kills it once it has committed `killAt` documents. */
function loadInProcess(
  path: string,
  textsPath: string,
  documents: number,
  { killAt = Infinity, enableVec = false } = {},
): Promise<Extract<Message, { documents: number }> | 'killed'> {
  const words = [fileURLToPath(import.meta.url), '--load', path, textsPath, String(documents), ...(enableVec ? ['--vectors'] : [])]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 2, 2, 'ipc'] })
  return new Promise((resolve, reject) => {
    let result: Extract<Message, { documents: number }> | undefined
    child.on('message', (message: Message) => {
      if ('documents' in message) result = message
      else if (message.done >= killAt) child.kill('SIGKILL')
    })
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve('killed')
      else if (code === 0 && result) resolve(result)
      else reject(new Error(`the load ended with ${code ?? signal}`))
    })
  })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** What another child does: open, put and find on a file as it stands, and the memory that a process needs for it. */
async function measure(path: string, queriesPath: string): Promise<void> {
  const queries = JSON.parse(readFileSync(queriesPath, 'utf8')) as string[]
  const opens: number[] = []
  for (let repeat = 0; repeat < OPENS; repeat++) {
    opens.push(await timed(async () => (await open(path)).close()))
  }
  const memory = await open(path)
  const first = await timed(() => memory.find(queries[0]!, { mode: 'lex' }))
  const finds: number[] = []
  for (let index = 0; index < QUERIES; index++) finds.push(await timed(() => memory.find(queries[index % queries.length]!, { mode: 'lex' })))
  const { anonymousBytes } = ownMemory()
  const puts: number[] = []
  for (let index = 0; index < PUTS; index++) puts.push(await timed(() => memory.put({ text: `A short note, number ${index}.` })))
  await memory.close()
  process.send?.({ openMs: median(opens), firstFindMs: first, findMs: median(finds), putMs: median(puts), anonymousBytes })
}

interface Measured {
  openMs: number
  firstFindMs: number
  findMs: number
  putMs: number
  anonymousBytes: number
}

function measureInProcess(path: string, queriesPath: string): Promise<Measured> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--measure', path, queriesPath], { stdio: ['ignore', 2, 2, 'ipc'] })
  return new Promise((resolve, reject) => {
    child.on('message', (message: Measured) => resolve(message))
    child.on('exit', (code, signal) => reject(new Error(`measuring ended with ${code ?? signal}`)))
  })
}

/** Memory of this process without the mapped file, where the system tells. */
function ownMemory(): { anonymousBytes: number } {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    return { anonymousBytes: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024 }
  } catch {
    return { anonymousBytes: process.memoryUsage().rss }
  }
}

function fail(message: string): never {
  process.stderr.write(`grow: ${message}\n`)
  process.exit(1)
}

async function grow(path: string, textsPath: string, queriesPath: string, sizes: number[]): Promise<void> {
  const bytesOf = await writeTexts(textsPath, sizes)
  process.stdout.write('| documents | load docs/s | peak MB | file ÷ text | open ms | first find ms | find ms | put ms | memory open MB |\n')
  process.stdout.write('|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n')
  for (const documents of sizes) {
    rmSync(path, { force: true })
    const loaded = await loadInProcess(path, textsPath, documents)
    if (loaded === 'killed') fail('the load was killed by another')
    const size = statSync(path).size / bytesOf.get(documents)!
    const { openMs, firstFindMs, findMs, putMs, anonymousBytes } = await measureInProcess(path, queriesPath)
    const cells = [documents.toLocaleString('en'), (loaded.documents / loaded.seconds).toFixed(0), (loaded.peakBytes / 1e6).toFixed(0), size.toFixed(2)]
    const times = [openMs, firstFindMs, findMs, putMs].map((ms) => ms.toFixed(2))
    process.stdout.write(`| ${[...cells, ...times, (anonymousBytes / 1e6).toFixed(0)].join(' | ')} |\n`)
  }
}

/** Loads with vectors and says how they are searched. */
async function withVectors(path: string, textsPath: string, documents: number): Promise<void> {
  await writeTexts(textsPath, [documents])
  const loaded = await loadInProcess(path, textsPath, documents, { enableVec: true })
  if (loaded === 'killed') fail('the load was killed by another')
  const memory = await open(path)
  const { modes, sizeBytes, vectors, embedder } = await memory.benchmark({ queries: QUERIES })
  await memory.close()
  process.stdout.write(
    `${documents.toLocaleString('en')} documents with ${vectors.toLocaleString('en')} vectors by ${embedder} at ${(loaded.documents / loaded.seconds).toFixed(0)} docs/s, ` +
      `peak ${(loaded.peakBytes / 1e6).toFixed(0)} MB, file ${(sizeBytes.total / 1e6).toFixed(0)} MB\n\n| mode | median ms | p99 ms | recall of the index |\n|---|---:|---:|---:|\n`,
  )
  for (const { mode, medianMs, p99Ms, recallOfIndex } of modes) {
    process.stdout.write(`| ${mode} | ${medianMs.toFixed(2)} | ${p99Ms.toFixed(2)} | ${recallOfIndex?.toFixed(3) ?? ''} |\n`)
  }
}

/** The engine next to tantivy alone at each size. */
async function nextToTantivy(folder: string, queriesPath: string, sizes: number[]): Promise<void> {
  say('| documents | load docs/s | tantivy docs/s | ratio | query ms | tantivy ms | ratio | p99 ms | tantivy p99 ms | ratio | with snippets, beyond that ms |')
  say(`|${'---:|'.repeat(11)}`)
  for (const documents of sizes) {
    const textsPath = join(folder, `${documents}.jsonl`)
    await writeTexts(textsPath, [documents])
    const { memvidSeconds, tantivySeconds, memvidMs, tantivyMs, findMs } = run([textsPath, queriesPath, folder, String(TANTIVY_ROUNDS)])
    rmSync(textsPath)
    const [rate, peerRate] = [memvidSeconds, tantivySeconds].map((all) => documents / median(all)) as [number, number]
    const [query, peer, find] = [memvidMs, tantivyMs, findMs].map(median) as [number, number, number]
    const [p99, peerP99] = [memvidMs, tantivyMs].map((all) => percentile(all, 0.99)) as [number, number]
    const cells = [rate.toFixed(0), peerRate.toFixed(0), (rate / peerRate).toFixed(2), query.toFixed(3), peer.toFixed(3), (query / peer).toFixed(2)]
    const rest = [p99.toFixed(3), peerP99.toFixed(3), (p99 / peerP99).toFixed(2), (find - query).toFixed(3)]
    say(`| ${[documents.toLocaleString('en'), ...cells, ...rest].join(' | ')} |`)
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Kills a load at a random point, and shows that the file opens, the load goes on where it stood, and all is found. */
async function killAndGoOn(path: string, textsPath: string, documents: number): Promise<void> {
  const killAt = Math.floor(documents * (0.2 + 0.6 * Math.random()))
  rmSync(path, { force: true })
  if ((await loadInProcess(path, textsPath, documents, { killAt })) !== 'killed') fail('the load was over before it could be killed')
  const reopened = await open(path)
  const { frameCount, unsealedFrames } = await reopened.stats()
  await reopened.close()
  if (frameCount < killAt) fail(`${killAt} documents were acknowledged, ${frameCount} are there`)
  const loaded = await loadInProcess(path, textsPath, documents)
  if (loaded === 'killed') fail('the load was killed by another')
  const memory = await open(path)
  const stats = await memory.stats()
  for (const number of [frameCount - 1, frameCount, documents - 1]) {
    // The words around the number: a number alone may stand in many documents, as 800,000 does.
    const { text = '' } = await memory.get(number)
    const words = text.replaceAll('"', '').split(' ')
    const at = Math.max(0, words.indexOf(String(number)) - 2)
    const { hits } = await memory.find(`"${words.slice(at, at + 5).join(' ')}"`, { mode: 'lex', k: 50 })
    if (!hits.some(({ frameId }) => frameId === number)) fail(`document ${number} is not found`)
  }
  const { ok } = await memory.verify({ deep: false })
  await memory.close()
  if (stats.frameCount !== documents || !ok) fail(`${stats.frameCount} documents, verified: ${ok}`)
  process.stdout.write(
    `Killed at ${killAt.toLocaleString('en')} of ${documents.toLocaleString('en')}: ${frameCount.toLocaleString('en')} were there, ` +
      `${unsealedFrames} of them not sealed; continued, found, verified; peak of the rest ${(loaded.peakBytes / 1e6).toFixed(0)} MB.\n`,
  )
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { documents: { type: 'string' }, kill: { type: 'boolean' }, load: { type: 'boolean' }, measure: { type: 'boolean' }, vectors: { type: 'boolean' }, tantivy: { type: 'boolean' } },
})
if (values.load) await load(positionals[0]!, positionals[1]!, Number(positionals[2]), values.vectors ?? false)
else if (values.measure) await measure(positionals[0]!, positionals[1]!)
else {
  const sizes = values.documents?.split(',').map(Number) ?? DEFAULT_SIZES
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'dist', 'bench-data-'))
  try {
    const [textsPath, queriesPath] = [join(folder, 'texts.jsonl'), join(folder, 'queries.json')]
    writeFileSync(queriesPath, JSON.stringify(buildCorpus(1000).queries))
    if (values.tantivy) await nextToTantivy(folder, queriesPath, sizes)
    else if (values.vectors) await withVectors(join(folder, 'vectors.mv2'), textsPath, sizes.at(-1)!)
    else await grow(join(folder, 'grow.mv2'), textsPath, queriesPath, sizes)
    if (values.kill) await killAndGoOn(join(folder, 'kill.mv2'), textsPath, sizes.at(-1)!)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
