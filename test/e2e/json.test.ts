/** The JSON of every verb, field by field: scripts read these names. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { before, after, test } from 'node:test'
import type { TestContext } from 'node:test'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'

type Json = Record<string, unknown>

const endings: (() => void)[] = []
let workspace: Workspace
let id: string

/** The field names of an object; of an array, those of its first entry. */
function fields(value: unknown): string[] {
  const one: unknown = Array.isArray(value) ? value[0] : value
  assert.ok(one !== null && typeof one === 'object')
  return Object.keys(one).sort()
}

function has(value: unknown, ...names: string[]): void {
  const present = fields(value)
  for (const name of names) assert.ok(present.includes(name), `${name} is missing among ${present.join(', ')}`)
  for (const name of present) assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
}

before(async () => {
  workspace = new Workspace({ after: (work: () => void) => endings.push(work) } as unknown as TestContext)
  await makeKnowledge(workspace)
  id = (await workspace.json<{ session_id: string }>('session', 'start', 'knowledge.mv2', '--name', 'shapes')).session_id
  await workspace.ok('find', 'knowledge.mv2', '--query', 'acquisition price')
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the acquisition price?')
  await workspace.ok('session', 'checkpoint', 'knowledge.mv2')
})

after(() => {
  for (const work of endings) work()
})

test('put and update', async () => {
  writeFileSync(workspace.path('note.txt'), 'A note.')
  const put = await workspace.json('put', 'knowledge.mv2', '--input', 'note.txt')
  assert.deepEqual(fields(put), ['commit', 'content_hash', 'durability', 'frame_id', 'uri'])
  assert.match(String(put['content_hash']), /^[0-9a-f]{64}$/)
  const updated = await workspace.json('update', 'knowledge.mv2', String(put['frame_id']), '--title', 'Note')
  assert.deepEqual(fields(updated), ['commit', 'content_hash', 'durability', 'frame_id', 'supersedes', 'uri'])
  const deleted = await workspace.json('delete', 'knowledge.mv2', String(updated['frame_id']))
  has(deleted, 'commit', 'frame_id', 'uri')
  const many = await workspace.json('put', 'knowledge.mv2', '--input', 'docs.jsonl')
  assert.deepEqual(fields(many), ['commit', 'commits', 'count', 'durability', 'frame_ids', 'skipped'])
})

test('find', async () => {
  const found = await workspace.json('find', 'knowledge.mv2', '--query', 'acquisition price', '--top-k', '3')
  has(found, 'query', 'mode', 'total', 'snapshot', 'cut', 'hits', 'query_kind', 'latency_ms')
  has(found['hits'], 'rank', 'frame_id', 'uri', 'title', 'snippet', 'score', 'scores', 'ranks', 'span', 'content_hash', 'timestamp_ms')
  assert.deepEqual(fields(found['cut']), ['kept', 'rule', 'threshold'])
  assert.equal((found['hits'] as Json[]).length, 3)
})

test('ask', async () => {
  const asked = await workspace.json('ask', 'knowledge.mv2', '--question', 'What was the acquisition price?')
  assert.deepEqual(Object.keys(asked).slice(0, 4), ['answer', 'usage', 'grounding', 'cached'])
  has(asked, 'model', 'cost', 'citations', 'frames', 'finish', 'mode', 'latency_ms')
  has(asked['usage'], 'input_tokens', 'output_tokens', 'total_tokens', 'cost_usd')
  has(asked['grounding'], 'score', 'label', 'sentence_count', 'grounded_sentences', 'has_warning', 'sentences')
  assert.equal(asked['model'], 'local:extractive')
  assert.match(String(asked['answer']), /\$2 billion/)
})

test('get, timeline, stats and verify', async () => {
  const frame = await workspace.json('get', 'knowledge.mv2', '0')
  has(
    frame,
    'frame_id',
    'uri',
    'title',
    'mime_type',
    'text',
    'tags',
    'metadata',
    'timestamp_ms',
    'content_hash',
    'size_bytes',
    'status',
    'commit',
  )
  has(
    await workspace.json('timeline', 'knowledge.mv2', '--limit', '2'),
    'frame_id',
    'uri',
    'title',
    'timestamp_ms',
    'size_bytes',
    'status',
    'preview',
  )
  has(
    await workspace.json('stats', 'knowledge.mv2'),
    'size_bytes',
    'commits',
    'frame_count',
    'live_frame_count',
    'sessions',
    'torn_bytes',
    'file_uuid',
  )
  const report = await workspace.json('verify', 'knowledge.mv2')
  has(report, 'ok', 'commits', 'records', 'bytes', 'torn_bytes', 'damages')
  assert.equal(report['ok'], true)
})

test('models', async () => {
  const models = await workspace.json<Json[]>('models')
  has(models, 'provider', 'model', 'label', 'price', 'ready', 'is_default')
  const mini = models.find(({ label }) => label === 'openai:gpt-4o-mini')
  has(mini?.['price'], 'input', 'output', 'table', 'date')
})

test('sessions', async () => {
  const sessions = await workspace.json('session', 'list', 'knowledge.mv2')
  assert.deepEqual(fields(sessions), ['action_count', 'ended_at_ms', 'name', 'session_id', 'started_at_ms', 'started_commit', 'status'])
  const view = await workspace.json('session', 'view', 'knowledge.mv2', '--session', id)
  has(view, 'session_id', 'name', 'status', 'actions')
  has(view['actions'], 'number', 'kind', 'time_ms', 'commit', 'frame_ids', 'summary', 'record')
  const checkpoint = await workspace.json('session', 'checkpoint', 'knowledge.mv2', '--name', 'here')
  has(checkpoint, 'session_id', 'number', 'name', 'commit', 'chain_hash', 'frame_count', 'live_frame_count')
  const ended = await workspace.json('session', 'end', 'knowledge.mv2')
  has(ended, 'session_id', 'name', 'action_count', 'actions', 'totals', 'duration_ms')
  has(ended['totals'], 'input_tokens', 'output_tokens', 'total_tokens', 'cost_usd', 'cached_answers')
})

test('replay and compare', async () => {
  const replay = await workspace.json('session', 'replay', 'knowledge.mv2', '--session', id, '--audit')
  has(replay, 'session_id', 'name', 'mode', 'total_actions', 'steps', 'ask_results', 'find_results', 'counts', 'ok', 'totals')
  has(replay['ask_results'], 'step', 'question', 'original_model', 'frozen_frames', 'context', 'original_answer', 'answer_status')
  const compared = await workspace.json('session', 'compare', 'knowledge.mv2', '-a', id, '-b', id)
  has(compared, 'a', 'b', 'pairs', 'only_a', 'only_b', 'identical_pairs', 'totals', 'identical')
  assert.equal(compared['identical'], true)
})
