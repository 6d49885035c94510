/** What is measured in a process of its own, because its peak memory or its start is the result. Takes one job as JSON, prints JSON. */
import { readFileSync, statSync } from 'node:fs'
import { documents, loadEngine, rowsOf, type Engine } from './engines/engine.js'
import type { Vectors } from './rows.js'

export type Job =
  | { job: 'ingest'; engine: Engine['name']; path: string; vectors: Vectors; textsPath: string; vectorsPath: string | null }
  | { job: 'open-find'; engine: Engine['name']; path: string; query: string }

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

async function ingest(job: Extract<Job, { job: 'ingest' }>): Promise<IngestResult> {
  const engine = await loadEngine(job.engine)
  const texts = JSON.parse(readFileSync(job.textsPath, 'utf8')) as string[]
  const items = documents(texts, job.vectorsPath === null ? undefined : readVectors(job.vectorsPath))
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

function readVectors(path: string): Float32Array[] {
  const bytes = readFileSync(path)
  return rowsOf(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)))
}

const job = JSON.parse(process.argv[2]!) as Job
process.stdout.write(JSON.stringify(job.job === 'ingest' ? await ingest(job) : await openAndFind(job)))
