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
    ['75 cents', 0.75, 'dollar'],
    ['8 1/2 million', 8.5e6, 'count'],
    ['a quarter million', 250_000, 'count'],
    ['a third of it', 100 / 3, 'percent'],
    ['one in fifty', 2, 'percent'],
    ['seven out of ten', 70, 'percent'],
    ['a decade', 120, 'calendar'],
    ['half a century', 600, 'calendar'],
    ['1.3 times the size', 130, 'percent']
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

  it('reads both years of a span', () => {
    assert.deepEqual(
      read('the war of 1879-83').map(({ value }) => value),
      [1879, 1883]
    )
    assert.deepEqual(
      read('from 2001–2008').map(({ value }) => value),
      [2001, 2008]
    )
  })

  it('reads a range as one quantity, and a change as two', () => {
    assert.deepEqual(one('between 5 and 10 ships').range, [5, 10])
    assert.deepEqual(
      read('rose from 3 to 5').map(({ value }) => value),
      [3, 5]
    )
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
    ['in 1861', 'March 4, 1861'],
    ['about 3.1 thousand', '3,112'],
    ['three quarters', '70-80%'],
    ['about 76%', '75 to 80 percent'],
    ['fewer than one in fifty', 'less than 2%'],
    ['more than eight million', '8 1/2 million'],
    ['a fifth', '19%'],
    ['the 1990s', '1994'],
    ['in 1994', 'the 1990s'],
    ['the late 1600s', 'the late 17th century'],
    ['3 to 5 years', '36 to 60 months'],
    ['one in eight', 'one-eighth']
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
    ['the third', 'the fourth'],
    ['the 1990s', '1987'],
    ['the early 1900s', '1987'],
    ['90%', '70-80%'],
    ['70-80%', '60-90%'],
    ['a third', '19%']
  ] as const) {
    it(`${claim} is not borne out by ${evidence}`, () => assert.ok(!agree(claim, evidence)))
  }
})
