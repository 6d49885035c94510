/**
 * R8: a disk, and a limit on the file's size, that run full at a hundred different places. The transaction that does not fit is refused with a
 * code, what was committed before is whole, and the same handle goes on when there is space again.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { open, type MemvidError } from '../../src/index.js'
import { mainPath, Workspace } from '../e2e/support/cli.js'
import { figures, grown, holds, randomFrom, roundsOf, using } from './support.js'

const run = (command: string, ...words: string[]): boolean => spawnSync(command, words).status === 0

const PAGE = 4096

/** Puts until one is refused; gives what was stored, and the code. */
async function fill(memory: { put(item: { text: string; uri: string }): Promise<unknown> }, length: number): Promise<{ stored: [string, string][]; code: string }> {
  const stored: [string, string][] = []
  for (let n = 0; n < 500; n += 1) {
    const [uri, text] = [`mv2://fill/${n}`, `Lamp ${n}. `.padEnd(length, `${n * 7919} oil lamps, `)]
    try {
      await memory.put({ text, uri })
    } catch (error) {
      return { stored, code: (error as MemvidError).code }
    }
    stored.push([uri, text])
  }
  throw new Error('the disk takes everything')
}

test('a disk that is full', async (t) => {
  const workspace = new Workspace(t)
  const disk = workspace.path('disk')
  mkdirSync(disk)
  if (!run('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk)) {
    t.diagnostic('no right to mount a small disk here: the limit on the file size below stands for it')
    return
  }
  try {
    await fullDisks(workspace, disk)
  } finally {
    run('umount', '-l', disk)
  }
})

async function fullDisks(workspace: Workspace, disk: string): Promise<void> {
  const resize = (bytes: number): void => assert.ok(run('mount', '-o', `remount,size=${bytes}`, disk))
  const [base, path] = [workspace.path('base.mv2'), workspace.path('disk/k.mv2')]
  await grown(base, 3)
  const pages = Math.ceil(statSync(base).size / PAGE) + 1
  const [goes, random] = [roundsOf(100), randomFrom()]
  let [round, documents] = [0, 0]
  for (; goes(round); round += 1) {
    resize(8 << 20)
    copyFileSync(base, path)
    resize((pages + (round % 100)) * PAGE)
    await using(await open(path), async (memory) => {
      const { stored, code } = await fill(memory, 200 + Math.floor(random() * 20_000))
      assert.equal(code, 'NoSpace')
      documents += stored.length
      assert.ok((await memory.find('lamp', { mode: 'lex' })).hits.length >= Math.min(3, stored.length))
      assert.deepEqual((await memory.verify()).damages, [])
      // Upkeep behind the puts meets the full disk too; once it gave up, nothing is left of it either.
      const left = async (): Promise<number> => statSync(path).size - (await memory.verify()).bytes + (await memory.verify()).tornBytes
      for (let tries = 0; tries < 100 && (await left()) !== 0; tries += 1) await sleep(10)
      assert.equal(await left(), 0, 'what did not fit was cut off')
      // The same handle, when there is space again.
      resize(8 << 20)
      await memory.put({ text: 'Put when there was space.', uri: 'mv2://after' })
      await holds(path, [...stored, ['mv2://after', 'Put when there was space.']])
    })
    assert.deepEqual(readdirSync(disk), ['k.mv2'])
  }
  figures('R8', `${round} full disks, ${documents} documents acknowledged before they were full, none lost`)
}

test('the command line says that there is no space, with exit code 6', async (t) => {
  const workspace = new Workspace(t)
  const path = workspace.path('k.mv2')
  await grown(path, 3)
  const before = statSync(path).size
  const limit = Math.ceil(before / 1024)
  const shell = `ulimit -f ${limit}; exec '${process.execPath}' '${mainPath}' put k.mv2 --input -`
  const refused = await workspace.shell(shell, { input: 'A text that does not fit. '.repeat(400) })
  assert.equal(refused.code, 6, refused.stderr)
  assert.match(refused.stderr, /^error\[NoSpace\]: /)
  await holds(path, [['mv2://notes/0', 'Note 0: lamp 0 on the quay was lit.']])
  assert.match(await workspace.ok('verify', 'k.mv2'), /^OK: /)
  const put = await workspace.memvid(['put', 'k.mv2', '--input', '-'], { input: 'It fits now.' })
  assert.equal(put.code, 0, put.stderr)
})

test('a compaction for which there is no space is refused, and changes nothing', async (t) => {
  const workspace = new Workspace(t)
  const path = workspace.path('k.mv2')
  await grown(path, 140)
  const { size, ino } = statSync(path)
  const refused = await workspace.shell(`ulimit -f ${Math.ceil(size / 4 / 1024)}; exec '${process.execPath}' '${mainPath}' compact k.mv2`)
  assert.equal(refused.code, 6, refused.stderr)
  assert.equal(statSync(path).ino, ino)
  assert.deepEqual(readdirSync(workspace.folder).filter((name) => name !== '.bin'), ['k.mv2'])
  await holds(path, [['mv2://notes/0', 'Note 0: lamp 0 on the quay was lit.']])
})
