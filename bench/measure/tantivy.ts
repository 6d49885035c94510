/** The engine next to tantivy alone, in one native process: what the container, the hashes and the syncs cost on top of the index. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../context.js'
import { ROOT } from '../peers.js'
import type { Row } from '../rows.js'
import { latencyLines, line, median, percentile, type Line } from '../summary.js'

export interface Outcome {
  memvidSeconds: number[]
  tantivySeconds: number[]
  /** One query each: ids and scores of ten. */
  memvidMs: number[]
  tantivyMs: number[]
  /** The engine's whole search: ten hits with their snippets. */
  findMs: number[]
}

export function measureTantivy(row: Row, context: Context): Line[] {
  const { corpus, folder, repeats } = context
  const queriesPath = join(folder, 'queries.json')
  writeFileSync(queriesPath, JSON.stringify(corpus.queries))
  const outcome = run([context.textsPath(), queriesPath, folder, String(repeats.ingest)])
  const rate = (seconds: number[]) => corpus.texts.length / median(seconds)
  const memvid = rate(outcome.memvidSeconds)
  const peer = { name: row.peer!, value: rate(outcome.tantivySeconds) }
  const samples = outcome.findMs.length
  const more = percentile(outcome.findMs, 0.5) - percentile(outcome.memvidMs, 0.5)
  return [
    line({ row: row.name, metric: 'load, documents a second', unit: 'docs/s', better: 'higher', memvid, peer, samples: repeats.ingest }),
    ...latencyLines(row.name, 'ids and scores of one query', outcome.memvidMs, { name: row.peer!, samples: outcome.tantivyMs }),
    line({ row: row.name, metric: 'ten hits with snippets, beyond that', unit: 'ms', better: 'lower', memvid: more, peer: null, samples }),
  ]
}

/** Builds the example with the engine's own profile and runs it. */
export function run(args: string[]): Outcome {
  const cargo = ['run', '--release', '--locked', '--quiet', '--manifest-path', join(ROOT, 'native', 'Cargo.toml')]
  const command = [...cargo, '-p', 'mv2', '--example', 'tantivy_peer', '--', ...args]
  const { status, stdout, error } = spawnSync('cargo', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 2], maxBuffer: 1 << 28 })
  if (error || status !== 0) throw new Error(`the comparison with tantivy failed: ${error?.message ?? `exit ${status}`}`)
  return JSON.parse(stdout) as Outcome
}
