import assert from 'node:assert/strict'
import test from 'node:test'
import { buildCorpus, MAX_CHARACTERS, MIN_CHARACTERS, QUERY_COUNT } from '../../bench/corpus.js'
import { exactNearest } from '../../bench/context.js'
import { ROWS } from '../../bench/rows.js'
import { line, meanOverlap, percentile } from '../../bench/summary.js'

test('rows have names of their own, a title, and a peer or the reason why there is none', () => {
  const names = ROWS.map((row) => row.name)
  assert.deepEqual([...new Set(names)], names)
  for (const row of ROWS) {
    assert.match(row.name, /^[a-z]+(-[a-z]+)*$/)
    assert.match(row.title, /^[A-Z].+[^.]$/)
    assert.match(row.note, /^\S.+\.$/)
    assert.notEqual(row.peer, '')
    if (row.peer === null) assert.match(row.note, /SQLite has no|No peer/, `${row.name} says why nothing is next to it`)
  }
})

test('the corpus is the same at every build, and its queries come from paragraphs that are not stored', () => {
  const corpus = buildCorpus(1000)
  assert.deepEqual(buildCorpus(1000), corpus)
  assert.equal(corpus.fingerprint, FINGERPRINT, 'figures of earlier runs were measured on other texts')
  assert.equal(new Set(corpus.texts).size, 1000)
  for (const text of corpus.texts) assert.ok(text.length >= MIN_CHARACTERS && text.length <= MAX_CHARACTERS)
  assert.equal(corpus.queries.length, QUERY_COUNT)
  for (const query of corpus.queries) assert.match(query, /^[a-z]{4,}( [a-z]{4,}){2,5}$/)
  const all = buildCorpus(corpus.paragraphCount - QUERY_COUNT)
  assert.deepEqual(all.queries, corpus.queries)
  assert.deepEqual(all.texts.slice(0, 1000), corpus.texts)
  // Beyond the paragraphs, halves of two of them with the text's number between.
  const more = buildCorpus(corpus.paragraphCount + 300)
  assert.deepEqual(more.texts.slice(0, all.texts.length), all.texts)
  assert.equal(new Set(more.texts).size, more.texts.length)
  for (const [index, text] of more.texts.entries()) if (index >= all.texts.length) assert.ok(text.includes(` ${index} `))
})

/** Of the first 1,000 paragraphs and the queries. */
const FINGERPRINT = '5b4090c63e5d9a3d'

test('percentiles are samples, a ratio is memvid through the peer, overlap counts the expected', () => {
  const samples = Array.from({ length: 200 }, (_, index) => 200 - index)
  assert.equal(percentile(samples, 0.5), 100)
  assert.equal(percentile(samples, 0.99), 198)
  assert.equal(percentile([3], 0.99), 3)
  assert.throws(() => percentile([], 0.5), /samples/)
  const about = { row: 'find-text', metric: 'one query', unit: 'ms', better: 'lower', memvid: 2, samples: 1 } as const
  assert.equal(line({ ...about, peer: { name: 'FTS5', value: 8 } }).ratio, 0.25)
  assert.equal(line({ ...about, peer: null }).ratio, null)
  assert.equal(meanOverlap([[1, 2], [5, 6]], [[2, 3], [5, 6]]), 0.75)
})

test('the exact list is by cosine, whatever the lengths of the vectors', () => {
  const vectors = [[9, 9], [1, 0], [0, 3], [2, 0.1]].map((vector) => Float32Array.from(vector))
  assert.deepEqual(exactNearest(vectors, Float32Array.from([5, 0]), 3), [1, 3, 0])
})
