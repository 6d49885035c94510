import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OptionReader, requiredText, wellFormed } from '../../src/memory/options.js'

const reader = (given: unknown) => new OptionReader('find', given, ['topK', 'mode', 'after', 'vector', 'enableVec'])
const refused = (message: RegExp, hint?: RegExp) => (error: { code: string; message: string; hint?: string }) => {
  assert.equal(error.code, 'InvalidInput')
  assert.match(error.message, message)
  if (hint) assert.match(error.hint ?? '', hint)
  return true
}

test('an unknown option is refused with the near name, however it is spelled', () => {
  for (const name of ['top_k', 'topk', 'TOP-K', 'topKK']) {
    assert.throws(() => reader({ [name]: 3 }), refused(/no option/, /Did you mean "topK"/))
  }
  assert.throws(() => reader({ enable_vec: true }), refused(/no option "enable_vec"/, /"enableVec"/))
  assert.throws(() => reader({ somethingElseEntirely: 1 }), refused(/no option/, /It knows: topK, mode/))
})

test('options that are no object are refused', () => {
  for (const given of [null, 'topK', 3, ['topK']]) assert.throws(() => reader(given), refused(/options are an object/))
})

test('values of another type or out of range are refused with what was given', () => {
  assert.throws(() => reader({ topK: 0 }).integer('topK', 1, 10), refused(/topK is a whole number from 1 to 10, got 0/))
  assert.throws(() => reader({ topK: 2.5 }).integer('topK', 1, 10), refused(/got 2.5/))
  assert.throws(() => reader({ topK: '3' }).integer('topK', 1, 10), refused(/got "3"/))
  assert.throws(() => reader({ topK: NaN }).number('topK', 0, 1), refused(/got NaN/))
  assert.throws(() => reader({ mode: 'fuzzy' }).oneOf('mode', ['lex', 'vec']), refused(/mode is one of lex, vec, got "fuzzy"/))
  assert.throws(() => reader({ vector: [1, NaN] }).vector('vector'), refused(/not finite/))
  assert.throws(() => reader({ vector: [] }).vector('vector'), refused(/empty/))
  assert.throws(() => reader({ after: 'last week' }).moment('after'), refused(/ISO 8601/))
})

test('null and undefined count as not given', () => {
  assert.equal(reader({ topK: null }).integer('topK', 1, 10), undefined)
  assert.equal(reader({ topK: undefined }).integer('topK', 1, 10), undefined)
})

test('a moment is a Date, milliseconds or ISO text', () => {
  const at = Date.UTC(2024, 11, 27)
  for (const after of [new Date(at), at, '2024-12-27', '2024-12-27T00:00:00Z']) assert.equal(reader({ after }).moment('after'), at)
  assert.throws(() => reader({ after: new Date('nonsense') }).moment('after'), refused(/after is a Date/))
})

test('texts lose lone surrogates only', () => {
  assert.equal(wellFormed('问题 \u{1F600} \ud800x'), '问题 \u{1F600} \ufffdx')
  assert.throws(() => requiredText('ask: the question', '  \n'), refused(/the question is empty/))
  assert.throws(() => requiredText('ask: the question', 7), refused(/is a text, got 7/))
})
