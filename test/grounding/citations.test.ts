import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkCitations, scoreGrounding } from '../../src/ask/grounding/index.js'

describe('checkCitations', () => {
  it('tells markers that name a context from those that do not, sentence by sentence', () => {
    const checks = checkCitations('It rained [1]. It snowed [2][9]. It cleared.', 2)
    assert.deepEqual(
      checks.map(({ valid, invalid }) => ({ valid, invalid })),
      [
        { valid: [0], invalid: [] },
        { valid: [1], invalid: [9] },
        { valid: [], invalid: [] }
      ]
    )
  })

  it('reads lists and ranges', () => {
    assert.deepEqual(checkCitations('Both [1, 3] and [2-4].', 3)[0]?.valid, [0, 1, 2])
    assert.deepEqual(checkCitations('Both [1, 3] and [2-4].', 3)[0]?.invalid, [4])
  })

  it('takes no index in code for a marker', () => {
    assert.deepEqual(checkCitations('```\nitems[1]\n```', 0)[0]?.invalid, [])
    assert.deepEqual(checkCitations('The first is items[0].', 1)[0]?.invalid, [])
  })

  it('is part of the sentences of a grounding', () => {
    const { sentences } = scoreGrounding('The lake is frozen [1] [7].', ['The lake is frozen.'])
    assert.deepEqual(sentences[0]?.citations, [0])
    assert.deepEqual(sentences[0]?.invalidCitations, [7])
    assert.equal(sentences[0]?.verdict, 'SUPPORTED')
  })
})
