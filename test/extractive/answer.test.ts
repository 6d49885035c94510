import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askAll } from '../../bench/grounding/questions.js'
import { answerExtractively, NOT_FOUND } from '../../src/ask/extractive/index.js'
import { scoreGrounding } from '../../src/ask/grounding/index.js'
import type { ContextPassage } from '../../src/types.js'

const passage = (text: string, title?: string): ContextPassage => ({
  frameId: 1,
  uri: 'mv2://test/1',
  ...(title === undefined ? {} : { title }),
  text,
  start: 0,
  length: Buffer.byteLength(text),
  contentHash: ''
})
const PASSAGES = [
  passage(
    'Databricks announced on May 3, 2021 that it purchased MosaicML. The acquisition was valued at $2 billion. The deal did not include debt.',
    'News'
  ),
  passage(
    'Revenue rose 12% to 95.4 million dollars in 2023. Mr. Smith was appointed CEO by Jane Doe. Sales fell in the north because two shops closed.',
    'Report'
  )
]
const ask = (question: string) => answerExtractively(question, PASSAGES)

describe('answerExtractively', () => {
  for (const [question, sentence] of [
    ['What was the acquisition price?', 'The acquisition was valued at $2 billion. [1]'],
    ['What was the revenue?', 'Revenue rose 12% to 95.4 million dollars in 2023. [2]'],
    ['What did Databricks purchase?', 'Databricks announced on May 3, 2021 that it purchased MosaicML. [1]'],
    ['When did Databricks buy MosaicML?', 'Databricks announced on May 3, 2021 that it purchased MosaicML. [1]'],
    ['Who is the CEO?', 'Mr. Smith was appointed CEO by Jane Doe. [2]'],
    ['Why did sales fall in the north?', 'Sales fell in the north because two shops closed. [2]']
  ] as const) {
    it(question, () => assert.equal(ask(question).text, sentence))
  }

  for (const question of [
    'What is the boiling point of tungsten?',
    'Is this transaction fraudulent?',
    'Who is the CEO of Tesla?',
    'How many employees does Databricks have?',
    '',
    '???'
  ]) {
    it(`finds nothing for "${question}"`, () => assert.deepEqual(ask(question), { text: NOT_FOUND, found: false, quotes: [] }))
  }

  it('prefers the sentence that holds the kind of thing asked for', () => {
    const passages = [
      passage(
        'The bridge over the Tay was a great success for the town. The bridge over the Tay opened in 1887. The bridge over the Tay cost $4 million.'
      )
    ]
    assert.equal(answerExtractively('When did the bridge over the Tay open?', passages).quotes[0]?.start, 58)
    assert.equal(answerExtractively('How much did the bridge over the Tay cost?', passages).quotes[0]?.start, 98)
    assert.equal(answerExtractively('How old is the bridge over the Tay?', passages).found, false)
  })

  it('finds nothing without passages', () => assert.equal(answerExtractively('What was the revenue?', []).found, false))

  it('quotes verbatim, in reading order, each with its marker', () => {
    const { text, quotes } = ask('Summarize the report')
    assert.ok(quotes.length >= 2)
    assert.equal(
      text,
      quotes.map(({ passage: number, start, end }) => `${PASSAGES[number]!.text.slice(start, end)} [${number + 1}]`).join(' ')
    )
    const order = quotes.map(({ passage: number, start }) => number * 10_000 + start)
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b)
    )
  })

  it('quotes no more sentences than it may', () =>
    assert.equal(answerExtractively('Summarize the report', PASSAGES, { maxSentences: 1 }).quotes.length, 1))

  it('quotes a sentence once when passages overlap', () => {
    const { quotes } = answerExtractively('What was the acquisition price?', [PASSAGES[0]!, PASSAGES[0]!])
    assert.equal(quotes.length, 1)
  })

  it('answers Chinese questions from Chinese text', () => {
    const passages = [passage('这家公司成立于1999年，总部设在上海。收购价为20亿美元。')]
    assert.equal(answerExtractively('收购价是多少？', passages).text, '收购价为20亿美元。 [1]')
    assert.equal(answerExtractively('今天天气怎么样？', passages).found, false)
  })

  it('is taken for what it is by the grounding scorer', () => {
    const contexts = PASSAGES.map(({ text }) => text)
    assert.equal(scoreGrounding(ask('What was the acquisition price?').text, contexts).score, 1)
    assert.equal(scoreGrounding(NOT_FOUND, contexts).abstained, true)
  })
})

describe('answerExtractively on the speeches', () => {
  const asked = askAll()
  const answerable = asked.filter(({ sentence }) => sentence !== null)
  const unanswerable = asked.filter(({ sentence }) => sentence === null)

  it('quotes the expected sentence for nine questions in ten', () => {
    assert.ok(answerable.length >= 70)
    const missed = answerable.filter(({ right }) => !right)
    assert.ok(missed.length <= answerable.length * 0.1, missed.map(({ question }) => question).join('\n'))
  })

  it('puts it first for 85 in a hundred', () => {
    const missed = answerable.filter(({ rightAlone }) => !rightAlone)
    assert.ok(missed.length <= answerable.length * 0.15, missed.map(({ question }) => question).join('\n'))
  })

  it('finds nothing for questions about something else, nor for nine in ten that only share a name', () => {
    assert.deepEqual(
      unanswerable.filter(({ document, found }) => document === undefined && found),
      []
    )
    const fooled = unanswerable.filter(({ found }) => found)
    assert.ok(fooled.length <= unanswerable.length * 0.1, fooled.map(({ question }) => question).join('\n'))
  })
})
