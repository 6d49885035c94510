/** What an answer cites and claims is checked, and marked where the context does not bear it out: in the terminal and in JSON. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'
import { useProvider } from './support/providers.js'

const DOCUMENTS = [
  { title: 'Revenue', uri: 'mv2://revenue', text: 'The revenue was $412 million in 2024.' },
  { title: 'Offices', uri: 'mv2://offices', text: 'The office is in Lyon.' },
]
const ASK = ['ask', 'knowledge.mv2', '--question', 'What was the revenue and where is the office?', '--use-model', 'openai']

test('markers are checked against the passages, and unsupported sentences are marked', async (t) => {
  const workspace = new Workspace(t)
  writeFileSync(workspace.path('docs.jsonl'), DOCUMENTS.map((document) => JSON.stringify(document)).join('\n'))
  await workspace.ok('create', 'knowledge.mv2')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'docs.jsonl')
  // The order of the prompt is that of the search, so the stand-in cites by what stands in it.
  const numberOf = (prompt: string, title: string) => new RegExp(`=== passage \\[(\\d)\\] ${title}`).exec(prompt)?.[1]
  await useProvider(t, workspace, {
    reply: ({ user }) => {
      const [revenue, offices] = [numberOf(user, 'Revenue'), numberOf(user, 'Offices')]
      return `The revenue was $412 million in 2024 [${revenue}]. The revenue was $999 million in 2024 [${revenue}][9]. The office is in Lyon [${revenue}]. Penguins swim in Antarctica [${offices}].`
    },
  })
  const shown = await workspace.memvid(ASK)
  assert.equal(shown.code, 0)
  const flagged = shown.stderr.split('\n').filter((line) => line.startsWith('✗'))
  assert.match(flagged[0] ?? '', /^✗ CONTRADICTED \(number\): The revenue was \$999 million/)
  assert.match(flagged[1] ?? '', /^✗ \[9\] names no passage: The revenue was \$999 million/)
  assert.match(flagged[2] ?? '', /^✗ UNSUPPORTED: Penguins swim in Antarctica/)
  assert.equal(flagged.length, 3)
  assert.match(shown.stderr, /^source \[\d\]: Revenue mv2:\/\/revenue$/m)
  assert.match(shown.stderr, /^source \[\d\]: Offices mv2:\/\/offices {3}✗ does not bear out what cites it$/m)

  const { grounding, citations } = await workspace.json<{ grounding: { sentences: any[] }; citations: any[] }>(...ASK)
  assert.deepEqual(grounding.sentences.map((sentence) => sentence.verdict), ['SUPPORTED', 'CONTRADICTED', 'SUPPORTED', 'UNSUPPORTED'])
  assert.deepEqual(grounding.sentences[1].invalid_citations, [9])
  assert.deepEqual(Object.fromEntries(citations.map(({ uri, supported }) => [uri, supported])), { 'mv2://revenue': true, 'mv2://offices': false })
})
