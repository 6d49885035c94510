/** A session as text for other programs. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { open } from '../../src/index.js'
import { Workspace, type Run } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'

async function recorded(workspace: Workspace, actions: number): Promise<void> {
  await makeKnowledge(workspace)
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'export')
  const mem = await open(workspace.path('knowledge.mv2'))
  await mem.ask('What was the acquisition price?')
  for (let number = 1; number < actions; number++) await mem.record({ name: `call ${number}` })
  await mem.sessionEnd()
  await mem.close()
}

test('session export writes actions line by line, and OpenTelemetry spans, to a file or to stdout', async (t) => {
  const workspace = new Workspace(t)
  await recorded(workspace, 205)
  const run = (...words: string[]): Promise<Run> => workspace.memvid(['session', 'export', 'knowledge.mv2', '--session', 'export', ...words])
  const lines = (await run('--jsonl', '-')).stdout.trimEnd().split('\n').map((text) => JSON.parse(text))
  assert.deepEqual(lines.map(({ number }) => number), Array.from({ length: 205 }, (_, index) => index))
  const [{ session_id: id, kind, record }] = lines
  assert.deepEqual([id.length, kind, record.question], [36, 'ask', 'What was the acquisition price?'])

  const written = await run('--otlp', 'trace.json')
  assert.deepEqual([written.code, written.stdout], [0, 'OpenTelemetry spans are in trace.json.\n'])
  const onStdout = await run('--otlp', '-')
  assert.equal(onStdout.stdout, readFileSync(workspace.path('trace.json'), 'utf8'))
  const { spans } = JSON.parse(onStdout.stdout).resourceSpans[0].scopeSpans[0]
  assert.equal(spans.length, 205 + 2 + 1, 'an ask has two spans below it, and the session one above all')
  const asJson = await run('--jsonl', 'actions.jsonl', '--json')
  assert.deepEqual(JSON.parse(asJson.stdout), { path: 'actions.jsonl', format: 'jsonl' })

  const head = await workspace.shell('memvid session export knowledge.mv2 --session export --jsonl - | head -1')
  assert.deepEqual([head.code, head.stdout.split('\n').length, head.stderr], [0, 2, ''])
})

test('session export needs one form, a session, and a place to write to', async (t) => {
  const workspace = new Workspace(t)
  await recorded(workspace, 1)
  const run = (...words: string[]): Promise<Run> => workspace.memvid(['session', 'export', 'knowledge.mv2', ...words])
  for (const words of [[], ['--otlp', '-', '--jsonl', '-'], ['--otlp', '-', '--key', 'k']]) {
    const { code, stderr, stdout } = await run('--session', 'export', ...words)
    assert.deepEqual([code, stdout], [2, ''], stderr)
  }
  const unknown = await run('--session', 'nothing', '--otlp', 'left.json')
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /^error\[SessionNotFound\]/)
  assert.ok(!existsSync(workspace.path('left.json')), 'nothing half done is left')
  const nowhere = await run('--session', 'export', '--jsonl', 'no/such/folder/x')
  assert.equal(nowhere.code, 6, nowhere.stderr)
})
