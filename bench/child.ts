/** What is measured in a process of its own, because its peak memory or its start is the result. Takes one job as JSON, prints JSON. */
import { readFileSync, statSync } from 'node:fs'
import { documents, loadEngine, rowsOf, type Engine } from './engines/engine.js'
import { linesIn } from './lines.js'
import type { Vectors } from './rows.js'

export type Job =
  | { job: 'ingest'; engine: Engine['name']; path: string; vectors: Vectors; textsPath: string; vectorsPath: string | null }
  | { job: 'open-find'; engine: Engine['name']; path: string; query: string }
  | { job: 'session'; path: string; session: string; audit?: boolean }

export interface IngestResult {
  seconds: number
  sizeBytes: number
  peakMemoryBytes: number
}

export interface OpenFindResult {
  /** From the first import to the first answer. */
  milliseconds: number
  /** The part of it that loading the library took. */
  loadMilliseconds: number
  found: number
}

export interface Spent {
  milliseconds: number
  /** Of all threads. Says what an idle machine would need at most, where other work slows the clock. */
  processorMilliseconds: number
}

export interface SessionJobResult {
  /** Opening the file and listing its sessions, without loading the library. */
  list: Spent
  /** One page of the session, in the open file. */
  view: Spent
  audit: Spent
  /** How the audited steps ended. */
  statuses: string
  /** Greatest memory of the process, without the mapped file, beyond what it had before. */
  viewGrowthBytes: number
  auditGrowthBytes: number
}

async function ingest(job: Extract<Job, { job: 'ingest' }>): Promise<IngestResult> {
  const engine = await loadEngine(job.engine)
  const items = documents(linesIn(job.textsPath), job.vectorsPath === null ? undefined : readVectors(job.vectorsPath))
  const store = await engine.create(job.path, job.vectors)
  const started = performance.now()
  await store.putAll(items)
  await store.close()
  const seconds = (performance.now() - started) / 1000
  return { seconds, sizeBytes: statSync(job.path).size, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 }
}

async function openAndFind(job: Extract<Job, { job: 'open-find' }>): Promise<OpenFindResult> {
  const started = performance.now()
  const engine = await loadEngine(job.engine)
  const loadMilliseconds = performance.now() - started
  const store = await engine.open(job.path, 'none')
  const found = await store.find({ text: job.query }, 'lex', 10)
  const milliseconds = performance.now() - started
  await store.close()
  return { milliseconds, loadMilliseconds, found: found.length }
}

async function session({ path, session, audit = false }: Extract<Job, { job: 'session' }>): Promise<SessionJobResult> {
  const { open } = await import('../src/index.js')
  const opened = stopwatch()
  const memory = await open(path)
  const [info] = await memory.sessionList()
  const list = opened()
  const viewed = stopwatch()
  await memory.sessionView(session, { limit: 100, records: false })
  const view = viewed()
  const nothing = { milliseconds: 0, processorMilliseconds: 0 }
  const result: SessionJobResult = { list, view, audit: nothing, statuses: '', viewGrowthBytes: 0, auditGrowthBytes: 0 }
  if (audit) {
    const pages = new Peak()
    for (let offset = 0; offset < info!.actionCount; offset += 100) {
      await memory.sessionView(session, { offset, limit: 100 })
      pages.look()
    }
    result.viewGrowthBytes = pages.growthBytes
    const audited = new Peak()
    const began = stopwatch()
    const onStep = ({ step }: { step: number }): boolean => {
      if (step % 100 === 0) audited.look()
      return false
    }
    const { ok, counts } = await memory.sessionReplay(session, { audit: true, onStep })
    result.audit = began()
    audited.look()
    result.auditGrowthBytes = audited.growthBytes
    result.statuses = Object.entries(counts).map(([status, count]) => `${count} ${status}`).join(', ')
    if (!ok) throw new Error(`the audit did not verify: ${result.statuses}`)
  }
  await memory.close()
  return result
}

/** Gives what was spent since it was made. */
function stopwatch(): () => Spent {
  const started = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return { milliseconds: performance.now() - started, processorMilliseconds: (user + system) / 1000 }
  }
}

/** The greatest memory seen beyond what there was at the start. */
class Peak {
  readonly #startBytes = ownMemoryBytes()
  growthBytes = 0

  look(): void {
    this.growthBytes = Math.max(this.growthBytes, ownMemoryBytes() - this.#startBytes)
  }
}

/** Resident memory without mapped files where the system tells it (Linux), else all of it. */
function ownMemoryBytes(): number {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))!
    return Number(kilobytes) * 1024
  } catch {
    return process.memoryUsage.rss()
  }
}

function readVectors(path: string): Float32Array[] {
  const bytes = readFileSync(path)
  return rowsOf(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)))
}

function work(job: Job): Promise<unknown> {
  switch (job.job) {
    case 'ingest':
      return ingest(job)
    case 'open-find':
      return openAndFind(job)
    case 'session':
      return session(job)
  }
}

process.stdout.write(JSON.stringify(await work(JSON.parse(process.argv[2]!) as Job)))
