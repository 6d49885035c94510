import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'

test('session fork goes on from a checkpoint or an action, and list and view say so', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const { session_id: id } = await workspace.json<{ session_id: string }>('session', 'start', 'knowledge.mv2', '--name', 'original')
  await workspace.ok('find', 'knowledge.mv2', '--query', 'price')
  await workspace.ok('session', 'checkpoint', 'knowledge.mv2', '--name', 'half')
  const fork = ['session', 'fork', 'knowledge.mv2', '--session', 'original', '--name']
  const active = await workspace.memvid([...fork, 'too early', '--from-action', '0'])
  assert.deepEqual([active.code, active.stdout], [1, ''])
  assert.match(active.stderr, /^error\[SessionActive\]/)
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const started = await workspace.ok(...fork, 'second try', '--from-checkpoint', 'half')
  const shown = `"original" ${id} after action 1 \\(checkpoint "half"\\), commit \\d+`
  assert.match(started, new RegExp(`^Session started\\. \\S{36}\nForked from ${shown}\\.\n$`))
  await workspace.ok('find', 'knowledge.mv2', '--query', 'steel')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const viewed = await workspace.ok('session', 'view', 'knowledge.mv2', '--session', 'second try')
  assert.match(viewed, new RegExp(`^Forked from ${shown}\nActions:\n {2}\\[0\\] FIND`))
  assert.match(await workspace.ok('session', 'list', 'knowledge.mv2'), new RegExp(`original\n.* second try {2}\\(forked from ${shown}\\)\n$`))
  const json = await workspace.json<{ forked_from: Record<string, unknown> }>(...fork, 'third', '--from-action', '0')
  assert.deepEqual(Object.keys(json.forked_from), ['session_id', 'name', 'action', 'checkpoint', 'commit', 'chain_hash'])
  assert.equal((await workspace.memvid([...fork, 'x'])).code, 2)
  assert.equal((await workspace.memvid([...fork, 'x', '--from-action', 'one'])).code, 2)
})
