/** An agent's own events over the command line. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'

test('session record writes an event that view shows and a replay leaves unchecked', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const record = (...words: string[]): string[] => ['session', 'record', 'knowledge.mv2', '--name', 'search_web', ...words]
  const outside = await workspace.memvid(record('--input', 'x'))
  assert.deepEqual([outside.code, outside.stdout], [1, ''])
  assert.match(outside.stderr, /^error\[NoActiveSession\]: no session is active.*\nhint: Start one with `memvid session start/s)
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'agent')
  const said = await workspace.ok(...record('--input', '{"query":"mill"}', '--output', 'three hits', '--duration-ms', '12'))
  assert.equal(said, 'Recorded search_web as action 0.\n')
  const piped = await workspace.memvid([...record('--output', '-', '--error', 'timed out', '--json')], { input: '[1, 2]' })
  assert.equal(JSON.parse(piped.stdout).number, 1)
  const both = await workspace.memvid(record('--input', '-', '--output', '-'))
  assert.deepEqual([both.code, both.stdout], [2, ''])
  assert.equal(await workspace.ok('session', 'end', 'knowledge.mv2'), 'Session ended. 2 actions recorded.\n')
  assert.equal(
    await workspace.ok('session', 'view', 'knowledge.mv2', '--session', 'agent'),
    'Actions:\n' +
      '  [0] TOOL-CALL - ToolCall { name: "search_web", input: "{\\"query\\":\\"mill\\"}", output: "\\"three hits\\"", duration_ms: 12 }\n' +
      '  [1] TOOL-CALL - ToolCall { name: "search_web", output: "[1,2]", error: "ToolError" }\n',
  )
  const replay = await workspace.ok('session', 'replay', 'knowledge.mv2', '--session', 'agent', '--audit')
  assert.match(replay, /^✓ Step 1\/2 tool-call\n {3}NOT CHECKED: /)
})
