/** A thousand puts that do not wait for one another, each acknowledged after a sync: grouped by memvid, batched by lmdb. */
import { join } from 'node:path'
import type * as Sdk from '../../src/index.js'
import type { Context } from '../context.js'
import { loadPeer } from '../peers.js'
import type { Row } from '../rows.js'
import { latencyLines, type Line } from '../summary.js'

const PUTS = 1000
const PUT_CHARACTERS = 500

/** The part of lmdb that is used. */
interface Lmdb {
  open(options: { path: string }): Database
}
interface Database {
  put(key: number, value: string): Promise<boolean>
  flushed: Promise<unknown>
  close(): Promise<void>
}

export async function measureGroup(row: Row, context: Context): Promise<Line[]> {
  const { create } = (await import(new URL('../../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk
  const memory = await create(context.newPath('memvid'), { enableVec: false })
  const database = loadPeer<Lmdb>('lmdb').open({ path: join(context.folder, 'group.lmdb') })
  const texts = Array.from({ length: PUTS }, (_, index) => context.corpus.texts[index % context.corpus.texts.length]!.slice(0, PUT_CHARACTERS))
  let key = 0
  const sides = [
    () => Promise.all(texts.map((text) => memory.put({ text }, { durability: 'group' }))),
    async () => {
      await Promise.all(texts.map((text) => database.put(key++, text)))
      await database.flushed
    },
  ]
  const samples: number[][] = [[], []]
  // The first round warms both.
  for (let round = 0; round <= context.repeats.findRounds * 4; round++) {
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const started = performance.now()
      await sides[side]!()
      if (round > 0) samples[side]!.push(performance.now() - started)
    }
  }
  await memory.close()
  await database.close()
  return latencyLines(row.name, 'a thousand puts', samples[0]!, { name: row.peer!, samples: samples[1]! })
}
