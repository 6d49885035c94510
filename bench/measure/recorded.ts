/** What a find and an ask cost more when a session records them, next to one sync of the disk. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type * as Sdk from '../../src/index.js'
import type { Context } from '../context.js'
import { documents } from '../engines/engine.js'
import type { Row } from '../rows.js'
import { line, percentile, type Line } from '../summary.js'

const BLOCK = 20
/** Asks a block: each takes as long as many finds. */
const ASKS = 4
const RAW_BYTES = 4096

export async function measureRecorded(row: Row, context: Context): Promise<Line[]> {
  const { create } = (await import(new URL('../../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk
  const memory = await create(context.newPath('memvid'), { enableVec: false })
  await memory.putMany(documents(context.corpus.texts))
  const { queries } = context.corpus
  const raw = openSync(join(context.folder, 'recorded-raw'), 'a')
  const block = Buffer.alloc(RAW_BYTES, 'x')
  const samples = { recorded: [] as number[], unrecorded: [] as number[], askedRecorded: [] as number[], asked: [] as number[], sync: [] as number[] }
  const timed = async (into: number[], work: () => unknown): Promise<void> => {
    const started = performance.now()
    await work()
    into.push(performance.now() - started)
  }
  const find = (index: number) => memory.find(queries[index % queries.length]!, { mode: 'lex', k: 10 })
  const ask = (index: number) => memory.ask(`What was said about ${queries[index % queries.length]!}?`, { mode: 'lex', noCache: true })
  for (const [index, query] of queries.entries()) {
    await memory.find(query, { mode: 'lex', k: 10 })
    if (index % 4 === 0) await ask(index)
  }
  await memory.sessionStart('benchmark')
  for (let from = 0; from < context.repeats.puts; from += BLOCK) {
    for (let index = from; index < from + BLOCK; index++) await timed(samples.recorded, () => find(index))
    for (let index = from; index < from + ASKS; index++) await timed(samples.askedRecorded, () => ask(index))
    await memory.sessionEnd()
    for (let index = from; index < from + BLOCK; index++) await timed(samples.unrecorded, () => find(index))
    for (let index = from; index < from + ASKS; index++) await timed(samples.asked, () => ask(index))
    for (let index = from; index < from + BLOCK; index++) {
      await timed(samples.sync, () => {
        writeSync(raw, block)
        fdatasyncSync(raw)
      })
    }
    await memory.sessionStart('benchmark')
  }
  await memory.sessionEnd()
  await memory.close()
  closeSync(raw)
  const at = (list: number[]) => percentile(list, 0.5)
  const sync = at(samples.sync)
  const lines = (what: string, recorded: number[], unrecorded: number[]): Line[] => {
    const about = { row: row.name, unit: 'ms', better: 'lower', samples: recorded.length } as const
    return [
      line({ ...about, metric: `one recorded ${what}, median`, memvid: at(recorded), peer: { name: row.peer!, value: at(unrecorded) + sync } }),
      line({ ...about, metric: `one ${what} unrecorded, median`, memvid: at(unrecorded), peer: null }),
    ]
  }
  return [
    ...lines('find', samples.recorded, samples.unrecorded),
    ...lines('ask', samples.askedRecorded, samples.asked),
    line({ row: row.name, metric: 'the sync of a raw 4 KiB append, median', unit: 'ms', better: 'lower', memvid: sync, peer: null, samples: samples.sync.length }),
  ]
}
