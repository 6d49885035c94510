/** A replay as a web page, over the command line. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'

const HOSTILE = '</p><script>alert(1)</script><img src=x onerror=alert(2)>'

test('replay --report writes one page, in which nothing of the session is markup', async (t) => {
  const workspace = new Workspace(t)
  writeFileSync(workspace.path('deal.md'), `# Deal ${HOSTILE}\n\nThe acquisition was valued at $2 billion, said "Ann & Bob" ${HOSTILE}.\n`)
  writeFileSync(workspace.path('team.md'), '# Team\n\nMaria Gomez leads the team.\n')
  await workspace.ok('create', 'knowledge.mv2')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'deal.md', '--uri', `mv2://deal/${HOSTILE}`)
  await workspace.ok('put', 'knowledge.mv2', '--input', 'team.md')
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', `Audit ${HOSTILE}`)
  await workspace.ok('find', 'knowledge.mv2', '--query', `acquisition ${HOSTILE}`)
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the acquisition valued at?')
  await workspace.ok('session', 'record', 'knowledge.mv2', '--name', HOSTILE, '--input', HOSTILE)
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const { session_id: id } = (await workspace.json<{ session_id: string }[]>('session', 'list', 'knowledge.mv2'))[0]!
  const replay = (...words: string[]) => workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', id, ...words])
  const plain = await replay('--audit')
  const audit = await replay('--audit', '--report', 'audit.html')
  assert.deepEqual([audit.code, audit.stdout], [0, plain.stdout], 'what is printed stays the same')
  await workspace.ok('delete', 'knowledge.mv2', `mv2://deal/${HOSTILE}`)
  assert.equal((await replay('--report', 'debug.html')).code, 3)
  for (const name of ['audit.html', 'debug.html']) {
    const page = readFileSync(workspace.path(name), 'utf8')
    assert.match(page, /^<!doctype html>\n/)
    assert.match(page, /<\/html>\n$/)
    assert.doesNotMatch(page, /<script|<img|https?:/)
    assert.ok(page.includes('&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;'))
  }
  const debug = readFileSync(workspace.path('debug.html'), 'utf8')
  assert.match(debug, /<h2>Differences<\/h2>/)
  assert.match(debug, /<del>[^<]*2 billion/)
  const over = await replay('--report', 'knowledge.mv2')
  assert.deepEqual([over.code, existsSync(workspace.path('knowledge.mv2'))], [2, true])
  assert.match(over.stderr, /^error\[InvalidInput\]: the report would replace the memory itself/)
})
