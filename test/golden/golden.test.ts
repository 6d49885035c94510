/** R15: files of every format version open for ever, say what their twins say, and can be written to. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { open } from '../../src/index.js'
import { scratch } from '../memory/support.js'
import { CASES } from './cases.js'
import { describe } from './describe.js'
import { names, versions } from './paths.js'

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

test('every kind of golden file is there, in the newest version', () => {
  assert.deepEqual(names(versions().at(-1)!), CASES.map((entry) => entry.name).sort())
})

for (const folder of versions()) {
  const version = basename(folder)

  test(`golden files of ${version} are those that were made then`, () => {
    const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
    const listed = sums.map((line) => line.split('  ') as [string, string])
    const present = readdirSync(folder).filter((name) => name !== 'SHA256SUMS')
    assert.deepEqual(listed.map(([, name]) => name).sort(), present.sort())
    for (const [sum, name] of listed) assert.equal(sha256(join(folder, name)), sum, name)
  })

  for (const name of names(folder)) {
    test(`${version} ${name}: what can be listed and found is what its twin says`, async (t) => {
      const path = join(scratch(t), `${name}.mv2`)
      copyFileSync(join(folder, `${name}.mv2`), path)
      chmodSync(path, 0o644)
      const { mtimeMs } = statSync(path)
      assert.deepEqual(await describe(path), JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')))
      assert.equal(sha256(path), sha256(join(folder, `${name}.mv2`)), 'reading changes nothing')
      assert.equal(statSync(path).mtimeMs, mtimeMs)
    })

    test(`${version} ${name}: it takes new documents, keeps its bytes, and can be compacted`, async (t) => {
      const path = join(scratch(t), `${name}.mv2`)
      copyFileSync(join(folder, `${name}.mv2`), path)
      chmodSync(path, 0o644)
      const before = readFileSync(path)
      const memory = await open(path)
      const { liveFrameCount, sizeBytes } = await memory.stats()
      const isGiven = name === 'given-vectors'
      const put = await memory.put({ text: 'A zeppelin landed on the golden meadow.', ...(isGiven ? { vector: [1, 0, 0, 0] } : {}) })
      assert.equal((await memory.find('zeppelin meadow', { mode: 'lex' })).hits[0]?.frameId, put.frameId)
      assert.equal((await memory.stats()).liveFrameCount, liveFrameCount + 1)
      // Behind the last commit there may be zeros.
      assert.deepEqual(readFileSync(path).subarray(0, sizeBytes), before.subarray(0, sizeBytes), 'nothing that was there is changed')
      assert.deepEqual((await memory.verify()).damages, [])
      await memory.compact()
      assert.deepEqual((await memory.verify()).damages, [])
      assert.equal((await memory.stats()).liveFrameCount, liveFrameCount + 1)
      await memory.close()
    })
  }
}
