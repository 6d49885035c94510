/** Why a document was missed, asked on the command line. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { Workspace } from './support/cli.js'

/** Forty documents that name the kestrel, every second one tagged, and a session with a find and an ask. */
async function recorded(t: TestContext): Promise<Workspace> {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const documents = Array.from({ length: 40 }, (_, n) => ({
    text: `kestrel ${'and other birds of the moor '.repeat(n + 1)}`,
    uri: `mv2://k/${n}`,
    tags: n % 2 === 0 ? ['even'] : [],
  }))
  writeFileSync(workspace.path('birds.jsonl'), documents.map((document) => JSON.stringify(document)).join('\n'))
  await workspace.ok('put', 'knowledge.mv2', '--input', 'birds.jsonl')
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 's')
  await workspace.ok('find', 'knowledge.mv2', '--query', 'kestrel', '--mode', 'lex', '--top-k', '4', '--tag', 'even')
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'kestrel', '--mode', 'lex', '--top-k', '4')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  return workspace
}

const REPLAY = ['session', 'replay', 'knowledge.mv2', '--session', 's']

test('--expect says of one document where it stood, what would have found it, and whether the replay did', async (t) => {
  const workspace = await recorded(t)
  const plain = await workspace.ok(...REPLAY, '--expect', 'mv2://k/9')
  assert.match(plain, /^ {3}Expected: mv2:\/\/k\/9 \(frame 9\)\n {3}Document is filtered out by tag even; without it: below top-k: rank 10, /m)
  assert.match(plain, /^ {3}Document is below top-k: rank 10, would need k ≥ 10$/m)
  const found = await workspace.ok(...REPLAY, '--expect', '9', '--no-filters', '--adaptive', '--threshold', '0.1', '--as-of', 'recorded')
  assert.match(found, /^ {3}Overrides: top-k 50, adaptive relative 0.1, 3 to 50 results, no filters$/m)
  assert.match(found, /^ {3}Document was filtered out by tag even, adaptive with no filters found it$/m)
  assert.match(found, /^ {3}Document existed at rank 10, adaptive found it$/m)
  assert.match(found, /^ {5}Cause: changed settings$/m)
  assert.equal(found.match(/^ {3}Retrieval: REPRODUCED$/gm)?.length, 2)
})

test('--sweep prints a row for each setting, and the JSON has all of it', async (t) => {
  const workspace = await recorded(t)
  const table = await workspace.ok(...REPLAY, '--expect', 'mv2://k/9', '--sweep', 'top-k=4..64', '--skip-finds')
  assert.match(table, /^ {5}top-k {2}found {2}rank {2}results {2}context tokens\n {5}4 {9}no {4}10 {8}4 /m)
  assert.match(table, /^ {5}16 {7}yes {4}10 {7}16 /m)
  assert.match(table, /^ {5}3 of 5 settings bring it into the context; with the fewest tokens top-k 16: rank 10, \d+ tokens$/m)
  interface Step {
    ask: { find: { expected: Record<string, unknown>; sweep: Record<string, unknown>[]; retrieval: string } }
  }
  const sweep = ['--sweep', 'mode', '--sweep', 'adaptive']
  const { steps } = await workspace.json<{ steps: Step[] }>(...REPLAY, '--expect', 'mv2://k/9', '--skip-finds', ...sweep)
  const { expected, sweep: rows, retrieval } = steps[1]!.ask.find
  assert.equal(retrieval, 'REPRODUCED')
  assert.deepEqual([expected['asked'], expected['others'], expected['cause']], ['mv2://k/9', 0, null])
  assert.deepEqual((expected['recorded'] as Record<string, unknown>)['need'], { k: 10 })
  assert.equal(rows.length, 15)
  assert.deepEqual(Object.keys(rows[0]!), ['settings', 'found', 'rank', 'score', 'results', 'in_prompt', 'context_tokens'])
  assert.deepEqual(rows[1]!['settings'], { mode: 'hybrid', adaptive: { rule: 'relative' } })
})

test('settings of debug mode are refused in an audit, and a sweep without a document to find', async (t) => {
  const workspace = await recorded(t)
  const asked = [['--expect', 'x'], ['--sweep', 'mode'], ['--no-filters'], ['--max-context-tokens', '9']]
  for (const flags of [...asked, ['--alpha', '0'], ['--fusion', 'rrf'], ['--threshold', '1'], ['--adaptive-rule', 'gap'], ['--exact']]) {
    const { code, stderr } = await workspace.memvid([...REPLAY, '--audit', ...flags])
    assert.equal(code, 2)
    assert.ok(stderr.includes(`${flags[0]} is for debug mode`), stderr)
  }
  const alone = await workspace.memvid([...REPLAY, '--sweep', 'mode'])
  assert.equal(alone.code, 2)
  assert.match(alone.stderr, /sweep needs expect/)
  assert.equal((await workspace.memvid([...REPLAY, '--alpha', '2'])).code, 2)
})
