import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scoreGrounding } from '../../src/ask/ground.js'
import { prepareContexts, PreparedSentence } from '../../src/ask/grounding/prepare.js'
import { similarityOf } from '../../src/ask/grounding/similarity.js'

const claimOf = (text: string) => new PreparedSentence(text, 0, text.length, 'prose', -1, new Set())

describe('similarityOf', () => {
  const contexts = prepareContexts(['The doctors treated the ill boy with drugs. The harbor froze in January.'])
  const claim = claimOf('Physicians gave the sick child medicine.')

  it('sees a paraphrase that shares no word', () => {
    assert.ok(similarityOf(claim, contexts, [0]) > 0.35, `${similarityOf(claim, contexts, [0])}`)
    assert.ok(similarityOf(claim, contexts, [1]) < 0.2, `${similarityOf(claim, contexts, [1])}`)
  })

  it('is 1 for the same words, and 0 without evidence', () => {
    assert.ok(similarityOf(claimOf('The harbor froze in January.'), contexts, [1]) > 0.999)
    assert.equal(similarityOf(claim, contexts, []), 0)
  })
})

describe('numbers outside the evidence', () => {
  const CONTEXT = [
    'King Hussein in 1988 gave up the claim to the West Bank. In 1994 he signed a peace treaty with Israel.',
    'The budget was passed in May. Jordan lost the West Bank to Israel in the 1967 war. Tourism grew in 2003.'
  ]
  const verdict = (answer: string) => scoreGrounding(answer, CONTEXT).sentences[0]!

  it('are found in the sentence that they stand in', () => {
    const found = verdict('King Hussein gave up the claim to the West Bank, which Israel had taken in 1967, in 1988.')
    assert.notEqual(found.verdict, 'CONTRADICTED', JSON.stringify(found))
  })

  it('bear nothing out where they stand for something else', () => {
    const other = verdict('King Hussein gave up the claim to the West Bank in 2003.')
    assert.equal(other.verdict, 'CONTRADICTED', JSON.stringify(other))
    assert.equal(other.reason, 'number')
  })

  it('are borne out by the years that a span lies between', () => {
    const contexts = ['The canal was built by the army between 1904 and 1914.']
    assert.equal(scoreGrounding('The army built the canal in ten years.', contexts).label, 'HIGH')
    assert.notEqual(scoreGrounding('The army built the canal in thirty years.', contexts).label, 'HIGH')
  })
})

describe('names', () => {
  const CONTEXT = ['France supported the rebels in 1994. Belgium sent 200 soldiers to the capital of Chad. The soldiers left in May.']
  const verdict = (answer: string) => scoreGrounding(answer, CONTEXT).sentences[0]!

  it('match their adjectives', () => assert.equal(verdict('The 200 Belgian soldiers left in May.').verdict, 'SUPPORTED'))

  it('contradict where another stands in their place', () => {
    for (const answer of ['Belgium supported the rebels in 1994.', 'France sent 200 soldiers to the capital of Chad.'])
      assert.deepEqual([verdict(answer).verdict, verdict(answer).reason], ['CONTRADICTED', 'name'], answer)
  })
})
