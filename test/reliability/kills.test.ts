/**
 * R5: the real command line is killed at each system call that it makes, and at random. What it acknowledged is there, the file opens and is
 * whole, and the next writer leaves nothing beside it.
 */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { open } from '../../src/index.js'
import { finish, Workspace, type Run } from '../e2e/support/cli.js'
import { callsOf, cli, figures, grown, hasStrace, holds, injected, leftOvers, randomFrom, roundsOf, using, WRITING } from './support.js'

/** Calls that only manage threads, memory and time. */
const INNER = /^(futex|m(unmap|map|advise|protect)|brk|rt_sig|epoll|sched_|getrandom|clone|exit|set_|rseq|poll|statx?|fstat|newfstatat|getpid|gettid|uname|prctl|clock)/

const NOTES: [string, string][] = [0, 1, 2].map((n) => [`mv2://notes/${n}`, `Note ${n}: lamp ${n * 7} on the quay was lit.`])

interface Kill {
  workspace: Workspace
  run: Run
  path: string
}

/** The command is killed at each call that it makes: at all that matter after it opened the file, or at each that writes. Gives how many kills there were. */
async function killedAtEach(t: TestContext, base: string | null, words: (file: string) => string[], everyCall: boolean, check: (kill: Kill) => Promise<void>): Promise<number> {
  const workspace = new Workspace(t)
  const path = workspace.path('k.mv2')
  const afresh = (): void => {
    rmSync(path, { force: true })
    if (base !== null) copyFileSync(base, path)
  }
  afresh()
  const calls = (await callsOf(workspace, cli(...words('k.mv2')), 'k.mv2')).filter(([name]) => !INNER.test(name) && (everyCall || WRITING.split(',').includes(name)))
  let kills = 0
  for (const [name, when] of calls) {
    afresh()
    const run = await injected(workspace, cli(...words('k.mv2')), { calls: name, fault: 'signal=SIGKILL', when })
    if (run.signal === 'SIGKILL') kills += 1
    await check({ workspace, run, path })
  }
  assert.ok(kills >= calls.length / 3, `${calls.length} calls, ${kills} kills`)
  return kills
}

/** What every kill must leave: a whole file with all documents, and after one more put nothing beside it. */
async function goesOn(path: string, documents: [string, string][]): Promise<void> {
  await holds(path, documents)
  await using(await open(path), (memory) => memory.put({ text: 'Put after the kill.', uri: 'mv2://after' }))
  await holds(path, [...documents, ['mv2://after', 'Put after the kill.']])
  assert.deepEqual(leftOvers(path), [])
}

/** Without strace there are kills by the clock alone. */
const byCall = hasStrace ? test : (name: string, _: (t: TestContext) => Promise<void>) => test(`${name} (no strace here: only random kills)`, () => {})

byCall('a put that is killed at any of its system calls', async (t) => {
  const workspace = new Workspace(t)
  await grown(workspace.path('base.mv2'), 3)
  const input = workspace.path('input.txt')
  writeFileSync(input, 'A document about mills.')
  const words = (file: string): string[] => ['put', file, '--input', input, '--uri', 'mv2://new']
  let acknowledged = 0
  const kills = await killedAtEach(t, workspace.path('base.mv2'), words, true, async ({ run, path }) => {
    const isStored = run.stdout.startsWith('Stored frame')
    acknowledged += Number(isStored)
    await goesOn(path, isStored ? [...NOTES, ['mv2://new', 'A document about mills.']] : NOTES)
  })
  figures('R5', `${kills} kills of put, one at each system call, ${acknowledged} after it was acknowledged`)
})

byCall('create that is killed at any call that writes', async (t) => {
  const kills = await killedAtEach(t, null, (file) => ['create', file], false, async ({ path, run }) => {
    if (run.stdout.startsWith('Created')) assert.ok(existsSync(path))
    if (existsSync(path)) await goesOn(path, [])
    assert.deepEqual(leftOvers(path), [])
  })
  figures('R5', `${kills} kills of create`)
})

