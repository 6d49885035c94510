import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AskOptions, FindOptions, Memory, MissReason, Standing } from '../../src/index.js'
import { newMemory } from '../memory/support.js'
import { expected, ladder, searched } from './miss-support.js'

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
  // Of many that came, the lower ranked are told about how much they would have needed: to find that out takes a search for each.
  const { came } = (await mem.sessionReplay('s', { topK: 130 })).findResults[0]!
  assert.deepEqual([came.length, came.findIndex(({ why }) => why.need === null)], [122, 100])
  assert.match(came.at(-1)!.why.note, /^below top-k: (rank \d+|below all that it ranks), would need a k of about \d+$/)
  // The text arm ranks a hundred and does not come to it: that is no proof that the query's word is not in it.
  const byWords = new Set((await mem.find('kestrel', { mode: 'lex', k: 100 })).hits.map((hit) => hit.uri))
  const { hits } = await mem.find('kestrel', { mode: 'vec', k: 100 })
  const { recorded } = await expected(mem, hits.find((hit) => !byWords.has(hit.uri) && hit.rank > 8)!.uri)
  assert.deepEqual([recorded!.text, recorded!.vector !== null, recorded!.reason], [null, true, 'below-top-k'])
  assert.equal(recorded!.hasQueryTerm, true)
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
    const said = reason === 'cut' ? /cut by the adaptive rule \(\w+\): rank \d+, score [\d.e-]+, threshold/ : /most that the adaptive rule keeps/
    assert.match(recorded!.note, said)
    const settings = { ...(adaptive === true ? {} : (adaptive as object)), ...recorded!.need }
    const again = await mem.find('kestrel', { mode: 'lex', adaptive: settings })
    assert.ok(again.hits.some((hit) => hit.uri === uri), `${name}: ${JSON.stringify(recorded!.need)}`)
  }
})

test('no query term in it: the rank by vector, where it has one', async (t) => {
  const lexical = await searched(t, { k: 4 })
  const { recorded } = await expected(lexical, 'mv2://odd')
  const note = 'no query term in it, and no vector of the query to rank it by'
  assert.deepEqual(why(recorded!), { reason: 'no-query-term', rank: null, need: null, note })

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
  assert.deepEqual([recorded!.reason, recorded!.rank, recorded!.text, recorded!.hasQueryTerm], ['below-top-k', 31, null, false])
  assert.equal((await expected(mem, 'mv2://k/20')).recorded!.hasQueryTerm, true)
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
    const said = 'but left out of the prompt by the token budget of 60, would need a budget of'
    assert.equal(recorded!.note, `found at rank ${recorded!.rank}, ${said} ${budget} tokens`)
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
