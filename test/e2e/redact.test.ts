/** What looks like a key is told when it is stored, and masked where that is wanted. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'

/** Made of two halves, so that no tool takes this file for one that holds a key. */
const KEY = `sk-${'proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8'}`

test('a key in a document is stored with a warning, or masked', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'k.mv2')
  writeFileSync(workspace.path('config.txt'), `The service uses the key ${KEY} since May.`)
  const warned = await workspace.memvid(['put', 'k.mv2', '--input', 'config.txt', '--uri', 'mv2://config'])
  assert.equal(warned.code, 0)
  assert.match(warned.stderr, /^warning: what looks like a key was stored with 1 document \(openai-key\): mv2:\/\/config\. --redact stores \[secret\] in its place\.$/m)
  assert.ok(!warned.stderr.includes(KEY))
  assert.equal((await workspace.json<{ text: string }>('get', 'k.mv2', 'mv2://config')).text.includes(KEY), true)

  await workspace.ok('create', 'masked.mv2')
  const masked = await workspace.memvid(['put', 'masked.mv2', '--input', 'config.txt', '--title', `Key ${KEY}`, '--metadata', `{"a":{"b":["${KEY}"]},"n":1}`, '--redact', '--json'])
  assert.equal(masked.code, 0, masked.stderr)
  assert.deepEqual(JSON.parse(masked.stdout).secrets, { documents: 1, kinds: ['openai-key'], redacted: true })
  const frame = await workspace.json<Record<string, unknown>>('get', 'masked.mv2', '0')
  assert.deepEqual([frame['text'], frame['title'], frame['metadata']], ['The service uses the key [secret] since May.', 'Key [secret]', { a: { b: ['[secret]'] }, n: 1 }])

  const lines = [`{"text":"plain","title":"One"}`, `{"text":"AKIAIOSFODNN7EXAMPLE","title":"Two"}`, `{"text":"${KEY}"}`]
  writeFileSync(workspace.path('docs.jsonl'), lines.join('\n'))
  const many = await workspace.memvid(['put', 'masked.mv2', '--input', 'docs.jsonl', '--redact'])
  assert.match(many.stderr, /^masked what looks like a key in 2 documents \(aws-access-key, openai-key\): Two, document 3$/m)
  const update = await workspace.memvid(['update', 'masked.mv2', '0', '--input', 'config.txt', '--redact'])
  assert.match(update.stderr, /^masked what looks like a key in 1 document/m)
  assert.ok(!readFileSync(workspace.path('masked.mv2')).includes(KEY))

  writeFileSync(workspace.path('plain.txt'), 'The task-based sk-learn estimator.')
  const plain = await workspace.memvid(['put', 'masked.mv2', '--input', 'plain.txt', '--json'])
  assert.equal(plain.stderr, '')
  assert.ok(!('secrets' in JSON.parse(plain.stdout)))
})

test('the list of models has prices with their table and date, and says for which a key is set', async (t) => {
  const workspace = new Workspace(t)
  writeFileSync(workspace.path('prices.json'), '{"date":"2026-11-01","models":{"ollama:*":{"input":0,"output":"0.01"}}}')
  Object.assign(workspace.env, { OPENAI_API_KEY: 'k', MEMVID_PRICES: 'prices.json' })
  const list = await workspace.ok('models')
  assert.match(list, /^openai:gpt-4o-mini +\$0\.15 in, \$0\.60 out +key is set +memvid-2025-12 +default of openai$/m)
  assert.match(list, /^claude:claude-4-opus +\$15\.00 in, \$75\.00 out +needs ANTHROPIC_API_KEY +memvid-2025-12$/m)
  assert.match(list, /^claude:claude-sonnet-5 .* genai-prices@\S+ of \d{4}-\d\d-\d\d +default of claude; also sonnet$/m)
  assert.match(list, /^groq:openai\/gpt-oss-20b +\$0\.075 in, \$0\.30 out /m)
  assert.match(list, /^ollama:llama3\.2 +\$0\.00 in, \$0\.01 out +needs no key +override:prices\.json of 2026-11-01 +default of ollama$/m)
})
