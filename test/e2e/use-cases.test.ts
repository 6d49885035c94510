/** The three Use Cases, Answer Caching and Token Tracking of the user's document, typed into a shell as they stand there. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'
import { examplesBetween, type Example } from './support/script.js'

/** Types the examples one after the other, `<id>` being the session that the first one started; gives their outputs. */
async function type(workspace: Workspace, examples: Example[]): Promise<string[]> {
  const outputs: string[] = []
  let id = ''
  for (const { command } of examples) {
    const run = await workspace.shell(command.replace('<id>', id))
    assert.equal(run.code, 0, `${command}\n${run.stdout}${run.stderr}`)
    id ||= /^Session started\. (\S+)$/m.exec(run.stdout)?.[1] ?? ''
    outputs.push(run.stdout + run.stderr)
  }
  return outputs
}

test('use case 1: a document below the cut is named with its rank, and why it is found now', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  // Twenty documents that answer a little alike: fixed top-k cuts where the scores have not fallen off.
  const texts = Array.from(
    { length: 20 },
    (_, index) => `Note ${index}: what Databricks did purchase in ${2000 + index} was a company called Firm${index}.`,
  )
  writeFileSync(workspace.path('notes.jsonl'), texts.map((text) => JSON.stringify({ text })).join('\n'))
  await workspace.ok('put', 'knowledge.mv2', '--input', 'notes.jsonl')
  await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: 'Databricks did purchase Firm3.' }) })
  const outputs = await type(workspace, examplesBetween('1. Debug Missing Results', '2. Compliance'))
  assert.match(outputs[3] ?? '', /Document existed at rank 12, adaptive found it/)
})

test('use case 2: a compliance session is audited with its frames and its answer', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const answer = 'The transaction was not fraudulent. It was a regular payment to a supplier.'
  const openai = await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: answer }) })
  const outputs = await type(workspace, examplesBetween('2. Compliance Audit Trail', '3. Model Comparison'))
  assert.match(outputs[3] ?? '', /^ {3}Frozen frames: \[\d+(, \d+)*\]$/m)
  assert.match(outputs[3] ?? '', /^ {3}Context: VERIFIED \(frames frozen\)$/m)
  assert.ok(outputs[3]?.includes(`   Original Answer: ${JSON.stringify(answer)}`))
  assert.equal(openai.requests.length, 1, 'an audit without another model asks nobody')
})

test('use case 3: one context goes to two other models', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const openai = await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: 'Demand rose in every region.' }) })
  const gemini = await useProvider(t, workspace, { provider: 'gemini', reply: () => ({ text: 'Demand rose in every region.' }) })
  const claude = await useProvider(t, workspace, { provider: 'claude', reply: () => ({ text: 'Higher demand and lower costs.' }) })
  const outputs = await type(workspace, examplesBetween('3. Model Comparison', 'CLI Commands Reference'))
  assert.match(outputs[3] ?? '', /Override Model: gemini:gemini-2\.5-pro[^]*Diff: IDENTICAL ✓/)
  assert.match(
    outputs[4] ?? '',
    /Override Model: claude:claude-4-sonnet[^]*New Answer: "Higher demand and lower costs\."\n {3}Diff: CHANGED/,
  )
  const context = (text: string | undefined): string | undefined => text?.replace(/[0-9a-f]{16,}/g, '')
  assert.equal(context(gemini.requests[0]?.user), context(openai.requests[0]?.user))
  assert.equal(context(claude.requests[0]?.user), context(openai.requests[0]?.user))
})

test('Answer Caching: the second call says what the first one cost', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const openai = await useProvider(t, workspace, {
    provider: 'openai',
    reply: () => ({ text: 'The revenue was $4.2 million.', usage: { input: 2500, output: 75 } }),
  })
  const examples = examplesBetween('Answer Caching\n\nRepeated', 'Cache key is')
  assert.equal(examples.length, 2)
  const [first, second] = await type(workspace, examples)
  assert.match(first ?? '', /^tokens: 2500 input \+ 75 output = 2575 {3}cost: \$0\.00042$/m)
  const promised = examples[1]?.promised[0] ?? ''
  assert.equal(promised, 'cached: true   cost: $0.00 (saved $0.00042)')
  assert.ok(second?.split('\n').includes(promised), second)
  assert.equal(openai.requests.length, 1)
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What is the revenue?', '--use-model', 'openai', '--no-cache')
  assert.equal(openai.requests.length, 2)
})

test('Token Tracking: the JSON has the fields of the document with those values', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const answer = 'Demand rose in every region.'
  await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: answer, usage: { input: 3648, output: 36 } }) })
  const [example] = examplesBetween('Token & Cost Tracking', 'Supported Models')
  const run = await workspace.shell(example?.command ?? '')
  assert.equal(run.code, 0, run.stderr)
  const { usage, grounding, cached, ...rest } = JSON.parse(run.stdout) as Record<string, Record<string, unknown>>
  assert.equal(rest['answer'], answer)
  assert.deepEqual(usage, { input_tokens: 3648, output_tokens: 36, total_tokens: 3684, cost_usd: 0.0005688 })
  assert.equal(cached, false)
  const { score, label, sentence_count, grounded_sentences, has_warning } = grounding ?? {}
  assert.deepEqual(
    { score, label, sentence_count, grounded_sentences, has_warning },
    { score: 1, label: 'HIGH', sentence_count: 1, grounded_sentences: 1, has_warning: false },
  )
})
