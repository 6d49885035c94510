/** What a find costs more when a session records it: one sync, and hardly anything besides. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type * as Sdk from '../../src/index.js'
import type { Context } from '../context.js'
import { documents } from '../engines/engine.js'
import type { Row } from '../rows.js'
import { latencyLines, line, percentile, type Line } from '../summary.js'

const BLOCK = 20
const RAW_BYTES = 4096

export async function measureRecorded(row: Row, context: Context): Promise<Line[]> {
  const { create } = (await import(new URL('../../bundle/sdk/index.cjs', import.meta.url).href)) as typeof Sdk
  const memory = await create(context.newPath('memvid'), { enableVec: false })
  await memory.putMany(documents(context.corpus.texts))
  const { queries } = context.corpus
  const raw = openSync(join(context.folder, 'recorded-raw'), 'a')
  const block = Buffer.alloc(RAW_BYTES, 'x')
  const samples = { recorded: [] as number[], unrecorded: [] as number[], sync: [] as number[] }
  const timed = async (into: number[], work: () => unknown): Promise<void> => {
    const started = performance.now()
    await work()
    into.push(performance.now() - started)
  }
  const find = (index: number) => memory.find(queries[index % queries.length]!, { mode: 'lex', k: 10 })
  for (const query of queries) await memory.find(query, { mode: 'lex', k: 10 })
  await memory.sessionStart('benchmark')
  for (let from = 0; from < context.repeats.puts; from += BLOCK) {
    for (let index = from; index < from + BLOCK; index++) await timed(samples.recorded, () => find(index))
    await memory.sessionEnd()
    for (let index = from; index < from + BLOCK; index++) await timed(samples.unrecorded, () => find(index))
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
  const [recorded, unrecorded, sync] = [samples.recorded, samples.unrecorded, samples.sync].map((list) => percentile(list, 0.5)) as [number, number, number]
  const about = { row: row.name, unit: 'ms', better: 'lower', samples: samples.recorded.length } as const
  return [
    line({ ...about, metric: 'one recorded find, median', memvid: recorded, peer: { name: row.peer!, value: unrecorded + sync } }),
    ...latencyLines(row.name, 'the same unrecorded', samples.unrecorded, null).slice(0, 1),
    line({ ...about, metric: 'the sync of a raw 4 KiB append, median', memvid: sync, peer: null }),
  ]
}
