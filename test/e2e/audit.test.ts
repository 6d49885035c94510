/** What an audit says after the memory went on: replaced, deleted, and altered behind its back. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace, type Run } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'

interface Audit {
  ask_results: { context: string; frozen_frames: number[]; context_problems: string[] }[]
}

async function recordedAsk(workspace: Workspace): Promise<string> {
  await makeKnowledge(workspace)
  const { session_id } = await workspace.json<{ session_id: string }>('session', 'start', 'knowledge.mv2', '--name', 'audit')
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the acquisition price?', '--top-k', '4')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  return session_id
}

function audit(workspace: Workspace, id: string, ...words: string[]): Promise<Run> {
  return workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', id, '--audit', ...words])
}

/** Where the payloads of frames blocks lie (format-spec/02-records): marker, type 0x10, length at byte 8, payload after 128 bytes. */
function framesBlocks(bytes: Buffer): { start: number; length: number }[] {
  const blocks = []
  for (let at = 4096; at + 128 <= bytes.length; at += 64) {
    if (bytes.readUInt32BE(at) !== 0xa74d3252 || bytes[at + 4] !== 0x10 || Number(bytes.readBigUInt64LE(at + 24)) !== at) continue
    blocks.push({ start: at + 128, length: Number(bytes.readBigUInt64LE(at + 8)) })
  }
  return blocks
}

test('what was replaced or deleted since is still verified, and said', async (t) => {
  const workspace = new Workspace(t)
  const id = await recordedAsk(workspace)
  const before = await workspace.json<Audit>('session', 'replay', 'knowledge.mv2', '--session', id, '--audit')
  const [first, second] = before.ask_results[0]?.frozen_frames ?? []
  assert.ok(first !== undefined && second !== undefined)
  writeFileSync(workspace.path('new.txt'), 'The acquisition price was never told.')
  await workspace.ok('update', 'knowledge.mv2', String(first), '--input', 'new.txt')
  await workspace.ok('delete', 'knowledge.mv2', String(second))
  const run = await audit(workspace, id)
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stdout, /^ {3}Context: VERIFIED \(frames frozen\)$/m)
  assert.ok(run.stdout.includes(`   Since then: frame ${first} superseded since, frame ${second} deleted since\n`), run.stdout)
})

test('an altered byte of a frame is never VERIFIED, and exits with 3', async (t) => {
  const workspace = new Workspace(t)
  const id = await recordedAsk(workspace)
  const path = workspace.path('knowledge.mv2')
  const bytes = readFileSync(path)
  const [block] = framesBlocks(bytes)
  assert.ok(block)
  let unverified = 0
  for (let part = 0; part < 12; part++) {
    const offset = block.start + Math.floor((block.length * part) / 12)
    const altered = Buffer.from(bytes)
    altered[offset] = (altered[offset] ?? 0) ^ 0x10
    writeFileSync(path, altered)
    const run = await audit(workspace, id)
    const verified = /Context: VERIFIED/.test(run.stdout)
    const sound = (await workspace.memvid(['verify', 'knowledge.mv2'])).code === 0
    assert.ok(!sound, `the flip at ${offset} went unseen by verify`)
    if (!verified) {
      unverified += 1
      assert.notEqual(run.code, 0, `the flip at ${offset}: ${run.stdout}`)
    }
  }
  assert.ok(unverified > 0, 'one of the flips lies in the context')
})

test('--fail-on decides what a difference is worth', async (t) => {
  const workspace = new Workspace(t)
  const id = await recordedAsk(workspace)
  const replay = (...words: string[]): Promise<Run> => workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', id, ...words])
  assert.equal((await replay('--top-k', '9')).code, 0)
  assert.equal((await replay('--top-k', '9', '--fail-on', 'changed')).code, 3)
  assert.equal((await replay('--fail-on', 'changed')).code, 0)
})
