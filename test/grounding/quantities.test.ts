import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agrees } from '../../src/ask/grounding/agree.js'
import { readQuantities } from '../../src/ask/grounding/quantities.js'
import { tokenize } from '../../src/ask/text/tokens.js'

const read = (text: string) => readQuantities(tokenize(text))
const one = (text: string) => {
  const [quantity, ...rest] = read(text)
  assert.ok(quantity !== undefined && rest.length === 0, `${text}: ${rest.length + 1} quantities`)
  return quantity
}
const agree = (claim: string, evidence: string) => agrees(one(claim), one(evidence))

describe('readQuantities', () => {
  for (const [text, value, dimension] of [
    ['$2B', 2e9, 'dollar'],
    ['2 billion dollars', 2e9, 'dollar'],
    ['2,000,000,000', 2e9, 'count'],
    ['20亿美元', 2e9, 'dollar'],
    ['€1.5m', 1.5e6, 'euro'],
    ['67 per cent', 67, 'percent'],
    ['two-thirds', 200 / 3, 'percent'],
    ['half a million', 5e5, 'count'],
    ['two hundred and fifty-seven thousand', 257_000, 'count'],
    ['90 minutes', 5400, 'duration'],
    ['the twenty-first century', 21, 'ordinal'],
    ['1998', 1998, 'year'],
    ['75 cents', 0.75, 'dollar']
  ] as const) {
    it(`reads ${text}`, () => {
      const quantity = one(text)
      assert.ok(Math.abs(quantity.value - value) < 1e-6, `${quantity.value}`)
      assert.equal(quantity.dimension, dimension)
    })
  }

  it('reads dates in several forms as the same day', () => {
    for (const text of ['March 4, 1861', '4 March 1861', '4th of March, 1861', '1861-03-04', 'Mar. 4, 1861', '03/04/1861', '04/03/1861']) {
      assert.ok(agree(text, 'March 4, 1861'), text)
    }
    assert.ok(!agree('March 5, 1861', 'March 4, 1861'))
    assert.ok(!agree('in June 1861', 'March 4, 1861'))
  })

  it('does not take "one of them" for a number', () => assert.deepEqual(read('one of them went first'), []))
})

describe('agrees', () => {
  for (const [claim, evidence] of [
    ['$2B', '2 billion dollars'],
    ['95%', '95.4 percent'],
    ['about 95%', '97.1%'],
    ['1.5 hours', '90 minutes'],
    ['more than 90 percent', '95.4%'],
    ['nearly 5 million', '4,900,000'],
    ['$26.7 million', '$26,712,667.87'],
    ['in 1861', 'March 4, 1861']
  ] as const) {
    it(`${claim} is borne out by ${evidence}`, () => assert.ok(agree(claim, evidence)))
  }
  for (const [claim, evidence] of [
    ['$3B', '2 billion dollars'],
    ['96%', '95.4 percent'],
    ['95.4%', '95%'],
    ['1862', '1861'],
    ['50 ships', '48 ships'],
    ['€2 billion', '$2 billion'],
    ['more than 90 percent', '85%'],
    ['the third', 'the fourth']
  ] as const) {
    it(`${claim} is not borne out by ${evidence}`, () => assert.ok(!agree(claim, evidence)))
  }
})
