/** The same work through the command line, Node and Python: the same hits, scores, answers and sessions, and each reads the others' files. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { create, open, type Memory } from '../../src/index.js'
import { Workspace } from '../e2e/support/cli.js'
import { python } from './support.js'

const DOCUMENTS = [
  { text: 'The acquisition of Orchard Labs was valued at $2 billion.', uri: 'mv2://docs/0', title: 'Deal', timestamp: 1_700_000_000_000 },
  { text: 'Revenue was $412 million in 2024, up 18% from 2023.', uri: 'mv2://docs/1', title: 'Report', timestamp: 1_700_000_000_000 },
  { text: 'The office in Zürich has 62 people. 办公室在苏黎世。', uri: 'mv2://docs/2', title: 'People', timestamp: 1_700_000_000_000 },
]
const QUERY = 'acquisition value'
const QUESTION = 'What was the acquisition valued at?'

const SCRIPT = `
import json, sys
from memvid_sdk import create
documents, query, question = json.loads(sys.stdin.read())
with create('python.mv2') as mem:
    for document in documents:
        mem.put(**document)
    mem.session_start('doors')
    found, asked = mem.find(query), mem.ask(question)
    mem.session_end()
    replay = mem.session_replay('doors', audit=True)
    print(json.dumps([found.to_dict(), asked.to_dict(), replay.counts, mem.session_view('doors').to_dict()]))
`

type Json = Record<string, unknown>

/** What must be the same, whichever door; times and ids are not. */
function seen(found: Json, asked: Json, counts: unknown, view: Json): unknown {
  const actions = (view['actions'] as Json[]).map(({ kind, summary }) => ({ kind, summary }))
  const { answer, grounding, frames, citations } = asked
  const fields = { hits: found['hits'], answer, grounding, frames, citations, counts, actions }
  return JSON.parse(JSON.stringify(fields, (_, value: unknown) => value ?? undefined))
}

async function throughCli(workspace: Workspace): Promise<unknown> {
  await workspace.ok('create', 'cli.mv2')
  for (const { text, uri, title, timestamp } of DOCUMENTS) {
    const about = ['--uri', uri, '--title', title, '--timestamp', new Date(timestamp).toISOString()]
    const put = await workspace.run('memvid', ['put', 'cli.mv2', '--input', '-', ...about], { input: text })
    assert.equal(put.code, 0, put.stderr)
  }
  await workspace.ok('session', 'start', 'cli.mv2', '--name', 'doors')
  const found = await workspace.json<Json>('find', 'cli.mv2', '--query', QUERY)
  const asked = await workspace.json<Json>('ask', 'cli.mv2', '--question', QUESTION)
  await workspace.ok('session', 'end', 'cli.mv2')
  const replay = await workspace.json<Json>('session', 'replay', 'cli.mv2', '--session', 'doors', '--audit')
  return seen(found, asked, replay['counts'], await workspace.json<Json>('session', 'view', 'cli.mv2', '--session', 'doors'))
}

async function throughPython(workspace: Workspace): Promise<unknown> {
  writeFileSync(workspace.path('doors.py'), SCRIPT)
  const run = await workspace.run(python, ['doors.py'], { input: JSON.stringify([DOCUMENTS, QUERY, QUESTION]) })
  assert.equal(run.code, 0, run.stderr)
  return seen(...(JSON.parse(run.stdout) as [Json, Json, unknown, Json]))
}

/** Node's names as the command line writes them. */
function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (value === null || typeof value !== 'object') return value
  const snake = (key: string) => (/^[A-Z]/.test(key) ? key : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [snake(key), snakeKeys(field)]))
}

async function throughNode(workspace: Workspace): Promise<unknown> {
  const mem: Memory = await create(workspace.path('node.mv2'))
  for (const document of DOCUMENTS) await mem.put(document)
  await mem.sessionStart('doors')
  const found = await mem.find(QUERY)
  const asked = await mem.ask(QUESTION)
  await mem.sessionEnd()
  const { counts } = await mem.sessionReplay('doors', { audit: true })
  const view = await mem.sessionView('doors')
  await mem.close()
  return seen(snakeKeys(found) as Json, snakeKeys(asked) as Json, counts, snakeKeys(view) as Json)
}

test('three doors, one engine', async (t) => {
  const workspace = new Workspace(t)
  const cli = await throughCli(workspace)
  const { hits, answer } = cli as { hits: unknown[]; answer: string }
  assert.equal(hits.length, 3)
  assert.match(answer, /\$2 billion/)
  assert.deepEqual(await throughNode(workspace), cli)
  assert.deepEqual(await throughPython(workspace), cli)
  for (const name of ['cli', 'node', 'python']) {
    const mem = await open(workspace.path(`${name}.mv2`))
    assert.equal((await mem.get('mv2://docs/2')).text, DOCUMENTS[2]?.text)
    assert.equal((await mem.sessionReplay('doors', { audit: true })).ok, true)
    await mem.close()
    const verified = await workspace.run('memvid', ['verify', `${name}.mv2`])
    assert.equal(verified.code, 0, verified.stderr)
  }
})
