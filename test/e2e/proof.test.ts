/** Verify, sign, anchor and evidence through the real command line, and the verifier that needs Python only. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { packageRoot, Workspace } from './support/cli.js'

const VERIFIER = join(packageRoot, 'src/proof/verify.py')

async function recorded(t: TestContext): Promise<{ workspace: Workspace; file: string }> {
  const workspace = new Workspace(t)
  const file = workspace.path('knowledge.mv2')
  writeFileSync(workspace.path('deal.txt'), 'The acquisition was valued at $2 billion.\n')
  await workspace.ok('create', file)
  await workspace.ok('session', 'start', file, '--name', 'Audit')
  await workspace.ok('put', file, '--input', workspace.path('deal.txt'))
  await workspace.ok('ask', file, '--question', 'What was the acquisition valued at?')
  await workspace.ok('session', 'end', file)
  return { workspace, file }
}

test('a session is verified on the rung that holds, and a demanded signature or anchor that is not there is missed', async (t) => {
  const { workspace, file } = await recorded(t)
  const verify = (...more: string[]) => workspace.memvid(['session', 'verify', file, '--session', 'Audit', ...more])
  const chained = await verify()
  assert.equal(chained.code, 0, chained.stderr)
  assert.match(chained.stdout, /^VERIFIED \(chained\): Audit\n {2}✓ checksummed 2 actions, 1 frames; root [0-9a-f]{64}\n/)

  const publicKey = (await workspace.ok('keys', 'create', 'alice')).trim()
  const keyPath = workspace.path('.config/memvid/keys/alice.pem')
  assert.equal(statSync(keyPath).mode & 0o777, 0o600)
  assert.equal((await workspace.ok('keys', 'show', 'alice')).trim(), publicKey)
  const unsigned = await verify('--public-key', publicKey)
  assert.equal(unsigned.code, 3)
  assert.match(unsigned.stdout, /^NOT VERIFIED: Audit\n[^]*no signature by alice/)

  const anchor = (await workspace.ok('session', 'anchor', file, '--session', 'Audit')).trim()
  await workspace.ok('session', 'sign', file, '--session', 'Audit', '--key', 'alice')
  assert.match((await verify()).stdout, /^VERIFIED \(signed\)/)
  writeFileSync(workspace.path('anchors.txt'), `${anchor}\n`)
  const anchored = await verify('--public-key', publicKey, '--anchor', workspace.path('anchors.txt'), '--json')
  const result = JSON.parse(anchored.stdout) as { verdict: string; rungs: object; problems: unknown[] }
  assert.deepEqual([result.verdict, result.rungs, result.problems], [
    'VERIFIED',
    { checksummed: true, chained: true, signed: true, anchored: true },
    [],
  ])
  const forged = anchor.replace(/ \d+ ([0-9a-f]{64})$/, ` 1 $1`)
  assert.match((await verify('--anchor', forged)).stdout, /^NOT VERIFIED[^]*the anchor has another chain hash for commit 1/)

  await workspace.ok('keys', 'create', 'mallory', '--out', workspace.path('mallory.pem'))
  await workspace.ok('session', 'sign', file, '--session', 'Audit', '--key', workspace.path('mallory.pem'))
  const other = (await workspace.ok('keys', 'show', workspace.path('mallory.pem'))).trim()
  assert.match((await verify()).stdout, /✓ signed {6}mallory \([0-9a-f]{8}\) unknown key, alice \([0-9a-f]{8}\) valid\n/)
  assert.equal((await verify('--public-key', other)).code, 0)
  const bytes = readFileSync(file)
  const secret = readFileSync(keyPath, 'utf8').split('\n')[2]!
  assert.ok(!bytes.includes(secret) && !bytes.includes(Buffer.from(secret, 'base64').subarray(-32)), 'no private key is in the file')
})

test('evidence is the same bytes each time, and Python proves it without the product', async (t) => {
  const { workspace, file } = await recorded(t)
  const publicKey = (await workspace.ok('keys', 'create', 'alice')).trim()
  await workspace.ok('session', 'sign', file, '--session', 'Audit', '--key', 'alice')
  const anchor = (await workspace.ok('session', 'anchor', file, '--session', 'Audit')).trim()
  const archive = workspace.path('evidence.zip')
  const out = await workspace.ok('session', 'export', file, '--session', 'Audit', '--evidence', archive)
  assert.equal(out, `Evidence of 2 actions and 1 frames is in ${archive}.\n`)
  const first = readFileSync(archive)
  await workspace.ok('session', 'export', file, '--session', 'Audit', '--evidence', archive)
  assert.deepEqual(readFileSync(archive), first)

  const check = (...more: string[]) => workspace.run('python3', ['-I', VERIFIER, archive, ...more], { env: { PYTHONIOENCODING: 'utf-8' } })
  const whole = await check('--key', publicKey, '--anchor', anchor)
  assert.equal(whole.code, 0, whole.stdout + whole.stderr)
  assert.match(whole.stdout, /\[1\] \["ask", "What was the acquisition valued at\?", "The acquisition was valued at \$2 billion\. \[1\]"\]\n/)
  assert.match(whole.stdout, /\n2 actions, 1 frames: checksummed, signed, anchored\nVERIFIED\n$/)
  const other = (await workspace.ok('keys', 'create', 'mallory')).trim()
  const unsigned = await check('--key', other)
  assert.deepEqual([unsigned.code, /PROBLEM: no signature by mallory/.test(unsigned.stdout)], [3, true])
})

test('the verifier has at most 150 lines and needs the standard library only', () => {
  const lines = readFileSync(VERIFIER, 'utf8').split('\n')
  assert.ok(lines.length - 1 <= 150, `${lines.length - 1} lines`)
  const imports = lines.filter((line) => /^\s*(import|from)\b/.test(line))
  assert.deepEqual(imports, ['import base64, functools, hashlib, hmac, io, json, struct, sys, zlib'])
})
