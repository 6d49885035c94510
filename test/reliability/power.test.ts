/**
 * R6: the power goes off. A file system on a loop device is shut down at once, without its journal being flushed, while a writer puts; after it
 * was mounted again, every put that was acknowledged is there.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { create, open } from '../../src/index.js'
import { finish, Workspace } from '../e2e/support/cli.js'
import { figures, randomFrom, roundsOf, using, worker } from './support.js'

function run(command: string, ...words: string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${words.join(' ')}: ${error?.message ?? stderr}`)
}

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing reaches the disk. */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))
`

/** What a power cut needs: the right to mount, and ext4. Null: it can be done here. */
function missing(image: string, disk: string): string | null {
  for (const [command, ...words] of [
    ['mkfs.ext4', '-q', '-F', image],
    ['mount', '-o', 'loop', image, disk],
  ] as [string, ...string[]][]) {
    const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8' })
    if (status !== 0) return `${command}: ${error?.message ?? stderr}`
  }
  return null
}

test('acknowledged puts survive a power cut', async (t) => {
  const workspace = new Workspace(t)
  const [image, disk] = [workspace.path('disk.img'), workspace.path('disk')]
  writeFileSync(image, '')
  truncateSync(image, 512 << 20)
  mkdirSync(disk)
  const reason = missing(image, disk)
  if (reason !== null) {
    t.diagnostic(`no power can be cut here (${reason.trim()}): the simulated disk of native/core/tests/crash.rs stands for it`)
    return
  }
  try {
    await cuts(image, disk)
  } finally {
    spawnSync('umount', ['-l', disk])
    rmSync(image)
  }
})

async function cuts(image: string, disk: string): Promise<void> {
  const path = join(disk, 'k.mv2')
  await using(await create(path, { enableVec: true }), (memory) => memory.put({ text: 'The first lamp.', uri: 'mv2://first' }))
  const acknowledged = new Map<string, number>([['mv2://first', -1]])
  const [goes, random] = [roundsOf(5), randomFrom()]
  let [round, torn] = [0, 0]
  for (; goes(round); round += 1) {
    const [command, ...words] = worker('write', path, `round-${round}`, '60000')
    const child = spawn(command!, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (text: string) => (said += text))
    const done = finish(child)
    while (said.split('\n').length < 4) await sleep(1)
    await sleep(random() * 200)
    // What was told before the power goes. The kernel takes a tenth of a second to shut a file system down, and a sync that is under way
    // in that time may be told to have gone well though what it waited for was dropped: no disk does that, so it does not count.
    const told = said.split('\n').slice(0, -1).filter((line) => line.startsWith('mv2://'))
    run('python3', '-c', CUT, disk)
    child.kill('SIGKILL')
    await done
    assert.ok(told.length > 0, said)
    for (const uri of told) acknowledged.set(uri, round)
    run('umount', disk)
    run('mount', '-o', 'loop', image, disk)
    await using(await open(path), async (memory) => {
      torn += Number((await memory.stats()).tornBytes > 0)
      assert.deepEqual((await memory.verify()).damages, [])
      for (const uri of acknowledged.keys()) assert.equal((await memory.get(uri)).status, 'active', `${uri} of round ${acknowledged.get(uri)}`)
      await memory.put({ text: 'After the power came back.' })
    })
    assert.deepEqual(readdirSync(disk).filter((name) => name !== 'lost+found'), ['k.mv2'])
  }
  figures('R6', `${round} power cuts, ${acknowledged.size} puts acknowledged, 0 lost, ${torn} torn ends`)
}
