/** Fifty misses planted among five thousand real paragraphs; each must be explained with its reason, its rank and what was needed. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { paragraphs } from '../../bench/corpus.js'
import type { ExpectedReplay, FindHit, FindOptions, Memory, Standing } from '../../src/index.js'
import { newMemory } from '../memory/support.js'

const DOCUMENTS = 5_000
const PLANTED = 10

/** Long words that few paragraphs share, in the order of the text: a question about the paragraph. */
function question(text: string, words: number): string {
  const long = text.toLowerCase().match(/[a-z]{7,}/g) ?? []
  return [...new Set(long)].slice(0, words).join(' ')
}

/** A memory of real paragraphs, and questions taken from paragraphs that are not stored. */
async function corpus(t: TestContext): Promise<{ mem: Memory; texts: string[]; questions: string[] }> {
  const all = paragraphs()
  const texts = all.slice(0, DOCUMENTS)
  const mem = await newMemory(t)
  await mem.putMany(texts.map((text, n) => ({ text, uri: uriOf(n), tags: [`part-${n % 5}`], timestamp: n * 1000 })))
  return { mem, texts, questions: all.slice(DOCUMENTS, DOCUMENTS + 200).map((text) => question(text, 6)) }
}

const uriOf = (n: number) => `mv2://sotu/${n}`

/** Records one action in a session of its own, and gives what its replay says of the expected document. */
async function explain(
  mem: Memory,
  name: string,
  act: () => Promise<unknown>,
  expect: string,
  later?: () => Promise<unknown>,
): Promise<ExpectedReplay> {
  await mem.sessionStart(name)
  await act()
  await mem.sessionEnd()
  await later?.()
  const { findResults, askResults } = await mem.sessionReplay(name, { expect })
  const find = findResults[0] ?? askResults[0]!.find!
  assert.equal(find.retrieval, 'REPRODUCED', name)
  return find.expected!
}

const placeIn = (hits: FindHit[], uri: string) => hits.find((hit) => hit.uri === uri)

/** Scores and arms as the find says them, for the same document. */
function assertScores(standing: Standing, hit: FindHit, name: string): void {
  assert.equal(standing.score, hit.score, name)
  assert.deepEqual([standing.text?.score ?? null, standing.vector?.score ?? null], [hit.scores.text, hit.scores.vector], name)
}

