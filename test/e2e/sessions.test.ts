/** Sessions over separate processes, and everything that can be wrong about one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open } from '../../src/index.js'
import { Workspace, type Run } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'

function refused(run: Run, exitCode: number, message: RegExp): void {
  assert.equal(run.code, exitCode, run.stdout + run.stderr)
  assert.equal(run.stdout, '')
  assert.match(run.stderr, message)
  assert.match(run.stderr, /^error\[\w+\]: /)
}

async function start(workspace: Workspace, name: string): Promise<string> {
  return (await workspace.json<{ session_id: string }>('session', 'start', 'knowledge.mv2', '--name', name)).session_id
}

test('start, ask and end in three processes make one session', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const id = await start(workspace, 'Three processes')
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the acquisition price?')
  assert.equal(await workspace.ok('session', 'end', 'knowledge.mv2'), 'Session ended. 1 actions recorded.\n')
  const [session] = await workspace.json<Record<string, unknown>[]>('session', 'list', 'knowledge.mv2')
  assert.deepEqual([session?.['session_id'], session?.['status'], session?.['action_count']], [id, 'ended', 1])
})

test('a session is found by its id, by the beginning of it, and by its name', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const id = await start(workspace, 'Prüfung 2026-11 记录')
  await workspace.ok('find', 'knowledge.mv2', '--query', 'price')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  for (const reference of [id, id.slice(0, 13), 'Prüfung 2026-11 记录']) {
    assert.match(await workspace.ok('session', 'view', 'knowledge.mv2', '--session', reference), /^Actions:\n {2}\[0\] FIND - /)
  }
})

test('an unknown session and an ambiguous beginning are refused', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  for (const name of ['one', 'two']) {
    await start(workspace, name)
    await workspace.ok('session', 'end', 'knowledge.mv2')
  }
  const view = (session: string): Promise<Run> => workspace.memvid(['session', 'view', 'knowledge.mv2', '--session', session])
  refused(await view('nothing-like-it'), 1, /error\[SessionNotFound\]/)
  refused(await view('0'), 2, /error\[AmbiguousSession\]/)
})

test('a second start is refused while one is active, and an end while none is', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  refused(await workspace.memvid(['session', 'end', 'knowledge.mv2']), 1, /error\[NoActiveSession\]/)
  refused(await workspace.memvid(['session', 'checkpoint', 'knowledge.mv2']), 1, /error\[NoActiveSession\]/)
  await start(workspace, 'first')
  refused(await workspace.memvid(['session', 'start', 'knowledge.mv2', '--name', 'second']), 1, /error\[SessionActive\]/)
  assert.equal(await workspace.ok('session', 'end', 'knowledge.mv2'), 'Session ended. 0 actions recorded.\n')
})

test('an empty session can be viewed and replayed', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const id = await start(workspace, 'empty')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  assert.equal(await workspace.ok('session', 'view', 'knowledge.mv2', '--session', id), 'Actions:\n')
  const replay = await workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', id, '--audit'])
  assert.deepEqual([replay.code, replay.stdout, replay.stderr], [0, '', 'Replayed 0 of 0 actions.\n'])
})

test('a view shows the actions that are asked for', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const id = await start(workspace, 'pages')
  const mem = await open(workspace.path('knowledge.mv2'))
  for (let number = 0; number < 230; number++) await mem.record({ name: `call ${number}` })
  await mem.close()
  const view = (...words: string[]): Promise<Run> => workspace.memvid(['session', 'view', 'knowledge.mv2', '--session', id, ...words])
  const numbers = ({ stdout }: Run): number[] => [...stdout.matchAll(/^ {2}\[(\d+)\]/gm)].map(([, digits]) => Number(digits))
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
  const whole = await view()
  assert.deepEqual([numbers(whole), whole.stderr], [range(0, 230), ''])
  const middle = await view('--offset', '95', '--limit', '110')
  assert.deepEqual([numbers(middle), middle.stderr], [range(95, 205), '110 of 230 actions, from number 95\n'])
  assert.deepEqual(numbers(await view('--offset', '228')), [228, 229])
  for (const none of [['--limit', '0'], ['--offset', '230']]) {
    const { stdout, code } = await view(...none)
    assert.deepEqual([stdout, code], ['Actions:\n', 0])
  }
  const json = JSON.parse((await view('--offset', '150', '--limit', '3', '--json')).stdout)
  assert.deepEqual([json.offset, json.action_count, json.actions.map((action: any) => action.number)], [150, 230, [150, 151, 152]])
  assert.equal((await view('--limit', '-1')).code, 2)
})

test('skips, checkpoints and deletion', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const id = await start(workspace, 'skips')
  await workspace.ok('find', 'knowledge.mv2', '--query', 'price')
  const checkpoint = await workspace.ok('session', 'checkpoint', 'knowledge.mv2', '--name', 'before the question')
  assert.match(checkpoint, /^Checkpoint "before the question" at action 1, commit \d+\.\n$/)
  await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the acquisition price?')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const replay = (...words: string[]): Promise<string> => workspace.ok('session', 'replay', 'knowledge.mv2', '--session', id, ...words)
  const steps = (output: string): string[] => output.split('\n').filter((line) => !line.startsWith(' ') && line !== '')
  assert.deepEqual(steps(await replay()), ['✓ Step 1/3 find', '✓ Step 2/3 checkpoint', '✓ Step 3/3 ask'])
  assert.deepEqual(steps(await replay('--skip-asks')), ['✓ Step 1/3 find', '✓ Step 2/3 checkpoint', '- Step 3/3 ask'])
  assert.deepEqual(steps(await replay('--skip-finds')), ['- Step 1/3 find', '✓ Step 2/3 checkpoint', '✓ Step 3/3 ask'])
  assert.deepEqual(steps(await replay('--from-checkpoint', 'before the question')), ['✓ Step 3/3 ask'])
  assert.match(await workspace.ok('session', 'delete', 'knowledge.mv2', '--session', id), /^Session deleted\. /)
  assert.deepEqual(await workspace.json('session', 'list', 'knowledge.mv2'), [])
})

test('two sessions are compared by what was done in them', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const record = async (name: string, topK: string): Promise<string> => {
    const id = await start(workspace, name)
    await workspace.ok('find', 'knowledge.mv2', '--query', 'acquisition price', '--top-k', topK)
    await workspace.ok('ask', 'knowledge.mv2', '--question', 'What was the acquisition price?')
    await workspace.ok('session', 'end', 'knowledge.mv2')
    return id
  }
  const [a, b] = [await record('a', '4'), await record('b', '6')]
  const output = await workspace.ok('session', 'compare', 'knowledge.mv2', '-a', a, '-b', b)
  assert.match(
    output,
    /^A: "a" \S+, 2 actions\nB: "b" \S+, 2 actions\n≠ \[0\] \[0\] find "acquisition price"\n {3}Results: CHANGED, only in B: \[\d+, \d+\], only in A: \[\]\n= \[1\] \[1\] ask /,
  )
  assert.match(output, /1 of 2 pairs identical, 0 only in A, 0 only in B\.\n$/)
  const changed = await workspace.memvid(['session', 'compare', 'knowledge.mv2', '-a', a, '-b', b, '--fail-on', 'changed'])
  assert.equal(changed.code, 3)
})

test('options of debug mode are refused in an audit', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const id = await start(workspace, 'options')
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const replay = (...words: string[]): Promise<Run> => workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', id, ...words])
  refused(await replay('--audit', '--top-k', '5'), 2, /--top-k is for debug mode/)
  refused(await replay('--audit', '--adaptive'), 2, /--adaptive is for debug mode/)
  refused(await replay('--web', '--top-k', '5'), 2, /--web goes with --session and --json only/)
  refused(await replay('--top-k', 'five'), 2, /whole number/)
  refused(await replay('--from-checkpoint', 'none such'), 1, /error\[CheckpointNotFound\]/)
})
