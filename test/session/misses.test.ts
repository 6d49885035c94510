import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AskOptions, ExpectedReplay, FindOptions, Memory, MissReason, ReplayOptions, Standing } from '../../src/index.js'
import { Store } from '../../src/memory/store.js'
import { openNative } from '../../src/native/index.js'
import { eachAction } from '../../src/session/events.js'
import { findSession } from '../../src/session/lookup.js'
import { recordedList } from '../../src/session/miss/ranked-list.js'
import { readFrame, standingOf } from '../../src/session/miss/standing.js'
import type { FindRecord } from '../../src/session/record.js'
import { replayFind } from '../../src/session/replay-find.js'
import { newMemory } from '../memory/support.js'

/** Documents whose words make their order plain: the n-th names the kestrel in an ever longer sentence. */
function ladder(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    text: `kestrel ${'and other birds of the moor '.repeat(n + 1)}`,
    uri: `mv2://k/${n}`,
    tags: n % 2 === 0 ? ['even', 'all'] : ['all'],
    timestamp: n * 1000,
  }))
}

/** A memory with these documents and one more that has none of the words, and a session with one search. */
async function searched(t: TestContext, options: FindOptions, count = 20, query = 'kestrel'): Promise<Memory> {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany([...ladder(count), { text: 'trains and rails', uri: 'mv2://odd' }])
  await mem.sessionStart('s')
  await mem.find(query, { mode: 'lex', ...options })
  await mem.sessionEnd()
  return mem
}

async function expected(mem: Memory, expect: string | number, options: ReplayOptions = {}): Promise<ExpectedReplay> {
  const { findResults, askResults } = await mem.sessionReplay('s', { expect, ...options })
  return (findResults[0] ?? askResults[0]!.find!).expected!
}

/** The parts of a standing that say why. */
function why({ reason, rank, need, note }: Standing) {
  return { reason, rank, need, note }
}

test('below top-k: the rank, and the k that finds it, in the candidates and far below them', async (t) => {
  const mem = await searched(t, { k: 4 }, 400)
  const { hits } = await mem.find('kestrel', { mode: 'lex', k: 400 })
  for (const rank of [5, 12, 100, 101, 399]) {
    const { recorded } = await expected(mem, hits[rank - 1]!.uri)
    assert.deepEqual(why(recorded!), {
      reason: 'below-top-k',
      rank,
      need: { k: rank },
      note: `below top-k: rank ${rank}, would need k ≥ ${rank}`,
    })
  }
  const { recorded } = await expected(mem, hits[3]!.frameId)
  assert.deepEqual([recorded!.found, recorded!.note], [true, 'found at rank 4'])
})

test('a document whose URI begins those of many others is told from them', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  const others = ladder(300).map(({ text }, n) => ({ text: text.slice(0, 300 + n), uri: `mv2://k/${n}`, timestamp: 0 }))
  await mem.putMany([...others, { text: `kestrel ${'and other words of no matter '.repeat(20)}`, uri: 'mv2://k', timestamp: 0 }])
  await mem.sessionStart('s')
  await mem.find('kestrel', { mode: 'lex', k: 4 })
  await mem.sessionEnd()
  const { rank } = (await mem.find('kestrel', { mode: 'lex', k: 301 })).hits.find((hit) => hit.uri === 'mv2://k')!
  assert.ok(rank > 200)
  assert.deepEqual(why((await expected(mem, 'mv2://k')).recorded!).need, { k: rank })
})

test('below what a hybrid search ranks at all: found with the k that is named, and not with one less', async (t) => {
  const mem = await newMemory(t)
  await mem.putMany(ladder(700))
  await mem.sessionStart('s')
  await mem.find('kestrel', { k: 8 })
  await mem.sessionEnd()
  const finds = async (k: number, uri: string) => (await mem.find('kestrel', { k })).hits.some((hit) => hit.uri === uri)
  for (const n of [40, 130, 555]) {
    const uri = `mv2://k/${n}`
    const { recorded } = await expected(mem, uri)
    const k = recorded!.need!.k!
    assert.equal(recorded!.reason, 'below-top-k')
    assert.deepEqual([k > 8, await finds(k, uri), await finds(k - 1, uri)], [true, true, false])
  }
  // The text arm ranks a hundred and does not come to it: that is no proof that the query's word is not in it.
  const byWords = new Set((await mem.find('kestrel', { mode: 'lex', k: 100 })).hits.map((hit) => hit.uri))
  const { hits } = await mem.find('kestrel', { mode: 'vec', k: 100 })
  const { recorded } = await expected(mem, hits.find((hit) => !byWords.has(hit.uri) && hit.rank > 8)!.uri)
  assert.deepEqual([recorded!.text, recorded!.vector !== null, recorded!.reason], [null, true, 'below-top-k'])
  assert.doesNotMatch(recorded!.note, /no query term/)
})

