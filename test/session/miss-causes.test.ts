import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory, ReplayOptions } from '../../src/index.js'
import { Store } from '../../src/memory/store.js'
import { openNative } from '../../src/native/index.js'
import { eachAction } from '../../src/session/events.js'
import { findSession } from '../../src/session/lookup.js'
import { Probe } from '../../src/session/miss/probe.js'
import { recordedList } from '../../src/session/miss/ranked-list.js'
import { readFrame, standingOf } from '../../src/session/miss/standing.js'
import type { FindRecord } from '../../src/session/record.js'
import { replayFind } from '../../src/session/replay-find.js'
import { expected, searched } from './miss-support.js'

test('changed content is told from changed settings', async (t) => {
  const mem = await searched(t, { k: 4 })
  const cause = async (uri: string, options: ReplayOptions) => {
    const { cause, note } = await expected(mem, uri, options)
    return [cause, note.replace(/^Document existed at rank \d+, /, '')]
  }
  assert.deepEqual(await cause('mv2://k/5', { topK: 8 }), ['settings', 'top-k found it'])
  assert.deepEqual(await cause('mv2://k/5', { topK: 8, asOf: 'recorded' }), ['settings', 'top-k found it'])
  await mem.delete('mv2://k/0')
  assert.deepEqual(await cause('mv2://k/4', {}), ['content', "today's content found it"])
  assert.deepEqual(await cause('mv2://k/4', { topK: 8 }), ['either', 'top-k found it'])
  assert.deepEqual(await cause('mv2://k/4', { topK: 4 }), ['content', "today's content found it"])
  assert.deepEqual(await cause('mv2://k/5', { topK: 5 }), ['both', "top-k on today's content found it"])
  assert.deepEqual(await cause('mv2://k/7', { adaptive: { threshold: 0.1 } }), ['settings', 'adaptive found it'])
  const [find] = (await mem.sessionReplay('s', { topK: 8 })).findResults
  assert.deepEqual(find!.came.map((change) => change.cause), ['either', 'settings', 'settings', 'settings', 'both'])
  assert.deepEqual(find!.went.map((change) => [change.cause, change.reason]), [['content', 'deleted']])
})

/** The list of the session's first search as recorded, changed as a test wants it. */
async function forgedList(t: TestContext, mem: Memory, change: (record: FindRecord) => void) {
  const store = new Store(mem.path, 'test', await openNative(mem.path, {}))
  t.after(() => store.close())
  for await (const { record } of eachAction(store, await findSession(store, 's'))) {
    const find = structuredClone(record) as FindRecord
    change(find)
    const list = recordedList(store, find.query, find.parameters, find.retrieval!)
    const replay = async (options: ReplayOptions) => {
      const { query, parameters, retrieval } = find
      return (await replayFind(store, 1, { query, parameters, retrieval: retrieval! }, options)).replay
    }
    return { list, replay, standing: async (frameId: number) => standingOf(list, frameId, await readFrame(store, frameId)) }
  }
  throw new Error('the session has no action')
}

test('what no reason explains is said to be so: another engine, a frame that is gone, a commit that can not be searched', async (t) => {
  const mem = await searched(t, { k: 4 })
  const shortened = await forgedList(t, mem, ({ retrieval }) => {
    for (const column of Object.values(retrieval!.candidates)) if (Array.isArray(column)) column.splice(1, 1)
  })
  const otherwise = await shortened.standing(1)
  assert.deepEqual([otherwise.reason, otherwise.rank], ['not-reproduced', 2])
  const missing = await standingOf(shortened.list, 99, null)
  assert.deepEqual([missing.reason, missing.note], ['missing', 'no longer in the file'])
  const unsearchable = await forgedList(t, mem, ({ retrieval }) => {
    retrieval!.snapshot.commit = 9_999
  })
  assert.equal((await unsearchable.standing(20)).reason, 'unknown')
})

test('a document that no k comes to is said to be deeper, and its rank is not guessed', async (t) => {
  const mem = await searched(t, { k: 4 }, 400)
  const deep = (await mem.find('kestrel', { mode: 'lex', k: 400 })).hits.at(-1)!.frameId
  const { list, standing } = await forgedList(t, mem, () => {})
  assert.equal((await standing(deep)).rank, 400)
  const { probe } = list
  const shallow = { ...list, probe: new Probe(probe.store, probe.query, probe.parameters, probe.commit, 8) }
  const { reason, rank, need, note } = await standingOf(shallow, deep, await readFrame(probe.store, deep))
  assert.deepEqual([reason, rank, need, note], ['below-top-k', null, null, 'below top-k: deeper than any k up to 8 looks'])
})