/** A folder of documents that make some batches. */
function folderOf(workspace: Workspace, count: number): [string, string][] {
  mkdirSync(workspace.path('docs'))
  const documents = Array.from({ length: count }, (_, n): [string, string] => [`d${n}.txt`, `Document ${n} of the folder about lamps and mills. ${'It goes on. '.repeat(3300)}`])
  for (const [name, text] of documents) writeFileSync(workspace.path(`docs/${name}`), text)
  return documents
}

/** Documents of an ingest that is over, or was killed: all when it was acknowledged. */
async function ingested(path: string, run: Run, texts: Set<string>): Promise<void> {
  await goesOn(path, NOTES)
  await using(await open(path), async (memory) => {
    const entries = await memory.timeline({ limit: 10_000 })
    let stored = 0
    for (const { frameId } of entries) stored += Number(texts.has((await memory.get(frameId)).text ?? ''))
    assert.ok(entries.length === stored + NOTES.length + 1, 'nothing but whole documents')
    if (/^Stored \d+/.test(run.stdout)) assert.equal(stored, texts.size)
  })
}

byCall('an ingest that is killed at any call that writes', async (t) => {
  const workspace = new Workspace(t)
  await grown(workspace.path('base.mv2'), 3)
  const texts = new Set(folderOf(workspace, 300).map(([, text]) => text))
  const words = (file: string): string[] => ['put', file, '--input', workspace.path('docs')]
  const kills = await killedAtEach(t, workspace.path('base.mv2'), words, false, ({ path, run }) => ingested(path, run, texts))
  figures('R5', `${kills} kills of an ingest`)
})

byCall('a compaction that is killed at any call that writes', async (t) => {
  const workspace = new Workspace(t)
  await grown(workspace.path('base.mv2'), 140)
  const { size } = statSync(workspace.path('base.mv2'))
  let smaller = 0
  const kills = await killedAtEach(t, workspace.path('base.mv2'), (file) => ['compact', file], false, async ({ path }) => {
    smaller += Number(statSync(path).size < size)
    await goesOn(path, NOTES)
    await using(await open(path), async (memory) => assert.equal((await memory.sessionVerify('growing')).verdict, 'VERIFIED'))
  })
  assert.ok(smaller > 0 && smaller < kills, `${smaller} of ${kills} were killed after the new file had its name`)
  figures('R5', `${kills} kills of a compaction, ${smaller} of them after the new file had its name`)
})

test('kills at random of ingest and compaction, one after the other on one file', async (t) => {
  const workspace = new Workspace(t)
  const path = workspace.path('k.mv2')
  const documents = folderOf(workspace, 200)
  const random = randomFrom()
  const goes = roundsOf(10)
  let [round, kills] = [0, 0]
  for (; goes(round); round += 1) {
    if (round % 10 === 0) {
      rmSync(path, { force: true })
      await grown(path, 140)
    }
    const before = statSync(path)
    const child = workspace.spawn(process.execPath, cli(...(round % 2 === 0 ? ['put', path, '--input', 'docs'] : ['compact', path])).slice(1))
    const done = finish(child)
    // Soon after it first wrote, or at any time.
    while (random() < 0.9 && child.exitCode === null && statSync(path).mtimeMs === before.mtimeMs && statSync(path).ino === before.ino) await sleep(1)
    await sleep(random() * 60)
    child.kill('SIGKILL')
    const run = await done
    kills += Number(run.signal === 'SIGKILL')
    await holds(path, NOTES)
    if (/^Stored \d+/.test(run.stdout)) await using(await open(path), async (memory) => assert.ok((await memory.stats()).liveFrameCount >= 140 + documents.length))
    await using(await open(path), (memory) => memory.put({ text: 'Put after the kill.', uri: 'mv2://after' }))
    assert.deepEqual(leftOvers(path), [])
  }
  figures('R5', `${kills} random kills of ingest and compaction in ${round} rounds`)
})
