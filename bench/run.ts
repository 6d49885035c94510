/**
 * `npm run bench`: memvid next to SQLite FTS5 + sqlite-vec in the same run.
 *
 *   npm run bench -- [--documents 10000] [--row NAME]… [--quick] [--label first]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Context, FULL, QUICK } from './context.js'
import { buildCorpus } from './corpus.js'
import { describeCommit, describeMachine } from './machine.js'
import { measureDurablePut } from './measure/durable-put.js'
import { measureLongSession } from './measure/long-session.js'
import { measureGroup } from './measure/group.js'
import { measureEmbed, measureFind, measureReplay } from './measure/loops.js'
import { measureLanceDb } from './measure/lancedb.js'
import { measureIngest, measureOpenFind } from './measure/processes.js'
import { measureRecorded } from './measure/recorded.js'
import { measureTantivy } from './measure/tantivy.js'
import { ensurePeers, peerVersions, ROOT } from './peers.js'
import { markdown, type Run } from './report.js'
import { ROWS, type Row } from './rows.js'
import type { Line } from './summary.js'

const DOCUMENTS = 10_000
const QUICK_DOCUMENTS = 2_000

interface Options {
  documents: number
  rows: readonly Row[]
  quick: boolean
  /** Ends the names of the files of a whole run. */
  label: string
}

class UsageError extends Error {}

function readOptions(given: string[]): Options {
  const { values } = parse(given)
  const quick = values.quick ?? false
  const documents = values.documents === undefined ? (quick ? QUICK_DOCUMENTS : DOCUMENTS) : Number(values.documents)
  if (!Number.isInteger(documents) || documents < 1000) throw new UsageError('--documents is a whole number of at least 1000')
  const names = values.row ?? []
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name))
  if (unknown !== undefined) throw new UsageError(`there is no row "${unknown}"; rows: ${ROWS.map((row) => row.name).join(', ')}`)
  const label = values.label ?? 'first'
  if (!/^[a-z0-9-]+$/.test(label)) throw new UsageError('--label is made of small letters, digits and hyphens')
  return { documents, rows: names.length === 0 ? ROWS : ROWS.filter((row) => names.includes(row.name)), quick, label }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        documents: { type: 'string' },
        row: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
        label: { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function measure(row: Row, context: Context): Promise<Line[]> {
  switch (row.measure) {
    case 'ingest':
      return measureIngest(row, context)
    case 'embed':
      return measureEmbed(row, context)
    case 'durable-put':
      return measureDurablePut(row, context)
    case 'find':
      return measureFind(row, context)
    case 'open-find':
      return measureOpenFind(row, context)
    case 'replay':
      return measureReplay(row, context)
    case 'long-session':
      return measureLongSession(row, context)
    case 'tantivy':
      return measureTantivy(row, context)
    case 'group':
      return measureGroup(row, context)
    case 'recorded':
      return measureRecorded(row, context)
    case 'lancedb':
      return measureLanceDb(row, context)
  }
}

async function measureAll({ rows, quick }: Options, context: Context): Promise<Line[]> {
  const lines: Line[] = []
  for (const row of rows) {
    const started = performance.now()
    lines.push(...(await measure(row, context)))
    process.stderr.write(`bench: ${row.name} took ${((performance.now() - started) / 1000).toFixed(1)} s${quick ? ' (quick)' : ''}\n`)
  }
  return lines
}

async function main(args: string[]): Promise<void> {
  const options = readOptions(args)
  // Rows without a peer run on a machine that can't build one.
  const isCompared = options.rows.some((row) => row.peer !== null)
  if (isCompared) ensurePeers()
  const { texts, queries, ...corpus } = buildCorpus(options.documents)
  // Beside the compiled code rather than in the system's temporary folder, which is often in memory, where a sync costs nothing.
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'dist', 'bench-data-'))
  const context = new Context({ texts, queries, ...corpus }, folder, options.quick ? QUICK : FULL)
  try {
    const about = {
      date: new Date().toISOString().slice(0, 10),
      command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
      commit: describeCommit(),
      machine: describeMachine(folder),
      corpus: { ...corpus, documents: options.documents },
      peers: isCompared ? peerVersions() : {},
    }
    const { load, cores } = about.machine
    if (load > cores / 2) {
      process.stderr.write(`bench: other work is going on (load ${load.toFixed(1)} on ${cores} cores); figures suffer, ratios too\n`)
    }
    const run: Run = { ...about, lines: await measureAll(options, context) }
    process.stdout.write(markdown(run))
    if (!options.quick && options.rows.length === ROWS.length) save(run, options.label)
  } finally {
    await context.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Only whole runs are kept: a figure out of a shorter one would be read without its conditions. */
function save(run: Run, label: string): void {
  const name = join(ROOT, 'bench', 'results', `${run.date}-${label}`)
  mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true })
  writeFileSync(`${name}.md`, markdown(run))
  writeFileSync(`${name}.json`, `${JSON.stringify(run, null, 2)}\n`)
  process.stderr.write(`bench: written to bench/results/${run.date}-${label}.{md,json}\n`)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`bench: ${error instanceof UsageError ? error.message : ((error as Error).stack ?? String(error))}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