test('a document whose content changed is told by both of its frames', async (t) => {
  const mem = await searched(t, { k: 4 })
  await mem.update('mv2://k/0', { text: 'trains' })
  const changed = await expected(mem, 'mv2://k/0')
  assert.deepEqual([changed.recorded!.frameId, changed.replayed!.frameId, changed.cause], [0, 21, 'content'])
  assert.match(changed.note, /^Document has no query term in it.*; its content changed: frame 0 then, frame 21 now$/)
  const { went } = (await mem.sessionReplay('s')).findResults[0]!
  assert.match(went[0]!.note, /^Document was superseded since by frame 21 \(commit \d+\); its new version is not in the list$/)
  await mem.update('mv2://k/1', { text: 'kestrel kestrel' })
  const replaced = (await mem.sessionReplay('s')).findResults[0]!
  assert.match(replaced.went[1]!.note, /; its new version is at rank 1$/)
  const moved = 'Document was found at rank 2, and is at rank 1; its content changed: frame 1 then, frame 22 now'
  assert.equal((await expected(mem, 'mv2://k/1')).note, moved)
})

test('a list that this engine does not give again is neither changed content nor changed settings', async (t) => {
  const mem = await searched(t, { k: 4 })
  const { replay } = await forgedList(t, mem, ({ retrieval }) => {
    const { candidates } = retrieval!
    candidates.frameId.splice(3, 2, candidates.frameId[4]!, candidates.frameId[3]!)
    candidates.contentHash.set([...candidates.contentHash.slice(128, 160), ...candidates.contentHash.slice(96, 128)], 96)
  })
  for (const options of [{ asOf: 'recorded' as const }, { asOf: 'recorded' as const, alpha: 0.9 }]) {
    const { status, came, went, retrieval } = await replay(options)
    assert.equal(status, 'CHANGED')
    const note = "Document existed at rank 5, today's engine found it"
    assert.deepEqual(came.map((change) => [change.frameId, change.cause, change.note]), [[3, 'engine', note]])
    assert.deepEqual(went.map(({ frameId, cause, reason }) => [frameId, cause, reason]), [[4, 'engine', 'below-top-k']])
    assert.equal(retrieval, 'rank 4: frame 4 was recorded, frame 3 came now')
  }
})

test('the recorded ranking is compared by bytes, passage, score and cut', async (t) => {
  const mem = await searched(t, { k: 4 })
  const retrieval = async (change: (record: NonNullable<FindRecord['retrieval']>) => void) => {
    const { replay } = await forgedList(t, mem, (record) => change(record.retrieval!))
    return (await replay({ asOf: 'recorded' })).retrieval
  }
  assert.equal(await retrieval(() => {}), 'REPRODUCED')
  assert.equal(await retrieval(({ candidates }) => (candidates.contentHash[40]! ^= 1)), 'rank 2: frame 1 has another content hash')
  assert.equal(await retrieval(({ candidates }) => (candidates.length[1]! += 1)), 'rank 2: frame 1 was found by another passage')
  assert.match((await retrieval(({ candidates }) => (candidates.score[1]! += 0.1)))!, /^rank 2: frame 1 had score [\d.]+, now [\d.]+$/)
  assert.equal(await retrieval(({ cut }) => (cut.kept = 3)), '3 results were kept, 4 are now')
  assert.equal(await retrieval(({ candidates }) => candidates.frameId.pop()), 'rank 20: frame 19 came in addition')
  assert.equal(await retrieval(({ candidates }) => candidates.frameId.push(99)), 'rank 21: frame 99 was recorded, nothing came now')
})

test('a document is expected by its URI, its frame, or a text that stands in it', async (t) => {
  const mem = await searched(t, { k: 4 })
  await mem.putMany([{ text: 'The Odd\n One, "out" of -many', uri: 'mv2://a' }, { text: 'the odd one, "out" of -many, again', uri: 'mv2://b' }])
  const frame = async (expect: string | number) => {
    const { recorded, others } = await expected(mem, expect)
    return recorded && [recorded.uri, others]
  }
  assert.deepEqual(await frame('mv2://k/9'), ['mv2://k/9', 0])
  assert.deepEqual(await frame(9), ['mv2://k/9', 0])
  assert.deepEqual(await frame('9'), ['mv2://k/9', 0])
  assert.deepEqual(await frame('TRAINS and  rails'), ['mv2://odd', 0])
  assert.deepEqual(await frame('odd one, "out" of -many'), ['mv2://a', 1])
  await mem.delete('mv2://odd')
  assert.deepEqual(await frame('trains and rails'), ['mv2://odd', 0])
  for (const nothing of ['mv2://nowhere', 'rails and trains', 999, '!!!']) {
    const { recorded, replayed, note } = await expected(mem, nothing)
    assert.deepEqual([recorded, replayed, note], [null, null, 'No document of this file, then or now, is what was expected'])
  }
})
