/** The Quick Example and How It Works of the user's document, typed into a shell as they stand there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Workspace, type Run } from './support/cli.js'
import { documentBlock } from './support/document.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'
import { examplesBetween } from './support/script.js'

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function succeeded(run: Run): Run {
  assert.equal(run.code, 0, run.stdout + run.stderr)
  return run
}

function sessionIdOf(run: Run): string {
  const id = /^Session started\. ([0-9a-f-]{36})$/m.exec(run.stdout)?.[1]
  assert.ok(id, run.stdout)
  return id
}

test('the Quick Example', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const answer = 'The revenue was $4.2 million in 2024.'
  const openai = await useProvider(t, workspace, {
    provider: 'openai',
    reply: () => ({ text: answer, usage: { input: 3112, output: 42 } }),
  })
  const claude = await useProvider(t, workspace, { provider: 'claude', reply: () => ({ text: answer }) })
  const [start, ask, end, replay, ...rest] = examplesBetween('Quick Example', 'How It Works')
  assert.ok(start && ask && end && replay && rest.length === 0)

  const id = sessionIdOf(succeeded(await workspace.shell(start.command)))
  const asked = succeeded(await workspace.shell(ask.command))
  assert.equal(asked.stdout, `${answer}\n`)
  // The score is the scorer's affair: the document shows 95% for an answer that is not ours.
  const unscored = (line: string): string => line.replace(/\d+%/, '…%')
  assert.deepEqual(ask.promised, ['tokens: 3112 + 42 = 3154   cost: $0.0005   grounding: 95% (HIGH)'])
  assert.ok(
    lines(asked.stderr)
      .map(unscored)
      .includes(unscored(ask.promised[0] ?? '')),
    asked.stderr,
  )

  for (const query of ['revenue', 'growth', 'acquisition', 'price']) await workspace.ok('find', 'knowledge.mv2', '--query', query)
  assert.deepEqual(lines(succeeded(await workspace.shell(end.command)).stdout), end.promised)

  const replayed = succeeded(await workspace.shell(replay.command.replace('<id>', id)))
  assert.deepEqual(replay.promised, ['Diff: IDENTICAL ✓'])
  assert.ok(lines(replayed.stdout).includes(`   ${replay.promised[0]}`), replayed.stdout)
  assert.equal(openai.requests.length, 1)
  assert.equal(claude.requests.length, 1)
  assert.match(String(claude.requests[0]?.body['model']), /sonnet/)
})

test('How It Works, and audit with and without another model', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const original = 'The acquisition was valued at $2 billion.'
  const other = 'The acquisition price was $2B according to the documents.'
  await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: original, usage: { input: 3112, output: 19 } }) })
  await useProvider(t, workspace, { provider: 'claude', reply: () => ({ text: other }) })
  const examples = examplesBetween('1. Start Recording', 'Replay Modes')
  const [start, ask, end, view] = examples
  assert.ok(start && ask && end && view && examples.length === 4)

  const id = sessionIdOf(succeeded(await workspace.shell(start.command)))
  await workspace.ok('find', 'knowledge.mv2', '--query', 'acquisition price')
  const asked = succeeded(await workspace.shell(ask.command))
  assert.ok(lines(asked.stderr).includes('tokens: 3112 input + 19 output = 3131   cost: $0.000478'), asked.stderr)
  assert.ok(lines(asked.stderr).includes('grounding: 100% (HIGH) - 1/1 sentences grounded'), asked.stderr)
  for (let count = 0; count < 10; count += 1) await workspace.ok('find', 'knowledge.mv2', '--query', `price in place ${count}`)
  assert.deepEqual(
    lines(succeeded(await workspace.shell(end.command)).stdout).map((line) => `Output: ${line}`),
    end.promised,
  )

  const viewed = lines(succeeded(await workspace.shell(view.command.replace('<session-id>', id))).stdout)
  assert.deepEqual(
    viewed.slice(0, 3),
    documentBlock('4. View Session Details', '# Actions:').map((line) => line.replace(/^# /, '')),
  )
  assert.equal(viewed.length, 13)

  const frames = (
    await workspace.json<{ ask_results: { frozen_frames: number[] }[] }>('session', 'replay', 'knowledge.mv2', '--session', id, '--audit')
  ).ask_results[0]?.frozen_frames
  assert.ok(frames && frames.length > 1)
  const promise = (heading: string): string[] =>
    documentBlock(heading, '✓ Step').map((line) =>
      line.replace('Step 3/12', 'Step 2/12').replace(/frames: \[.*\]/, `frames: [${frames.join(', ')}]`),
    )
  const askStep = async (heading: string, next: string): Promise<string[]> => {
    const [example] = examplesBetween(heading, next)
    assert.ok(example)
    const printed = lines(succeeded(await workspace.shell(example.command.replace('<id>', id))).stdout)
    const at = printed.findIndex((line) => line.endsWith('Step 2/12 ask'))
    const length = printed.slice(at + 1).findIndex((line) => !line.startsWith('   '))
    return printed.slice(at, at + 1 + length)
  }
  assert.deepEqual(await askStep('Audit Replay (Frozen Context)', 'Output shows frozen frames'), promise('Output shows frozen frames'))
  assert.deepEqual(await askStep('Model A/B Testing\n\nCompare', 'Output shows comparison'), promise('Output shows comparison'))
  const [standard] = examplesBetween('Replay Modes', 'Audit Replay (Frozen')
  assert.ok(standard)
  const debugged = succeeded(await workspace.shell(standard.command.replace('<id>', id)))
  assert.match(debugged.stdout, /^. Step 1\/12 find$/m)
})
