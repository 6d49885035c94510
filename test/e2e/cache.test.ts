/** The answer cache and the costs across processes, as a person sees them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'

const ASK = ['ask', 'knowledge.mv2', '--question', 'What was the revenue?', '--use-model', 'openai']

async function workspaceWithProvider(t: TestContext) {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const server = await useProvider(t, workspace, { reply: () => ({ text: 'It was $4.2 million [1].', usage: { input: 2500, output: 75 } }) })
  return { workspace, server }
}

test('a second process gets the answer from the file and sends nothing', async (t) => {
  const { workspace, server } = await workspaceWithProvider(t)
  const first = await workspace.json<{ cached: boolean; usage: { cost_usd: number } }>(...ASK)
  assert.deepEqual([first.cached, first.usage.cost_usd], [false, 0.00042])
  const second = await workspace.json<{ cached: boolean; usage: { cost_usd: number }; answer: string; saved_usd: number }>(...ASK)
  assert.deepEqual([second.cached, second.usage.cost_usd, second.saved_usd, second.answer], [true, 0, 0.00042, 'It was $4.2 million [1].'])
  assert.equal(server.requests.length, 1)
  const shown = await workspace.memvid(ASK)
  assert.match(shown.stderr, /^cached: true {3}cost: \$0\.00 \(saved \$0\.00042\)$/m)
  assert.equal(server.requests.length, 1)

  const list = await workspace.ok('cache', 'list', 'knowledge.mv2')
  assert.match(list, /^[0-9a-f]{12} {2}\d{4}-\S+Z {3}\$0\.00042 {2}openai:gpt-4o-mini {2}What was the revenue\?\n$/)
  const listed = await workspace.json<{ entries: { key: string; question: string; cost: { usd: string } }[]; damaged: number }>('cache', 'list', 'knowledge.mv2')
  assert.deepEqual([listed.entries.length, listed.entries[0]?.question, listed.entries[0]?.cost.usd, listed.damaged], [1, 'What was the revenue?', '0.00042', 0])

  for (const [more, requests] of [[['--no-cache'], 2], [['--refresh'], 3], [['--cache-ttl', '1h'], 3], [['--cache-ttl', '0s'], 4]] as const) {
    await workspace.ok(...ASK, ...more)
    assert.equal(server.requests.length, requests, more.join(' '))
  }
  assert.equal(await workspace.ok('cache', 'clear', 'knowledge.mv2'), 'Cache cleared. 1 answer removed.\n')
  assert.deepEqual(await workspace.json('cache', 'clear', 'knowledge.mv2'), { cleared: 0, commit: null })
  await workspace.ok(...ASK)
  assert.equal(server.requests.length, 5)
  const empty = await workspace.memvid(['cache', 'list', 'missing.mv2'])
  assert.equal(empty.code, 6)
  for (const words of [['--cache-ttl', 'soon'], ['--temperature', '3'], ['--max-context-tokens', '0']]) {
    assert.equal((await workspace.memvid([...ASK, ...words])).code, 2, words.join(' '))
  }
})

test('the costs of the sessions, by model and day', async (t) => {
  const { workspace } = await workspaceWithProvider(t)
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'Costs')
  for (let count = 0; count < 3; count++) await workspace.ok(...ASK)
  writeFileSync(workspace.path('prices.json'), '{"date":"2026-11-01","models":{"openai:gpt-4o":{"input":"1","output":"10","cache_read":"0.1"}}}')
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the revenue?', '--use-model', 'openai:gpt-4o', '--prices', 'prices.json')
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the revenue?', '--use-model', 'openai:gpt-99')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const lines = (await workspace.ok('cost', 'knowledge.mv2')).trimEnd().split('\n')
  const day = new Date().toISOString().slice(0, 10)
  assert.deepEqual(
    lines.map((line) => line.trim().split(/ {2,}/)),
    [
      ['model', 'asks', 'replayed', 'cached', 'input', 'output', 'cost', 'saved'],
      ['openai:gpt-4o', '1', '0', '0', '2500', '75', '$0.00325', '$0.00'],
      ['openai:gpt-4o-mini', '3', '0', '2', '2500', '75', '$0.00042', '$0.00084'],
      ['openai:gpt-99', '1', '0', '0', '2500', '75', 'unknown', '$0.00'],
      ['day (UTC)', 'asks', 'replayed', 'cached', 'input', 'output', 'cost', 'saved'],
      [day, '5', '0', '2', '7500', '225', '$0.00367 + 1 unknown', '$0.00084'],
      ['total', '5', '0', '2', '7500', '225', '$0.00367 + 1 unknown', '$0.00084'],
    ],
  )
  const report = await workspace.json<{ totals: { cost_usd: string; saved_usd: string }; models: { model: string }[] }>('cost', 'knowledge.mv2', '--session', 'Costs')
  assert.deepEqual([report.totals.cost_usd, report.totals.saved_usd, report.models.length], ['0.00367', '0.00084', 3])
  assert.equal((await workspace.memvid(['cost', 'knowledge.mv2', '--session', 'Other'])).code, 1)
})
