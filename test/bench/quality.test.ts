/** The measures of the quality harness by hand-counted lists, and the set that needs no further package. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutQuality, meanQuality, qualityOf } from '../../bench/quality/measures.js'
import { speeches } from '../../bench/quality/sets.js'

const close = (found: number, expected: number): void => assert.ok(Math.abs(found - expected) < 1e-9, `${found}, expected ${expected}`)

test('nDCG, recall and MRR are those counted by hand', () => {
  const none = qualityOf(['a', 'b'], ['x'])
  assert.deepEqual(none, { ndcg: 0, recall: 0, mrr: 0 })
  assert.deepEqual(qualityOf(['x', 'a'], ['x']), { ndcg: 1, recall: 1, mrr: 1 })
  const second = qualityOf(['a', 'x', 'b', 'y'], ['x', 'y', 'z'])
  close(second.ndcg, (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3) + 1 / 2))
  close(second.recall, 2 / 3)
  close(second.mrr, 1 / 2)
  // The eleventh does not count, and of more than ten relevant ones ten are the ideal.
  const many = Array.from({ length: 12 }, (_, n) => `r${n}`)
  close(qualityOf(many, many).ndcg, 1)
  assert.equal(qualityOf([...'abcdefghij', 'x'], ['x']).mrr, 0)
  close(meanQuality([none, second]).mrr, 1 / 4)
  assert.deepEqual(cutQuality(['x', 'a'], ['x', 'y']), { precision: 1 / 2, recall: 1 / 2 })
})

test('the speeches give at least 300 questions whose evidence is there, and no speech serves both halves', () => {
  const { documents, questions } = speeches()
  assert.ok(questions.length >= 300 && questions.filter(({ origin }) => origin === 'written').length >= 200)
  const texts = new Map(documents.map(({ uri, text }) => [uri, text]))
  const halves = new Map<string, string>()
  for (const { text, relevant, split } of questions) {
    assert.ok(text.trim() !== '' && relevant.length > 0 && relevant.every((uri) => texts.has(uri)), text)
    const speech = relevant[0]!.split('/')[0]!
    assert.equal(halves.get(speech) ?? split, split)
    halves.set(speech, split)
  }
  assert.ok([...halves.values()].includes('fit') && [...halves.values()].includes('test'))
  assert.deepEqual(speeches().questions, questions, 'the same every time')
})
