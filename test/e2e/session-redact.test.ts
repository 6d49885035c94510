/** Erasing through the real command line, and the process killed while it does. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { open } from '../../src/index.js'
import { finish, mainPath, Workspace } from './support/cli.js'

const SECRET = 'Does the file 4711 of Zebulon say what it is worth?'

/** A file with a session of one ask; `filler` bytes of other content make it slower to write anew. */
async function recorded(t: TestContext, filler: number): Promise<{ workspace: Workspace; file: string }> {
  const workspace = new Workspace(t)
  const file = workspace.path('knowledge.mv2')
  writeFileSync(workspace.path('deal.txt'), 'The acquisition was valued at $2 billion.\n')
  const noise = Buffer.alloc(filler)
  for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE(Math.imul(at + 1, 0x9e3779b1) >>> 0, at)
  writeFileSync(workspace.path('noise.bin'), noise)
  await workspace.ok('create', file, '--no-vec')
  await workspace.ok('put', file, '--input', workspace.path('deal.txt'))
  if (filler > 0) await workspace.ok('put', file, '--input', workspace.path('noise.bin'))
  await workspace.ok('session', 'start', file, '--name', 'Audit')
  await workspace.ok('ask', file, '--question', SECRET)
  await workspace.ok('session', 'end', file)
  return { workspace, file }
}

const redact = (file: string) => ['session', 'redact', file, '--session', 'Audit', '--action', '0']

test('an action is erased, its line says so, and the session is verified as before', async (t) => {
  const { workspace, file } = await recorded(t, 0)
  const anchor = (await workspace.ok('session', 'anchor', file, '--session', 'Audit')).trim()
  const out = await workspace.ok(...redact(file))
  assert.match(out, /^Erased .*answer.*question.* of action 0, and \d cached answers\.\n$/)
  const view = await workspace.ok('session', 'view', file, '--session', 'Audit')
  assert.match(view, /^Actions:\n {2}\[0\] ASK - Ask \{ {2}\} Erased: .*question/)
  const verified = await workspace.ok('session', 'verify', file, '--session', 'Audit', '--anchor', anchor)
  assert.match(verified, /^VERIFIED \(anchored\): Audit\n[^]*action 0: ERASED .*answer/)
  await workspace.ok('verify', file)
  const again = await workspace.memvid(redact(file))
  assert.deepEqual([again.code, /nothing left to erase/.test(again.stderr)], [2, true])
})

test('a process that is killed while it erases leaves the file as it was, or erased, and the next one finishes', async (t) => {
  const { workspace, file } = await recorded(t, 12_000_000)
  const copy = workspace.path('copy.mv2')
  const interrupted = `${copy}.erase.tmp`
  let killed = 0
  for (let delay = 40; delay <= 340; delay += 30) {
    copyFileSync(file, copy)
    const child = workspace.spawn(process.execPath, [mainPath, ...redact(copy)])
    const ended = finish(child)
    await sleep(delay)
    child.kill('SIGKILL')
    if ((await ended).signal === 'SIGKILL') killed++
    const mem = await open(copy)
    assert.deepEqual((await mem.verify()).damages, [])
    const { verdict, erased } = await mem.sessionVerify('Audit')
    assert.equal(verdict, 'VERIFIED')
    if (erased.length === 0) await mem.sessionRedact('Audit', { action: 0 })
    assert.equal((await mem.sessionVerify('Audit')).erased.length, 1)
    await mem.close()
    assert.equal(existsSync(interrupted), false)
    assert.equal(readFileSync(copy).includes('Zebulon'), false)
  }
  assert.ok(killed > 0, 'some were killed before they ended')
})
