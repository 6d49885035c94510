/** The Python snippet of the user's document, verbatim, in a fresh environment where the package is installed. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from '../e2e/support/cli.js'
import { userDocument } from '../e2e/support/document.js'
import { makeKnowledge } from '../e2e/support/knowledge.js'
import { useProvider } from '../e2e/support/providers.js'
import { python } from './support.js'

function snippet(): string {
  const start = userDocument.indexOf('from memvid_sdk import create')
  const end = userDocument.indexOf('Node.js SDK', start)
  assert.ok(start > 0 && end > start)
  return userDocument.slice(start, end)
}

test('the snippet runs as it stands, records, and replays', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  writeFileSync(workspace.path('snippet.py'), snippet())
  await useProvider(t, workspace, {
    provider: 'openai',
    reply: () => ({ text: 'The revenue was $4.2 million.', usage: { input: 3112, output: 19 } }),
  })
  const claude = await useProvider(t, workspace, { provider: 'claude', reply: () => ({ text: 'It was $4.2 million.' }) })
  const run = await workspace.run(python, ['snippet.py'])
  assert.equal(run.code, 0, run.stderr)
  assert.deepEqual(run.stdout.split('\n'), [
    'Cost: $0.000478',
    'Grounding: 100%',
    'Original: The revenue was $4.2 million.',
    'New: It was $4.2 million.',
    'Diff: CHANGED',
    '',
  ])
  assert.equal(claude.requests.length, 1)
  const sessions = await workspace.json<{ name: string; status: string; action_count: number }[]>('session', 'list', 'knowledge.mv2')
  assert.deepEqual(
    sessions.map(({ name, status, action_count }) => [name, status, action_count]),
    [['Audit Session', 'ended', 1]],
  )
})