test('filtered: by which filters, and where it would stand without them', async (t) => {
  const mem = await searched(t, { k: 4, scope: 'mv2://k/1', tags: ['all', 'even'], after: 2_000, before: 15_000 })
  const filters = async (uri: string) => (await expected(mem, uri)).recorded!
  const late = await filters('mv2://k/17')
  assert.deepEqual(late.filters, ['tag even', 'before 1970-01-01T00:00:15.000Z'])
  assert.deepEqual(why(late), {
    reason: 'filtered',
    rank: 8,
    need: { without: late.filters, k: 8 },
    note: 'filtered out by tag even, before 1970-01-01T00:00:15.000Z; without them: below top-k: rank 8, would need k ≥ 8',
  })
  assert.deepEqual((await filters('mv2://k/1')).filters, ['tag even', 'after 1970-01-01T00:00:02.000Z'])
  const outside = await filters('mv2://k/4')
  assert.deepEqual(why(outside), {
    reason: 'filtered',
    rank: 2,
    need: { without: ['scope mv2://k/1'] },
    note: 'filtered out by scope mv2://k/1; without it: rank 2',
  })
  assert.equal((await filters('mv2://k/10')).found, true)
  const { findResults } = await mem.sessionReplay('s', { filters: false })
  const came = findResults[0]!.came.find((change) => change.uri === 'mv2://k/1')!
  assert.deepEqual(findResults[0]!.overrides, { filters: false })
  assert.equal(came.note, 'Document was filtered out by scope mv2://k/1, no filters found it'.replace('scope mv2://k/1', came.why.filters.join(', ')))
})

