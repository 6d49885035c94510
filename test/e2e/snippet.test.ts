/** The Node.js snippet of the user's document, verbatim, in a folder where the package is installed under its name. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { packageRoot, Workspace } from './support/cli.js'
import { userDocument } from './support/document.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'

function snippet(): string {
  const start = userDocument.indexOf("import { create } from '@anthropic/memvid-sdk'")
  const end = userDocument.indexOf('Best Practices', start)
  assert.ok(start > 0 && end > start)
  return userDocument.slice(start, end)
}

function installPackage(workspace: Workspace): void {
  mkdirSync(workspace.path('node_modules/@anthropic'), { recursive: true })
  symlinkSync(packageRoot, workspace.path('node_modules/@anthropic/memvid-sdk'))
  writeFileSync(workspace.path('snippet.mjs'), snippet())
}

test('the snippet runs as it stands, records, and replays', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  installPackage(workspace)
  await useProvider(t, workspace, {
    provider: 'openai',
    reply: () => ({ text: 'The revenue was $4.2 million.', usage: { input: 3112, output: 19 } }),
  })
  const gemini = await useProvider(t, workspace, { provider: 'gemini', reply: () => ({ text: 'It was $4.2 million.' }) })
  const run = await workspace.run(process.execPath, ['snippet.mjs'])
  assert.equal(run.code, 0, run.stderr)
  assert.equal(run.stdout, 'Cost: $0.000478\n')
  assert.equal(gemini.requests.length, 1)
  assert.equal(gemini.requests[0]?.body['model'], 'gemini-2.5-flash')
  const sessions = await workspace.json<{ name: string; status: string; action_count: number }[]>('session', 'list', 'knowledge.mv2')
  assert.deepEqual(
    sessions.map(({ name, status, action_count }) => ({ name, status, action_count })),
    [{ name: 'Audit Session', status: 'ended', action_count: 1 }],
  )
})

test('the snippet makes the file where there is none, and an empty memory costs nothing', async (t) => {
  const workspace = new Workspace(t)
  installPackage(workspace)
  const openai = await useProvider(t, workspace, { provider: 'openai' })
  await useProvider(t, workspace, { provider: 'gemini' })
  const run = await workspace.run(process.execPath, ['snippet.mjs'])
  assert.equal(run.code, 0, run.stderr)
  assert.equal(run.stdout, 'Cost: $0.000000\n')
  assert.equal(openai.requests.length, 0)
})
