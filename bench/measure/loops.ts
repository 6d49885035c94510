/** Rows that repeat one call in this process: tinybench runs and times them. */
import { Bench } from 'tinybench'
import { create } from '../../src/index.js'
import { loadBinding } from '../../src/native/index.js'
import { exactNearest, type Context } from '../context.js'
import { documents, type EngineStore } from '../engines/engine.js'
import type { Mode, Row } from '../rows.js'
import { latencyLines, line, mean, meanOverlap, median, type Line } from '../summary.js'

const K = 10
const ASKS = 200
const EMBED_BATCH = 100

/** Latency of a search over all queries, both sides in turn, and how far their results agree. */
export async function measureFind(row: Extract<Row, { measure: 'find' }>, context: Context): Promise<Line[]> {
  const memvid = (await context.searched('memvid')).store
  const sqlite = (await context.searched('sqlite')).store
  const found = { memvid: await findAll(memvid, row.mode, context), sqlite: await findAll(sqlite, row.mode, context) }
  const [memvidSamples, sqliteSamples] = await inRounds(
    [asker(memvid, row.mode, context), asker(sqlite, row.mode, context)],
    context.queries().length,
    context.repeats.findRounds,
  )
  const peer = { name: row.peer!, samples: sqliteSamples! }
  return latencyLines(row.name, 'one query', memvidSamples!, peer, quality(row.mode, found, context))
}

/** Microseconds a document of the embedded embedder, in calls of 100 texts. */
export async function measureEmbed(row: Row, context: Context): Promise<Line[]> {
  const { embedTexts } = loadBinding()
  const { texts } = context.corpus
  let call = 0
  const batches = Math.floor(texts.length / EMBED_BATCH)
  const embed = () => void embedTexts(texts.slice((call % batches) * EMBED_BATCH, (call++ % batches) * EMBED_BATCH + EMBED_BATCH))
  const [samples] = await inRounds([embed], batches, context.repeats.findRounds)
  const memvid = (median(samples!) * 1000) / EMBED_BATCH
  return [line({ row: row.name, metric: 'one document', unit: 'µs', better: 'lower', memvid, peer: null, samples: samples!.length })]
}

/** Actions a second of an audit replay, and that every context was verified. */
export async function measureReplay(row: Row, context: Context): Promise<Line[]> {
  const memory = await create(context.newPath('memvid'))
  await memory.putMany(documents(context.corpus.texts))
  const session = await memory.sessionStart('benchmark')
  const asks: number[] = []
  for (const query of context.corpus.queries.slice(0, ASKS)) {
    const started = performance.now()
    await memory.ask(`What was said about ${query}?`, { noCache: true })
    asks.push(performance.now() - started)
  }
  await memory.sessionEnd()
  const { ok, counts, totalActions } = await memory.sessionReplay(session, { audit: true })
  if (!ok) throw new Error(`the audit replay did not verify: ${JSON.stringify(counts)}`)
  const [samples] = await inRounds([() => memory.sessionReplay(session, { audit: true })], 1, context.repeats.replays)
  await memory.close()
  const perSecond = (totalActions / median(samples!)) * 1000
  const verified = `${counts.VERIFIED ?? 0} of ${totalActions} VERIFIED`
  return [
    line({
      row: row.name,
      metric: 'actions a second',
      unit: '1/s',
      better: 'higher',
      memvid: perSecond,
      peer: null,
      quality: verified,
      samples: samples!.length,
    }),
    ...latencyLines(row.name, 'one recorded ask', asks, null),
  ]
}

/** Samples in milliseconds of each task, `calls` a round; which task goes first changes from round to round. */
export async function inRounds(tasks: readonly (() => unknown)[], calls: number, rounds: number): Promise<number[][]> {
  const samples: number[][] = tasks.map(() => [])
  for (let round = 0; round < rounds; round++) {
    const order = tasks.map((_, index) => (index + round) % tasks.length)
    for (const index of order) {
      const bench = new Bench({ iterations: calls, time: 0, warmup: false, retainSamples: true, throws: true })
      bench.add(String(index), async () => void (await tasks[index]!()), { async: true })
      const [task] = await bench.run()
      if (!task || task.result.state !== 'completed') throw new Error(`a measurement did not complete: ${task?.result.state}`)
      samples[index]!.push(...task.result.latency.samples!)
    }
  }
  return samples
}

/** A function that asks the next query each time it is called. */
function asker(store: EngineStore, mode: Mode, context: Context): () => unknown {
  const queries = context.queries()
  let next = 0
  return () => store.find(queries[next++ % queries.length]!, mode, K)
}

async function findAll(store: EngineStore, mode: Mode, context: Context): Promise<number[][]> {
  const found: number[][] = []
  for (const query of context.queries()) found.push(await store.find(query, mode, K))
  return found
}

function quality(mode: Mode, found: { memvid: number[][]; sqlite: number[][] }, context: Context): string {
  if (mode !== 'vec') {
    const filled = mean(found.memvid.map((ids) => ids.length))
    return `overlap of the ten ${meanOverlap(found.memvid, found.sqlite).toFixed(3)}; ${filled.toFixed(1)} hits a query`
  }
  const exact = context.queries().map(({ vector }) => exactNearest(context.documentVectors(), vector!, K))
  return `recall ${meanOverlap(found.memvid, exact).toFixed(3)} and ${meanOverlap(found.sqlite, exact).toFixed(3)}`
}
