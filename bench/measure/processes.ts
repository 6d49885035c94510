/** Rows whose every sample is a process of its own. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Sdk from '../../src/index.js'
import type { IngestResult, Job, OpenFindResult } from '../child.js'
import { ENGINES, type Context } from '../context.js'
import type { Engine } from '../engines/engine.js'
import { ROOT } from '../peers.js'
import type { Row } from '../rows.js'
import { line, latencyLines, median, type Line } from '../summary.js'

const COMMAND = join(ROOT, 'dist', 'bundle', 'cli', 'main.cjs')
const CHILD = fileURLToPath(new URL('../child.js', import.meta.url))

/** Documents a second, size on disk and peak memory of an ingest, both sides in turn. */
export async function measureIngest(row: Extract<Row, { measure: 'ingest' }>, context: Context): Promise<Line[]> {
  const results: Record<Engine['name'], IngestResult[]> = { memvid: [], sqlite: [] }
  const vectorsPath = row.vectors === 'given' ? context.vectorsPath() : null
  let tidied = NaN
  for (let repeat = 0; repeat < context.repeats.ingest; repeat++) {
    for (const engine of inTurn(row, repeat)) {
      const path = context.newPath(engine)
      const job: Job = { job: 'ingest', engine, path, vectors: row.vectors, textsPath: context.textsPath(), vectorsPath }
      results[engine].push(run<IngestResult>(job))
      if (engine === 'memvid' && repeat === context.repeats.ingest - 1) tidied = await tidy(path)
      rmSync(path)
    }
  }
  const { textBytes, texts } = context.corpus
  const count = texts.length
  const side = (of: (result: IngestResult) => number) => ({
    memvid: median(results.memvid.map(of)),
    peer: row.peer === null ? null : { name: row.peer, value: median(results.sqlite.map(of)) },
  })
  const about = { row: row.name, samples: context.repeats.ingest }
  const size = side((result) => result.sizeBytes / 1e6)
  const text = { name: 'the text', value: textBytes / 1e6 }
  return [
    line({ ...about, metric: 'documents a second', unit: 'docs/s', better: 'higher', ...side((result) => count / result.seconds) }),
    line({ ...about, metric: 'file', unit: 'MB', better: 'lower', ...size, quality: timesText(context, size.memvid, size.peer?.value) }),
    line({ ...about, metric: 'file, against the text', unit: 'MB', better: 'lower', memvid: size.memvid, peer: text }),
    line({ ...about, samples: 1, metric: 'file after optimize and compact, against the text', unit: 'MB', better: 'lower', memvid: tidied / 1e6, peer: text }),
    line({ ...about, metric: 'peak memory', unit: 'MB', better: 'lower', ...side((result) => result.peakMemoryBytes / 1e6) }),
  ]
}

/** The bytes of a file once it was optimized and compacted. */
async function tidy(path: string): Promise<number> {
  const { open } = (await import(new URL('../../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk
  const memory = await open(path)
  await memory.optimize()
  const { afterBytes } = await memory.compact()
  await memory.close()
  return afterBytes
}

/** Milliseconds from the first import to the first answer, and of the whole process beside an empty `node -e 0`. */
export async function measureOpenFind(row: Row, context: Context): Promise<Line[]> {
  const inside: Record<Engine['name'], number[]> = { memvid: [], sqlite: [] }
  const loading: Record<Engine['name'], number[]> = { memvid: [], sqlite: [] }
  const whole: Record<Engine['name'] | 'empty' | 'command', number[]> = { memvid: [], sqlite: [], empty: [], command: [] }
  const paths = { memvid: (await context.searched('memvid')).path, sqlite: (await context.searched('sqlite')).path }
  for (let repeat = 0; repeat < context.repeats.processes; repeat++) {
    const query = context.corpus.queries[repeat % context.corpus.queries.length]!
    for (const engine of inTurn(row, repeat)) {
      const started = performance.now()
      const { milliseconds, loadMilliseconds, found } = run<OpenFindResult>({ job: 'open-find', engine, path: paths[engine], query })
      whole[engine].push(performance.now() - started)
      if (found === 0) throw new Error(`${engine} found nothing for "${query}"`)
      inside[engine].push(milliseconds)
      loading[engine].push(loadMilliseconds)
    }
    whole.command.push(timedProcess([COMMAND, 'find', paths.memvid, '--query', query, '--mode', 'lex']))
    whole.empty.push(timedProcess(['-e', '0']))
  }
  const peer = row.peer!
  return [
    ...latencyLines(row.name, 'beyond Node’s own start', inside.memvid, { name: peer, samples: inside.sqlite }),
    ...latencyLines(row.name, 'of that, loading the library', loading.memvid, { name: peer, samples: loading.sqlite }).slice(0, 1),
    ...latencyLines(row.name, 'whole process', whole.memvid, { name: peer, samples: whole.sqlite }).slice(0, 1),
    ...latencyLines(row.name, 'whole process', whole.memvid, { name: 'node -e 0', samples: whole.empty }).slice(0, 1),
    ...latencyLines(row.name, '`memvid find` as a process', whole.command, { name: 'node -e 0', samples: whole.empty }).slice(0, 1),
  ]
}

/** Milliseconds that Node takes for these arguments, from start to end. */
function timedProcess(args: string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`)
  return performance.now() - started
}

/** Who goes first changes from repeat to repeat. */
function inTurn(row: Row, repeat: number): readonly Engine['name'][] {
  if (row.peer === null) return ['memvid']
  return repeat % 2 === 0 ? ENGINES : [...ENGINES].reverse()
}

function timesText(context: Context, memvidMegabytes: number, peerMegabytes: number | undefined): string {
  const times = (megabytes: number) => ((megabytes * 1e6) / context.corpus.textBytes).toFixed(2)
  return `${times(memvidMegabytes)}${peerMegabytes === undefined ? '' : ` and ${times(peerMegabytes)}`} × the text`
}

/** The result of a job in a process of its own. */
export function run<Result>(job: Job): Result {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [CHILD, JSON.stringify(job)], { encoding: 'utf8' })
  if (error || status !== 0) throw new Error(`${job.job} failed: ${error?.message ?? stderr}`)
  return JSON.parse(stdout) as Result
}
