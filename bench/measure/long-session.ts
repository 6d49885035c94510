/** A session of thousands of actions: how fast it is listed, viewed and audited, and how much memory that takes. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { create } from '../../src/index.js'
import type { SessionJobResult, Spent } from '../child.js'
import type { Context } from '../context.js'
import { documents } from '../engines/engine.js'
import { ROOT } from '../peers.js'
import type { Row } from '../rows.js'
import { line, latencyLines, median, type Line } from '../summary.js'
import { run } from './processes.js'

/** The command as it is shipped. */
const MAIN = join(ROOT, (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: { memvid: string } }).bin.memvid)
const PAGE = 100
/** What is measured grows with the actions, not with the documents. */
const DOCUMENTS = 2000

/** Records a session of which four tenths are asks, four tenths finds, and the rest puts and tool calls. Gives its id. */
export async function recordLongSession(path: string, texts: readonly string[], queries: readonly string[], actions: number): Promise<string> {
  const memory = await create(path)
  await memory.putMany(documents(texts))
  const session = await memory.sessionStart('benchmark')
  for (let number = 0; number < actions; number++) {
    const query = queries[number % queries.length]!
    const kind = number % 10
    if (kind < 4) await memory.ask(`What was said about ${query}?`, { noCache: true })
    else if (kind < 8) await memory.find(query)
    else if (kind === 8) await memory.put({ text: `${query} (${number})`, title: `Note ${number}` })
    else await memory.record({ name: 'search_web', input: { query }, output: { hits: number }, durationMs: 12 })
  }
  await memory.sessionEnd()
  await memory.close()
  return session
}

export async function measureLongSession(row: Row, context: Context): Promise<Line[]> {
  const actions = context.repeats.sessionActions
  const path = context.newPath('memvid')
  const { texts, queries } = context.corpus
  const session = await recordLongSession(path, texts.slice(0, DOCUMENTS), queries, actions)
  const view = (offset: number) => ['session', 'view', path, '--session', session, '--offset', String(offset), '--limit', String(PAGE)]
  const commands = {
    'session list': ['session', 'list', path],
    [`session view, first ${PAGE}`]: view(0),
    [`session view, last ${PAGE}`]: view(actions - PAGE),
  }
  const empty: number[] = []
  const whole = Object.fromEntries(Object.keys(commands).map((name) => [name, [] as number[]]))
  for (let repeat = 0; repeat < context.repeats.processes; repeat++) {
    empty.push(milliseconds(['-e', '0']))
    for (const [name, words] of Object.entries(commands)) whole[name]!.push(milliseconds([MAIN, ...words]))
  }
  const start = median(empty)
  const calls = Array.from({ length: context.repeats.processes }, () => run<SessionJobResult>({ job: 'session', path, session }))
  const audits = Array.from({ length: context.repeats.replays }, () => run<SessionJobResult>({ job: 'session', path, session, audit: true }))
  const { statuses } = audits[0]!
  return [
    ...Object.entries(whole).flatMap(([name, samples]) =>
      latencyLines(row.name, `${name}, beyond Node’s own start`, samples.map((sample) => sample - start), null).slice(0, 1),
    ),
    ...spentLines(row, 'opening and listing, library loaded', calls.map((call) => call.list)),
    ...spentLines(row, `a first page of ${PAGE} in the open file`, calls.map((call) => call.view)),
    ...(['milliseconds', 'processorMilliseconds'] as const).map((clock) =>
      line({
        row: row.name,
        metric: clock === 'milliseconds' ? 'audit, actions a second' : 'audit, actions a second of processor time',
        unit: '1/s',
        better: 'higher',
        memvid: median(audits.map(({ audit }) => (actions / audit[clock]) * 1000)),
        peer: null,
        quality: statuses,
        samples: audits.length,
      }),
    ),
    ...(['viewGrowthBytes', 'auditGrowthBytes'] as const).map((name) =>
      line({
        row: row.name,
        metric: name === 'viewGrowthBytes' ? 'memory that viewing all pages adds' : 'memory that the audit adds',
        unit: 'MB',
        better: 'lower',
        memvid: median(audits.map((audit) => audit[name])) / 1e6,
        peer: null,
        samples: audits.length,
      }),
    ),
  ]
}

/** The median by the clock, and of processor time. */
function spentLines(row: Row, what: string, spent: readonly Spent[]): Line[] {
  return [
    ...latencyLines(row.name, what, spent.map((each) => each.milliseconds), null).slice(0, 1),
    ...latencyLines(row.name, `${what}, processor time`, spent.map((each) => each.processorMilliseconds), null).slice(0, 1),
  ]
}

function milliseconds(args: string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`)
  return performance.now() - started
}
