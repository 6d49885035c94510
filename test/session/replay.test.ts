import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory, ReplayResult } from '../../src/index.js'
import { fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

/** Documents whose words make their order plain: the n-th names the kestrel in an ever longer sentence. */
function ladder(count: number) {
  return Array.from({ length: count }, (_, n) => ({ text: `kestrel ${'and other birds of the moor '.repeat(n + 1)}`, uri: `mv2://k/${n}` }))
}

async function ladderSession(t: TestContext): Promise<Memory> {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(ladder(20))
  await mem.sessionStart('s')
  await mem.find('kestrel', { k: 4 })
  await mem.sessionEnd()
  return mem
}

test('on unchanged content a find is IDENTICAL and its ranking is reproduced', async (t) => {
  const mem = await ladderSession(t)
  const today = await mem.sessionReplay('s')
  assert.deepEqual([today.steps[0]!.status, today.ok, today.retrieval], ['IDENTICAL', true, null])
  assert.deepEqual(today.findResults[0]!.overrides, {})
  assert.equal((await mem.sessionReplay('s', { asOf: 'recorded' })).retrieval, 'REPRODUCED')
})

test('a document below the cut is shown with its rank and what found it', async (t) => {
  const mem = await ladderSession(t)
  const wider = await mem.sessionReplay('s', { topK: 12 })
  const [find] = wider.findResults
  assert.deepEqual([find!.status, wider.ok, find!.overrides], ['CHANGED', true, { k: 12 }])
  assert.deepEqual(find!.newFrames.length, 12)
  const last = find!.came.at(-1)!
  assert.deepEqual([last.oldRank, last.newRank, last.reason], [12, 12, 'below-top-k'])
  assert.equal(last.note, 'Document existed at rank 12, top-k found it')
  assert.equal(last.uri, 'mv2://k/11')
  const adaptive = await mem.sessionReplay('s', { adaptive: { threshold: 0.1 } })
  const note = adaptive.findResults[0]!.came.find((change) => change.oldRank === 12)!.note
  assert.equal(note, 'Document existed at rank 12, adaptive found it')
  const narrower = await mem.sessionReplay('s', { topK: 2 })
  const [gone] = narrower.findResults[0]!.went
  assert.deepEqual([gone!.reason, gone!.note], ['below-top-k', 'Document is below top-k: rank 3, would need k ≥ 3'])
})

test('what changed since is told apart: new, deleted, superseded, moved', async (t) => {
  const mem = await ladderSession(t)
  await mem.delete('mv2://k/0')
  await mem.update('mv2://k/1', { text: 'nothing about birds of prey' })
  await mem.put({ text: 'kestrel', uri: 'mv2://new' })
  const replay = await mem.sessionReplay('s')
  const [find] = replay.findResults
  assert.deepEqual([find!.status, replay.ok], ['CHANGED', false])
  assert.deepEqual(find!.went.map((change) => [change.uri, change.oldRank, change.reason]), [
    ['mv2://k/0', 1, 'deleted'],
    ['mv2://k/1', 2, 'superseded'],
  ])
  assert.match(find!.went[1]!.note, /superseded since by frame 20 \(commit \d+\)/)
  const fresh = find!.came.find((change) => change.uri === 'mv2://new')!
  assert.deepEqual([fresh.reason, fresh.oldRank, fresh.newRank], ['not-in-file-then', null, 1])
  const risen = find!.came.find((change) => change.uri === 'mv2://k/4')!
  assert.deepEqual([risen.oldRank, risen.note], [5, "Document existed at rank 5, today's content found it"])
  assert.deepEqual(find!.moved, [{ frameId: 2, oldRank: 3, newRank: 2 }, { frameId: 3, oldRank: 4, newRank: 3 }])
  // The file's own past is untouched by all that.
  const then = await mem.sessionReplay('s', { asOf: 'recorded' })
  assert.deepEqual([then.findResults[0]!.status, then.retrieval], ['IDENTICAL', 'REPRODUCED'])
})

test('a displaced top hit is REORDERED, not the same', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany([
    { text: 'the kestrel on the moor', uri: 'mv2://moor/kestrel' },
    { text: 'the harrier on the moor', uri: 'mv2://moor/harrier' },
    ...Array.from({ length: 5 }, (_, n) => ({ text: `a kestrel ${n}`, uri: `mv2://zoo/kestrel/${n}` })),
  ])
  await mem.sessionStart('s')
  await mem.find('kestrel harrier', { scope: 'mv2://moor/' })
  await mem.sessionEnd()
  // Outside of the scope, harriers become common, so that the word says less and the kestrel comes first.
  await mem.putMany(Array.from({ length: 50 }, (_, n) => ({ text: `a harrier ${n}`, uri: `mv2://zoo/harrier/${n}` })))
  const replay = await mem.sessionReplay('s')
  const [find] = replay.findResults
  assert.deepEqual([find!.status, find!.oldFrames, find!.newFrames, replay.ok], ['REORDERED', [1, 0], [0, 1], false])
  assert.deepEqual([find!.came, find!.went], [[], []])
  assert.deepEqual(find!.displacedTop, { frameId: 1, newRank: 2, by: 0 })
  assert.match(replay.steps[0]!.note!, /top hit is displaced: frame 1 was first and is at rank 2 now.*2 documents at another rank/)
})

