/** What only a terminal sees: colours, progress, streamed answers, and no escape sequence out of a document. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'
import { onTerminal } from './support/terminal.js'

const ESCAPE = '\u001b'

test('control characters of titles, URIs, texts and answers never reach the terminal', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const evil = `${ESCAPE}]0;owned${'\u0007'}${ESCAPE}[2J\u009b31m`
  const row = { text: `price ${evil} of tea`, title: `Title ${evil}\nforged: line`, uri: `mv2://evil/${evil}` }
  await workspace.memvid(['put', 'knowledge.mv2', '--input', '-', '--format', 'jsonl'], { input: JSON.stringify(row) })
  await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: `The price ${evil} is low.` }) })
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', `name ${evil}`)
  const plain = { NO_COLOR: '1' }
  const commands = [
    ['find', 'knowledge.mv2', '--query', `price ${evil}`],
    ['get', 'knowledge.mv2', '0'],
    ['timeline', 'knowledge.mv2'],
    ['ask', 'knowledge.mv2', '--question', 'What price?', '--use-model', 'openai'],
    ['session', 'list', 'knowledge.mv2'],
    ['session', 'view', 'knowledge.mv2', '--session', `name ${evil}`],
    ['session', 'replay', 'knowledge.mv2', '--session', `name ${evil}`, '--audit'],
    ['get', 'knowledge.mv2', `mv2://${evil}`],
  ]
  for (const words of commands) {
    const { stdout } = await onTerminal(workspace, words, plain)
    assert.ok(stdout.includes('\\u001b'), `${words.join(' ')} shows the escape as text: ${stdout}`)
    // Progress bars clear their own line; nothing else may begin an escape sequence.
    const rest = stdout.replaceAll(`\r${ESCAPE}[K`, '')
    assert.ok(!rest.includes(ESCAPE) && !rest.includes('\u0007') && !rest.includes('\u009b'), JSON.stringify(rest))
    assert.ok(!/^forged/m.test(stdout))
  }
})

test('an answer is streamed to a terminal as it comes, once', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const openai = await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: 'The price was $2 billion.' }) })
  const { stdout, code } = await onTerminal(workspace, ['ask', 'knowledge.mv2', '--question', 'What price?', '--use-model', 'openai'])
  assert.equal(code, 0, stdout)
  assert.equal(openai.requests[0]?.stream, true)
  // A mark below the answer may name a sentence again.
  const given = (text: string): number => text.split('\n').filter((row) => row.trim() === 'The price was $2 billion.').length
  assert.equal(given(stdout), 1, stdout)
  const cached = await onTerminal(workspace, ['ask', 'knowledge.mv2', '--question', 'What price?', '--use-model', 'openai'])
  assert.equal(given(cached.stdout), 1, cached.stdout)
  assert.equal(openai.requests.length, 1)
})

test('colours are for terminals only, and not with NO_COLOR', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const green = `${ESCAPE}[32mOK`
  assert.ok((await onTerminal(workspace, ['verify', 'knowledge.mv2'])).stdout.includes(green))
  assert.ok(!(await onTerminal(workspace, ['verify', 'knowledge.mv2'], { NO_COLOR: '1' })).stdout.includes(`${ESCAPE}[32m`))
  assert.ok(!(await workspace.ok('verify', 'knowledge.mv2')).includes(ESCAPE))
})

test('progress is drawn on a terminal and not into a pipe', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  // So many that they take longer than a bar waits before it shows itself.
  const rows = Array.from({ length: 60_000 }, (_, index) => JSON.stringify({ text: `document ${index}` }))
  writeFileSync(workspace.path('rows.jsonl'), rows.join('\n'))
  const shown = await onTerminal(workspace, ['put', 'knowledge.mv2', '--input', 'rows.jsonl'])
  assert.match(shown.stdout, /\d+ documents/)
  assert.ok(shown.stdout.includes(`\r${ESCAPE}[K`), JSON.stringify(shown.stdout))
  const piped = await workspace.memvid(['put', 'knowledge.mv2', '--input', 'rows.jsonl'])
  assert.equal(piped.stderr, '')
})
