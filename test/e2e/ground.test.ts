/** `memvid ground`: answers against files, without a memory. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { Workspace } from './support/cli.js'
import { documentShows } from './support/document.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'

interface Scored {
  score: number | null
  label: string | null
  abstained: boolean
  answer_may_exist?: boolean
  has_warning: boolean
  contexts: string[]
  sentences: { verdict: string; reason?: string; evidence?: { context: number; start: number; end: number; frame_id?: number } }[]
}

interface Grounded {
  score: number
  judge: { score: number; verdicts: string[] }
}

const DEAL = 'The acquisition was valued at $2 billion. The deal did not include debt.\n'
const PEOPLE = '<html><body><p>Maria Gomez leads the team in Lyon.</p></body></html>'

function withTexts(test: TestContext): Workspace {
  const workspace = new Workspace(test)
  writeFileSync(workspace.path('deal.txt'), DEAL)
  writeFileSync(workspace.path('people.html'), PEOPLE)
  return workspace
}

test('an answer is scored against files, sentence by sentence', async (t) => {
  const workspace = withTexts(t)
  const answer = 'The acquisition was valued at $2 billion. Maria Gomez leads the team in Lyon.'
  const run = await workspace.memvid(['ground', '--answer', answer, '--context', 'deal.txt', 'people.html'])
  assert.deepEqual([run.code, run.stderr], [0, ''])
  const lines = run.stdout.split('\n')
  assert.equal(lines[0], 'grounding: 100% (HIGH) - 2/2 sentences grounded')
  assert.match(lines[1] ?? '', /^SUPPORTED +100% {2}The acquisition was valued at \$2 billion\.$/)
  assert.match(lines[2] ?? '', /^ +↳ deal\.txt:0 The acquisition was valued/)
  assert.match(lines[4] ?? '', /^ +↳ people\.html:0 Maria Gomez/)
})

test('--json has the verdicts, the reasons and the places of the evidence', async (t) => {
  const workspace = withTexts(t)
  const words = ['ground', '--answer', 'The deal included debt.', '--context', 'people.html', '--context', 'deal.txt', '--json']
  const run = await workspace.memvid(words)
  const scored = JSON.parse(run.stdout) as Scored
  assert.equal(scored.label, 'LOW')
  assert.deepEqual(scored.contexts, ['people.html', 'deal.txt'])
  assert.equal(scored.sentences[0]?.verdict, 'CONTRADICTED')
  assert.equal(scored.sentences[0]?.reason, 'negation')
  const { context, start, end } = scored.sentences[0]!.evidence!
  assert.deepEqual([context, DEAL.slice(start, end)], [1, 'The deal did not include debt.'])
})

test('low grounding warns in the words of the document and ends with 3, as far as --fail-on says', async (t) => {
  const workspace = withTexts(t)
  const ground = (answer: string, ...more: string[]) => workspace.memvid(['ground', '--answer', answer, '--context', 'deal.txt', ...more])
  const low = await ground('Penguins can fly to Norway.')
  assert.equal(low.code, 3)
  const warning = low.stdout.split('\n')[1] ?? ''
  assert.match(warning, /^⚠ Warning/)
  assert.ok(documentShows(warning))
  assert.equal((await ground('Penguins can fly to Norway.', '--fail-on', 'none')).code, 0)
  const mixed = 'The deal included debt. The acquisition was valued at $2 billion. The acquisition was valued at 2 billion dollars.'
  assert.equal((await ground(mixed)).code, 0)
  assert.equal((await ground(mixed, '--fail-on', 'contradicted')).code, 3)
})

test('a refusal shows abstained, and the hint where the context held an answer', async (t) => {
  const workspace = withTexts(t)
  const refusal = ['ground', '--answer', 'I could not find that in the context.', '--context', 'deal.txt']
  const run = await workspace.memvid([...refusal, '--question', 'What was the acquisition valued at?'])
  assert.equal(run.code, 0)
  assert.match(run.stdout, /^grounding: abstained\nnote: the context may hold an answer all the same\nNOT CHECKABLE/)
  const scored = await workspace.json<Scored>(...refusal, '--question', 'Who paints boats in Norway?')
  assert.deepEqual([scored.score, scored.label, scored.abstained, scored.answer_may_exist], [null, null, true, false])
})

test('- reads the answer or a context from stdin, one of them', async (t) => {
  const workspace = withTexts(t)
  const answer = await workspace.memvid(['ground', '--answer', '-', '--context', 'deal.txt'], { input: 'The deal did not include debt.\n' })
  assert.match(answer.stdout, /^grounding: 100% \(HIGH\)/)
  const context = await workspace.memvid(['ground', '--answer', 'Cats sleep all day.', '--context', '-'], { input: 'Cats sleep all day.' })
  assert.match(context.stdout, /^grounding: 100% \(HIGH\)/)
  const both = await workspace.memvid(['ground', '--answer', '-', '--context', '-'], { input: 'x' })
  assert.equal(both.code, 2)
  assert.match(both.stderr, /InvalidInput[^]*more than once/)
})

test('wrong calls: usage 2, a missing file 6, what is no text 2', async (t) => {
  const workspace = withTexts(t)
  writeFileSync(workspace.path('picture'), Buffer.from([0, 1, 2, 255]))
  const code = async (...words: string[]) => (await workspace.memvid(['ground', ...words])).code
  assert.equal(await code('--answer', 'a'), 2)
  assert.equal(await code('--context', 'deal.txt'), 2)
  assert.equal(await code('--answer', 'a', '--context', 'none.txt'), 6)
  assert.equal(await code('--answer', 'a', '--context', 'picture'), 2)
  assert.equal(await code('--answer', 'a', '--context', 'deal.txt', '--fail-on', 'never'), 2)
})

test('ask: a low answer warns, a refusal shows abstained, evidence names its frame', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const openai = await useProvider(t, workspace, { provider: 'openai' })
  const ask = ['ask', 'knowledge.mv2', '--question', 'What was the acquisition price?', '--use-model', 'openai', '--no-cache']
  openai.setReply(() => ({ text: 'Penguins can fly to Norway. Bananas vote on Tuesdays.' }))
  const low = (await workspace.memvid(ask)).stderr.split('\n')
  assert.ok(low.some((text) => /^grounding: \d+% \(LOW\) - 0\/2 sentences grounded$/.test(text)))
  assert.ok(low.includes('⚠ Warning: Some statements may not be supported by context'))
  openai.setReply(() => ({ text: 'The context does not hold the answer.' }))
  const refusal = (await workspace.memvid(ask)).stderr
  assert.match(refusal, /^grounding: abstained$/m)
  assert.match(refusal, /^note: the context may hold an answer all the same$/m)
  openai.setReply(() => ({ text: 'The acquisition price was $2 billion.' }))
  const { grounding, frames } = await workspace.json<{ grounding: Scored; frames: number[] }>(...ask)
  const evidence = grounding.sentences[0]!.evidence!
  assert.equal(evidence.frame_id, frames[evidence.context])
})

test('ask --judge: the verdict stands beside the score, is recorded, and its cost counted', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const claude = await useProvider(t, workspace, {
    provider: 'claude',
    reply: () => ({ text: '1: UNSUPPORTED', usage: { input: 2000, output: 100 } })
  })
  const usage = { input: 1000, output: 100 }
  const openai = await useProvider(t, workspace, {
    provider: 'openai',
    reply: () => ({ text: 'The acquisition price was $2 billion.', usage })
  })
  const standIns = [claude, openai]
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'judged')
  const ask = ['ask', 'knowledge.mv2', '--question', 'What was the acquisition price?', '--use-model', 'openai:gpt-4o-mini']
  const judged = [...ask, '--judge', 'claude:claude-4-sonnet']
  const { stderr } = await workspace.memvid(judged)
  assert.match(stderr, /^grounding: 100% \(HIGH\) - 1\/1 sentences grounded$/m)
  assert.match(
    stderr,
    /^judge: claude:claude-4-sonnet 0% \(LOW\) - 0\/1 sentences supported {3}tokens: 2000 \+ 100 = 2100 {3}cost: \$0\.0075$/m
  )
  const again = (await workspace.memvid(judged)).stderr
  assert.match(again, /^judge: .* 0% \(LOW\) .*cost: \$0\.00 {3}cached: true \(saved \$0\.0075\)$/m)
  assert.deepEqual(
    standIns.map(({ requests }) => requests.length),
    [1, 1],
    'a repeated ask sends nothing'
  )
  const { totals } = await workspace.json<{ totals: { cost_usd: string; input_tokens: number } }>('session', 'end', 'knowledge.mv2')
  assert.deepEqual([totals.cost_usd, totals.input_tokens], ['0.00771', 3000])
  const { models } = await workspace.json<{ models: { model: string; judges: number; cost_usd: string; saved_usd: string }[] }>(
    'cost',
    'knowledge.mv2'
  )
  const paid = models.map(({ model, judges, cost_usd, saved_usd }) => [model, judges, cost_usd, saved_usd])
  assert.deepEqual(paid, [
    ['claude:claude-4-sonnet', 2, '0.0075', '0.0075'],
    ['openai:gpt-4o-mini', 0, '0.00021', '0.00021']
  ])
  const { actions } = await workspace.json<{ actions: { record: { grounding: Grounded } }[] }>(
    'session',
    'view',
    'knowledge.mv2',
    '--session',
    'judged'
  )
  const { grounding } = actions[0]!.record
  assert.deepEqual([grounding.score, grounding.judge.score, grounding.judge.verdicts], [1, 0, ['UNSUPPORTED']])
  assert.equal((await workspace.memvid([...ask, '--judge', 'local'])).code, 2)
})

test('ground --judge asks a model too', async (t) => {
  const workspace = withTexts(t)
  const openai = await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: '1: SUPPORTED' }) })
  const words = ['ground', '--answer', 'Penguins can fly to Norway.', '--context', 'deal.txt', '--judge', 'openai']
  const run = await workspace.memvid(words)
  assert.equal(run.code, 3, 'the scorer decides, not the judge')
  assert.match(run.stdout, /^judge: openai:gpt-4o-mini 100% \(HIGH\) - 1\/1 sentences supported/m)
  assert.equal(openai.requests.length, 1)
})