test('an ask is searched again, and asked again only where nothing is paid or a model is named', async (t) => {
  const standIn = await startStandIn({ provider: 'openai', reply: () => 'It was $2 billion [1].' })
  t.after(() => standIn.close())
  setEnvironment(t, standIn.env)
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.', uri: 'mv2://deal' })
  await mem.sessionStart('s')
  await mem.ask('What was the acquisition valued at?', { model: 'openai' })
  await mem.ask('What was the acquisition valued at?')
  await mem.sessionEnd()
  const plain = await mem.sessionReplay('s')
  const statuses = plain.askResults.map((ask) => [ask.status, ask.answerStatus])
  assert.deepEqual(statuses, [['IDENTICAL', 'NOT RE-ASKED'], ['IDENTICAL', 'IDENTICAL']])
  assert.equal(standIn.requests.length, 1)
  await mem.update('mv2://deal', { text: 'The acquisition was valued at $3 billion.' })
  const named = await mem.sessionReplay('s', { useModel: 'openai:gpt-4o', diff: true })
  assert.equal(standIn.requests.length, 3)
  assert.ok(standIn.requests[1]!.user.includes('$3 billion'))
  assert.deepEqual(named.askResults[0]!.supersededSince, [0])
  assert.equal(named.askResults[0]!.diffStatus, 'IDENTICAL')
  const skipped = await mem.sessionReplay('s', { skipAsks: true })
  assert.deepEqual(skipped.steps.map((step) => step.status), ['SKIPPED', 'SKIPPED'])
})

test('a replay begins after a checkpoint, by name or number, once the file proves it', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.sessionStart('s')
  await mem.put({ text: 'first' })
  await mem.sessionCheckpoint('half')
  await mem.put({ text: 'second' })
  await mem.sessionCheckpoint()
  await mem.find('second')
  await mem.sessionEnd()
  const steps = async (fromCheckpoint: string | number) => {
    const replay = await mem.sessionReplay('s', { fromCheckpoint })
    return [replay.fromCheckpoint!.name, replay.steps.map((step) => [step.step, step.kind, step.status])]
  }
  assert.deepEqual(await steps('half'), ['half', [[3, 'put', 'IDENTICAL'], [4, 'checkpoint', 'VERIFIED'], [5, 'find', 'IDENTICAL']]])
  assert.deepEqual(await steps(2), ['checkpoint-2', [[5, 'find', 'IDENTICAL']]])
  assert.deepEqual((await steps('1'))[0], 'half')
  await assert.rejects(mem.sessionReplay('s', { fromCheckpoint: 'none' }), fails('CheckpointNotFound'))
  await assert.rejects(mem.sessionReplay('s', { fromCheckpoint: 3 }), fails('CheckpointNotFound'))
})

test('the same session replayed twice gives the same result apart from timings', async (t) => {
  const mem = await ladderSession(t)
  const untimed = (replay: ReplayResult) => JSON.stringify(replay, (key, value: unknown) => (/Ms$/.test(key) ? 0 : value))
  for (const options of [{}, { audit: true }, { topK: 10 }, { asOf: 'recorded' as const }, { expect: 9, sweep: 'top-k,adaptive' }]) {
    assert.equal(untimed(await mem.sessionReplay('s', options)), untimed(await mem.sessionReplay('s', options)))
  }
})

test('two sessions are aligned by what their actions are about', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(ladder(6))
  const record = async (name: string, queries: string[]) => {
    await mem.sessionStart(name)
    for (const query of queries) await mem.find(query)
    await mem.ask('Which birds are on the moor?')
    await mem.sessionEnd()
  }
  await record('a', ['kestrel', 'moor'])
  await record('b', ['birds', 'moor', 'kestrel'])
  const same = await mem.sessionCompare('a', 'a')
  assert.deepEqual([same.identical, same.pairs.length, same.identicalPairs], [true, 3, 3])
  const compared = await mem.sessionCompare('a', 'b')
  assert.deepEqual([compared.identical, compared.identicalPairs, compared.onlyA.length], [false, 3, 0])
  assert.deepEqual(compared.onlyB.map((action) => action.summary['query']), ['birds'])
  await record('twice', ['kestrel', 'moor', 'kestrel'])
  const twice = await mem.sessionCompare('a', 'twice')
  assert.deepEqual([twice.identicalPairs, twice.onlyB.map((action) => [action.number, action.summary['query']])], [3, [[2, 'kestrel']]])
  const turned = await mem.sessionCompare('twice', 'a')
  assert.deepEqual([turned.identicalPairs, turned.onlyA.map((action) => action.number), turned.onlyB], [3, [2], []])
  await mem.put({ text: 'kestrel kestrel', uri: 'mv2://new' })
  await record('c', ['kestrel', 'moor'])
  const changed = await mem.sessionCompare('a', 'c')
  const pair = changed.pairs.find((each) => each.about === 'kestrel')!
  assert.deepEqual([pair.identical, pair.retrieval!.status, pair.retrieval!.came], [false, 'CHANGED', [6]])
})