test('filtered by what the query itself demands', async (t) => {
  const mem = await searched(t, { k: 4 }, 20, '+kestrel -moor +trains')
  const { recorded } = await expected(mem, 'mv2://k/2')
  assert.deepEqual([recorded!.reason, recorded!.filters], ['filtered', ['query syntax']])
  assert.match(recorded!.note, /^filtered out by the query's own syntax/)
})

test('cut by the adaptive rule: its score, the threshold, and the number that keeps it', async (t) => {
  const rules: [FindOptions['adaptive'], MissReason][] = [
    [true, 'cut'],
    [{ rule: 'relative', threshold: 0.9 }, 'cut'],
    [{ rule: 'absolute', threshold: 0.06, min: 1 }, 'cut'],
    [{ rule: 'cliff', threshold: 0.03, min: 1 }, 'cut'],
    [{ rule: 'knee', min: 1 }, 'cut'],
    [{ rule: 'gap', min: 1 }, 'cut'],
    [{ threshold: 0, max: 5 }, 'below-top-k'],
    [{ threshold: 0.98, max: 5 }, 'cut'],
  ]
  for (const [adaptive, reason] of rules) {
    const mem = await searched(t, { adaptive: adaptive! })
    const first = (await mem.find('kestrel', { mode: 'lex', adaptive: adaptive! })).cut
    const uri = `mv2://k/${Math.max(first.kept, 5) + 2}`
    const { recorded } = await expected(mem, uri)
    const name = JSON.stringify(adaptive)
    assert.equal(recorded!.reason, reason, name)
    assert.equal(recorded!.rank, Math.max(first.kept, 5) + 3, name)
    const byNumber = ['relative', 'absolute', 'cliff'].includes(first.rule) && first.kept < 5
    if (byNumber) assert.equal(recorded!.need!.min, undefined, name)
    if (reason === 'cut') assert.ok(recorded!.score! < recorded!.threshold!, name)
    assert.match(recorded!.note, reason === 'cut' ? /cut by the adaptive rule \(\w+\): rank \d+, score [\d.e-]+, threshold/ : /most that the adaptive rule keeps/)
    const settings = { ...(adaptive === true ? {} : (adaptive as object)), ...recorded!.need }
    const again = await mem.find('kestrel', { mode: 'lex', adaptive: settings })
    assert.ok(again.hits.some((hit) => hit.uri === uri), `${name}: ${JSON.stringify(recorded!.need)}`)
  }
})

test('no query term in it: the rank by vector, where it has one', async (t) => {
  const lexical = await searched(t, { k: 4 })
  const { recorded } = await expected(lexical, 'mv2://odd')
  assert.deepEqual(why(recorded!), { reason: 'no-query-term', rank: null, need: null, note: 'no query term in it, and no vector of the query to rank it by' })

  const mem = await newMemory(t)
  await mem.putMany([...ladder(150), { text: 'trains and rails', uri: 'mv2://odd' }])
  await mem.sessionStart('s')
  await mem.find('kestrel', { mode: 'lex', k: 4 })
  await mem.sessionEnd()
  const rank = (await mem.find('kestrel', { mode: 'vec', k: 151 })).hits.find((hit) => hit.uri === 'mv2://odd')!.rank
  const byVector = (await expected(mem, 'mv2://odd')).recorded!
  assert.deepEqual([byVector.reason, byVector.need, byVector.vector!.rank], ['no-query-term', { mode: 'vec', k: rank }, rank])
  assert.equal(byVector.note, `no query term in it; rank ${rank} by vector, would need mode vec and k ≥ ${rank}`)

  // A hybrid search that ranks a hundred by either arm: the document is below all that.
  await mem.sessionStart('hybrid')
  await mem.find('kestrel', { k: 4 })
  await mem.sessionEnd()
  const [find] = (await mem.sessionReplay('hybrid', { expect: 'mv2://odd' })).findResults
  const hybrid = find!.expected!.recorded!
  assert.deepEqual([hybrid.reason, hybrid.vector!.rank, hybrid.text], ['no-query-term', rank, null])
  const finds = async (k: number) => (await mem.find('kestrel', { k })).hits.some((hit) => hit.uri === 'mv2://odd')
  assert.deepEqual([await finds(hybrid.need!.k!), await finds(hybrid.need!.k! - 1)], [true, false])
})

test('among the candidates by its vector alone: below top-k, and no query term is said too, once that is known', async (t) => {
  const mem = await newMemory(t)
  await mem.putMany([...ladder(30), { text: 'trains and rails', uri: 'mv2://odd' }])
  await mem.sessionStart('s')
  await mem.find('kestrel', { k: 4 })
  await mem.sessionEnd()
  const { recorded } = await expected(mem, 'mv2://odd')
  assert.deepEqual([recorded!.reason, recorded!.text], ['below-top-k', null])
  assert.match(recorded!.note, /^below top-k: rank 31 \(no query term in it, rank \d+ by vector\), would need k ≥ \d+$/)
})

async function asked(t: TestContext, options: AskOptions): Promise<Memory> {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(ladder(12))
  await mem.put({ bytes: Buffer.from([0, 1, 2]), title: 'kestrel', uri: 'mv2://picture' })
  await mem.sessionStart('s')
  await mem.ask('kestrel', { mode: 'lex', k: 20, ...options })
  await mem.sessionEnd()
  return mem
}

test('left out of the prompt by the token budget: the budget that lets it in, and not one token less', async (t) => {
  const mem = await asked(t, { maxContextTokens: 60 })
  const inPrompt = async (uri: string, maxContextTokens: number) => {
    const { frames } = await mem.ask('kestrel', { mode: 'lex', k: 20, maxContextTokens })
    return frames.includes((await mem.get(uri)).frameId)
  }
  for (const n of [3, 7, 11]) {
    const uri = `mv2://k/${n}`
    const { recorded, replayed } = await expected(mem, uri)
    const budget = recorded!.need!.maxContextTokens!
    assert.deepEqual([recorded!.found, recorded!.reason, replayed!.reason], [false, 'token-budget', 'token-budget'])
    assert.equal(recorded!.note, `found at rank ${recorded!.rank}, but left out of the prompt by the token budget of 60, would need a budget of ${budget} tokens`)
    assert.deepEqual([await inPrompt(uri, budget), await inPrompt(uri, budget - 1)], [true, false])
  }
  const wider = await expected(mem, 'mv2://k/7', { maxContextTokens: 10_000 })
  assert.deepEqual([wider.recorded!.found, wider.replayed!.found, wider.cause], [false, true, 'settings'])
  assert.match(wider.note, /^Document existed at rank \d+, left out of the prompt by the token budget, token budget let it in$/)
  const { askResults } = await mem.sessionReplay('s', { maxContextTokens: 10_000 })
  const { status, overrides, prompt } = askResults[0]!.find!
  assert.deepEqual([status, overrides], ['IDENTICAL', { maxContextTokens: 10_000 }])
  assert.deepEqual([prompt!.oldFrames.length + prompt!.came.length, prompt!.went], [prompt!.newFrames.length, []])
  assert.ok(prompt!.came.every(({ reason }) => reason === 'token-budget'))
  assert.ok(prompt!.oldTokens <= 60 && prompt!.newTokens > 60)
})

test('a document without text is found, and has nothing to put into a prompt', async (t) => {
  for (const options of [{}, { maxContextTokens: 60 }]) {
    const { recorded } = await expected(await asked(t, options), 'mv2://picture')
    assert.deepEqual([recorded!.found, recorded!.reason], [false, 'nothing-to-find'])
    assert.match(recorded!.note, /without text to put into the prompt/)
  }
})

test('a search by vector alone can not find what has no vector', async (t) => {
  const mem = await newMemory(t, { vectorDim: 2 })
  await mem.putMany([{ text: 'with', uri: 'mv2://with', vector: [1, 0] }, { text: 'without', uri: 'mv2://without' }])
  await mem.sessionStart('s')
  await mem.find('', { mode: 'vec', vector: [1, 0], k: 1 })
  await mem.sessionEnd()
  const { recorded } = await expected(mem, 'mv2://without')
  assert.deepEqual([recorded!.reason, recorded!.note], ['nothing-to-find', 'without a vector to be found by'])
})

test('not in the file then, deleted and superseded, before and since', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(ladder(6))
  await mem.delete('mv2://k/0')
  await mem.update('mv2://k/1', { text: 'kestrel' })
  await mem.sessionStart('s')
  await mem.find('kestrel', { k: 3 })
  await mem.sessionEnd()
  await mem.put({ text: 'kestrel kestrel', uri: 'mv2://late' })
  await mem.delete('mv2://k/2')
  const gone = await expected(mem, 'mv2://k/0')
  assert.deepEqual([gone.recorded!.reason, gone.replayed!.reason, gone.cause], ['deleted', 'deleted', null])
  assert.match(gone.note, /^Document was deleted since \(commit \d+\)$/)
  const replaced = await expected(mem, 1)
  assert.deepEqual([replaced.recorded!.reason, replaced.recorded!.supersededBy], ['superseded', 6])
  // By its URI it is the version of that time that is meant.
  assert.equal((await expected(mem, 'mv2://k/1')).recorded!.found, true)
  const late = await expected(mem, 'mv2://late')
  assert.deepEqual([late.recorded!.reason, late.replayed!.found, late.cause], ['not-in-file-then', true, 'content'])
  assert.match(late.note, /^Document was not in the file then: it came with commit \d+, the search was on \d+$/)
  const since = await expected(mem, 'mv2://k/2')
  assert.deepEqual([since.recorded!.found, since.replayed!.reason, since.cause], [true, 'deleted', 'content'])
  const then = await expected(mem, 'mv2://late', { asOf: 'recorded' })
  assert.deepEqual([then.recorded!.reason, then.replayed!.reason], ['not-in-file-then', 'not-in-file-then'])
})

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
    assert.deepEqual(came.map(({ frameId, cause, note }) => [frameId, cause, note]), [[3, 'engine', "Document existed at rank 5, today's engine found it"]])
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
