/**
 * One put after the other, each synced: memvid on its threads and on the calling one, an INSERT in FTS5, and the least a disk can do. The
 * other sides have no choice: they block.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Context } from '../context.js'
import { loadEngine } from '../engines/engine.js'
import type { Row } from '../rows.js'
import { latencyLines, type Line } from '../summary.js'

const PUT_BYTES = 500
const RAW_BYTES = 4096
const BLOCK = 25
/** Between blocks, so that what one side does beside its puts has ended before the other side's clock runs. */
const PAUSE_MS = 5

export async function measureDurablePut(row: Row, context: Context): Promise<Line[]> {
  const memvid = await (await loadEngine('memvid')).create(context.newPath('memvid'), 'none')
  const blocking = await (await loadEngine('memvid')).create(context.newPath('memvid'), 'none')
  const sqlite = await (await loadEngine('sqlite')).create(context.newPath('sqlite'), 'none')
  const file = openSync(join(context.folder, 'raw'), 'a')
  const block = Buffer.alloc(RAW_BYTES, 'x')
  const raw = () => {
    writeSync(file, block)
    fdatasyncSync(file)
  }
  const sides = [
    { put: (text: string) => memvid.putOne({ text }), samples: [] as number[] },
    { put: (text: string) => blocking.putOne({ text }, true), samples: [] as number[] },
    { put: (text: string) => sqlite.putOne({ text }), samples: [] as number[] },
    { put: raw, samples: [] as number[] },
  ]
  const texts = putTexts(context.corpus.texts)
  for (const { put } of sides) for (let index = 0; index < BLOCK; index++) await put(texts[index % texts.length]!)
  for (let from = 0; from < context.repeats.puts; from += BLOCK) {
    for (const { put, samples } of sides) {
      for (let index = from; index < Math.min(from + BLOCK, context.repeats.puts); index++) {
        const text = texts[(index + BLOCK) % texts.length]!
        const started = performance.now()
        await put(text)
        samples.push(performance.now() - started)
      }
      await setTimeout(PAUSE_MS)
    }
  }
  for (const store of [memvid, blocking, sqlite]) await store.close()
  closeSync(file)
  const [memvidSamples, blockingSamples, sqliteSamples, rawSamples] = sides.map(({ samples }) => samples) as [number[], number[], number[], number[]]
  const fts = { name: row.peer!, samples: sqliteSamples }
  const disk = { name: 'raw 4 KiB append + fdatasync', samples: rawSamples }
  return [
    ...latencyLines(row.name, 'one put', memvidSamples, fts),
    ...latencyLines(row.name, 'one put', memvidSamples, disk),
    ...latencyLines(row.name, 'one put, blocking', blockingSamples, fts),
    ...latencyLines(row.name, 'one put, blocking', blockingSamples, disk),
  ]
}

/** The corpus as one text of ASCII, cut every 500 bytes. */
function putTexts(texts: readonly string[]): string[] {
  const all = texts.slice(0, 2000).join(' ').replace(/[^\x20-\x7e]/g, '')
  return Array.from({ length: Math.floor(all.length / PUT_BYTES) }, (_, index) => all.slice(index * PUT_BYTES, (index + 1) * PUT_BYTES))
}