test('fifty planted misses among five thousand real documents are explained: reason, rank and need', async (t) => {
  const { mem, texts, questions } = await corpus(t)
  const counts: Record<string, number> = {}
  const seen = ({ reason }: Standing) => (counts[String(reason)] = (counts[String(reason)] ?? 0) + 1)
  const finds = async (query: string, options: FindOptions, uri: string) => placeIn((await mem.find(query, options)).hits, uri) !== undefined

  await t.test('below top-k', async () => {
    // Ranks by text alone, those of a fusion that a larger k leaves as they are, and those that it does not.
    const byText = [9, 60, 150, 450].map((rank) => ({ rank, mode: 'lex' as const }))
    const planted = [...byText, ...[9, 15, 20, 33, 90, 140].map((rank) => ({ rank, mode: 'hybrid' as const }))]
    for (const [index, { rank, mode }] of planted.entries()) {
      const query = questions[index]!
      const name = `below ${mode} ${rank}`
      const deep = (await mem.find(query, { mode, k: rank <= 20 ? 20 : mode === 'lex' ? 500 : rank })).hits
      const { uri } = deep[rank - 1]!
      const { recorded } = await explain(mem, name, () => mem.find(query, { mode, k: 8 }), uri)
      assert.equal(recorded!.reason, 'below-top-k', name)
      seen(recorded!)
      const k = recorded!.need!.k!
      if (mode === 'lex' || rank <= 20) {
        assert.deepEqual([recorded!.rank, k], [rank, rank], name)
        assertScores(recorded!, deep[rank - 1]!, name)
      }
      assert.deepEqual([await finds(query, { mode, k }, uri), await finds(query, { mode, k: k - 1 }, uri)], [true, false], name)
    }
  })

  await t.test('cut by the adaptive rule', async () => {
    for (let index = 0; index < PLANTED; index++) {
      const query = questions[20 + index]!
      const name = `cut ${index}`
      const deep = (await mem.find(query, { k: 50 })).hits
      const { kept } = (await mem.find(query, { adaptive: true })).cut
      const hit = deep[kept + index]!
      const { recorded } = await explain(mem, name, () => mem.find(query, { adaptive: true }), hit.uri)
      assert.deepEqual([recorded!.reason, recorded!.rank], ['cut', hit.rank], name)
      seen(recorded!)
      assertScores(recorded!, hit, name)
      assert.ok(Math.abs(recorded!.threshold! - 0.65 * deep[0]!.score) < 1e-6, name)
      const threshold = recorded!.need!.threshold!
      assert.ok(Math.abs(threshold - hit.score / deep[0]!.score) <= 0.001, name)
      assert.equal(await finds(query, { adaptive: { threshold } }, hit.uri), true, name)
      const higher = Math.round((threshold + 0.001) * 1000) / 1000
      // The rule keeps three in any case.
      if (hit.rank > 3) assert.equal(await finds(query, { adaptive: { threshold: higher } }, hit.uri), false, name)
    }
  })

  await t.test('filtered', async () => {
    for (let index = 0; index < PLANTED; index++) {
      const query = questions[40 + index]!
      const name = `filtered ${index}`
      const rank = index < 5 ? index + 1 : 3 * index
      const hit = (await mem.find(query, { k: rank <= 8 ? 8 : 20 })).hits[Math.min(rank, 20) - 1]!
      const n = hit.frameId
      const filters: [FindOptions, string[]][] = [
        [{ scope: uriOf(n + 1) }, [`scope ${uriOf(n + 1)}`]],
        [{ tags: [`part-${(n + 1) % 5}`] }, [`tag part-${(n + 1) % 5}`]],
        [{ after: (n + 1) * 1000 }, [`after ${new Date((n + 1) * 1000).toISOString()}`]],
        [{ before: n * 1000 }, [`before ${new Date(n * 1000).toISOString()}`]],
        [{ tags: ['none', `part-${n % 5}`], before: n * 1000 }, ['tag none', `before ${new Date(n * 1000).toISOString()}`]],
      ]
      const [options, names] = filters[index % 5]!
      const { recorded } = await explain(mem, name, () => mem.find(query, { k: 8, ...options }), hit.uri)
      assert.deepEqual([recorded!.reason, recorded!.filters], ['filtered', names], name)
      seen(recorded!)
      // The last ones keep a filter that the document passes, and so rank it among fewer.
      const left = index % 5 === 4 ? { tags: [`part-${n % 5}`] } : {}
      const open = placeIn((await mem.find(query, { k: 20, ...left })).hits, hit.uri)!
      assert.equal(recorded!.rank, open.rank, name)
      assertScores(recorded!, open, name)
      assert.deepEqual(recorded!.need, { without: names, ...(open.rank > 8 ? { k: open.rank } : {}) }, name)
    }
  })

  await t.test('left out of the prompt', async () => {
    for (let index = 0; index < PLANTED; index++) {
      const query = questions[60 + index]!
      const name = `budget ${index}`
      const maxContextTokens = 300 + 20 * index
      const { hits } = await mem.find(query, { k: 8 })
      const { frames } = await mem.ask(query, { k: 8, maxContextTokens })
      const leftOut = hits.filter((hit) => !frames.includes(hit.frameId))
      const hit = leftOut[index % leftOut.length]!
      const { recorded } = await explain(mem, name, () => mem.ask(query, { k: 8, maxContextTokens }), hit.uri)
      assert.deepEqual([recorded!.reason, recorded!.rank], ['token-budget', hit.rank], name)
      seen(recorded!)
      const budget = recorded!.need!.maxContextTokens!
      assert.ok(budget > maxContextTokens, name)
      const inPrompt = async (tokens: number) => (await mem.ask(query, { k: 8, maxContextTokens: tokens })).frames.includes(hit.frameId)
      assert.deepEqual([await inPrompt(budget), await inPrompt(budget - 1)], [true, false], name)
    }
  })

  await t.test('deleted', async () => {
    for (let index = 0; index < PLANTED; index++) {
      const n = 7 + 400 * index
      const uri = uriOf(n)
      const query = question(texts[n]!, 8)
      const name = `deleted ${index}`
      const { rank } = placeIn((await mem.find(query, { k: 8 })).hits, uri)!
      const find = () => mem.find(query, { k: 8 })
      let commit = 0
      const remove = async () => ({ commit } = await mem.delete(uri))
      if (index % 2 === 0) await remove()
      const { recorded, replayed, cause, note } = await explain(mem, name, find, uri, index % 2 === 1 ? remove : undefined)
      assert.deepEqual([replayed!.reason, replayed!.commit, replayed!.need], ['deleted', commit, null], name)
      seen(replayed!)
      assert.match(note, new RegExp(`^Document was deleted since \\(commit ${commit}\\)`), name)
      // Before the search: missed by it too. After it: found then, at the rank that a find had given.
      if (index % 2 === 0) assert.deepEqual([recorded!.reason, recorded!.commit, cause], ['deleted', commit, null], name)
      else assert.deepEqual([recorded!.found, recorded!.rank, cause], [true, rank, 'content'], name)
    }
  })

  assert.deepEqual(counts, { 'below-top-k': 10, cut: 10, filtered: 10, 'token-budget': 10, deleted: 10 })
})
