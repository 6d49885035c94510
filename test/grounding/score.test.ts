import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scoreGrounding } from '../../src/ask/ground.js'

const CONTEXTS = [
  'Databricks announced on May 3, 2021 that it purchased MosaicML. The acquisition was valued at $2 billion. The deal did not include debt.',
  'France attacked Spain in 1808. Revenue rose 12% to 95.4 million dollars in 2023. Mr. Smith was appointed chief executive by Jane Doe.'
]
const only = (answer: string) => {
  const { sentences } = scoreGrounding(answer, CONTEXTS)
  assert.equal(sentences.length, 1)
  return sentences[0]!
}

describe('scoreGrounding: what the contexts bear out', () => {
  for (const answer of [
    'The acquisition was valued at $2 billion.',
    'The acquisition price was $2B according to the documents.',
    'The acquisition was worth 2,000,000,000 dollars.',
    'Databricks bought MosaicML in May 2021.',
    'Spain was attacked by France in 1808.',
    'Revenue grew 12 percent to about $95 million.',
    'Jane Doe appointed Mr. Smith chief executive.'
  ]) {
    it(answer, () => assert.equal(only(answer).verdict, 'SUPPORTED', JSON.stringify(only(answer))))
  }
})

describe('scoreGrounding: what contradicts them', () => {
  for (const [answer, reason] of [
    ['The acquisition was valued at $3 billion.', 'number'],
    ['Databricks purchased MosaicML on June 3, 2021.', 'number'],
    ['Revenue rose 95.4% to 12 million dollars in 2023.', 'number'],
    ['The deal included debt.', 'negation'],
    ['The acquisition was not valued at $2 billion.', 'negation'],
    ['Spain attacked France in 1808.', 'name'],
    ['Revenue fell 12% to 95.4 million dollars in 2023.', 'antonym']
  ] as const) {
    it(answer, () => {
      const sentence = only(answer)
      assert.equal(sentence.verdict, 'CONTRADICTED', JSON.stringify(sentence))
      assert.equal(sentence.reason, reason)
      assert.ok(sentence.score < 0.4)
    })
  }
})

describe('scoreGrounding: what only sounds contrary', () => {
  for (const answer of ['The deal excluded debt.', 'MosaicML was purchased by Databricks.', 'Revenue did not fall in 2023.']) {
    it(answer, () => assert.notEqual(only(answer).verdict, 'CONTRADICTED', JSON.stringify(only(answer))))
  }
})

describe('scoreGrounding: the answer as a whole', () => {
  it('is 1 when every sentence stands in the contexts', () =>
    assert.equal(scoreGrounding('The deal did not include debt [1]. The acquisition was valued at $2 billion [1].', CONTEXTS).score, 1))

  it('is HIGH when every sentence is supported', () => {
    const grounding = scoreGrounding('Databricks bought MosaicML. The acquisition was valued at $2 billion [1].', CONTEXTS)
    assert.ok(grounding.score! > 0.95, `${grounding.score}`)
    assert.equal(grounding.label, 'HIGH')
    assert.equal(grounding.groundedSentences, 2)
    assert.equal(grounding.sentenceCount, 2)
    assert.equal(grounding.hasWarning, false)
  })

  it('warns when one of four is supported', () => {
    const grounding = scoreGrounding(
      'The acquisition was valued at $2 billion. The moon is made of cheese. Penguins can fly to Norway. Bananas vote on Tuesdays.',
      CONTEXTS
    )
    assert.equal(grounding.groundedSentences, 1)
    assert.equal(grounding.sentenceCount, 4)
    assert.equal(grounding.label, 'LOW')
    assert.equal(grounding.hasWarning, true)
    assert.ok(grounding.score! >= 0.25 && grounding.score! < 0.3, `${grounding.score}`)
  })

  it('is lowered more by a contradiction than by a statement without evidence', () => {
    const base = 'The acquisition was valued at $2 billion. The deal did not include debt. '
    const invented = scoreGrounding(`${base}Bananas vote on Tuesdays.`, CONTEXTS)
    const contrary = scoreGrounding(`${base}Spain attacked France in 1808.`, CONTEXTS)
    assert.equal(contrary.sentences[2]?.verdict, 'CONTRADICTED')
    assert.ok(contrary.score! < invented.score! - 0.05, `${contrary.score} ${invented.score}`)
    assert.equal(contrary.label, 'MEDIUM')
  })

  it('reads the clauses of a sentence that rests on two contexts', () => {
    const joined = 'The acquisition of MosaicML was valued at 2 billion dollars, and Jane Doe appointed Mr. Smith as the chief executive.'
    assert.equal(only(joined).verdict, 'SUPPORTED', JSON.stringify(only(joined)))
  })

  it('is not held up by a sentence without an end', () => {
    const start = performance.now()
    scoreGrounding('no word of France '.repeat(10_000), CONTEXTS)
    assert.ok(performance.now() - start < 5000)
  })

  it('points to the evidence by context and offsets', () => {
    const { evidence } = only('The acquisition was valued at $2 billion.')
    assert.equal(evidence?.context, 0)
    assert.equal(CONTEXTS[0]!.slice(evidence!.start, evidence!.end), evidence!.text)
    assert.equal(evidence?.text, 'The acquisition was valued at $2 billion.')
  })

  it('points into the frame that a context is a span of', () => {
    const text = 'Łódź grew. The acquisition was valued at $2 billion.'
    const [sentence] = scoreGrounding('The acquisition was valued at $2 billion.', [{ text, frameId: 7, start: 100 }]).sentences
    assert.equal(sentence?.evidence?.frameId, 7)
    assert.deepEqual(sentence?.evidence?.span, { start: 100 + Buffer.byteLength('Łódź grew. '), length: 41 })
  })

  it('gives offsets in the answer', () => {
    const answer = 'Hello!\n\nThe deal did not include debt.'
    for (const { sentence, start, end } of scoreGrounding(answer, CONTEXTS).sentences) assert.equal(answer.slice(start, end), sentence)
  })

  it('does not count greetings, questions, code and headings', () => {
    const grounding = scoreGrounding(
      '# Answer\nHello! Here is the summary:\n```\nx = 1\n```\nThe deal did not include debt. Anything else?',
      CONTEXTS
    )
    assert.equal(grounding.sentenceCount, 1)
    assert.equal(grounding.score, 1)
  })

  it('takes contexts as objects too', () =>
    assert.equal(scoreGrounding('The deal did not include debt.', [{ text: CONTEXTS[0]! }]).score, 1))

  it('gives the same result each time', () => {
    const answer = 'Databricks sold MosaicML in 2020. The deal did not include debt.'
    assert.deepEqual(scoreGrounding(answer, CONTEXTS), scoreGrounding(answer, CONTEXTS))
  })

  it('has no support without contexts, and no score without an answer', () => {
    assert.equal(scoreGrounding('The lake is frozen.', []).label, 'LOW')
    assert.equal(scoreGrounding('', CONTEXTS).score, null)
    assert.equal(scoreGrounding('', CONTEXTS).abstained, false)
  })
})

describe('scoreGrounding: abstention', () => {
  for (const answer of [
    "I don't know. The context does not mention it.",
    'Not found in the context.',
    'Not found: the memory holds nothing about this question.',
    "I'm sorry, but I cannot answer that based on the provided documents. Please provide more context.",
    'The provided documents do not contain information about the acquisition price.',
    'There is no information about the price in the given context.',
    '上下文中没有提到价格。'
  ]) {
    it(answer, () => {
      const grounding = scoreGrounding(answer, CONTEXTS, { question: 'What was the price of oil in 1973?' })
      assert.equal(grounding.abstained, true)
      assert.equal(grounding.score, null)
      assert.equal(grounding.label, null)
      assert.equal(grounding.hasWarning, false)
      assert.equal(grounding.answerMayExist, false)
    })
  }

  it('hints at an answer that the contexts seem to hold', () => {
    assert.equal(scoreGrounding("I don't know.", CONTEXTS, { question: 'How was the acquisition valued?' }).answerMayExist, true)
  })

  it('does not take a statement for a refusal', () => {
    assert.equal(scoreGrounding('The deal did not include debt.', CONTEXTS).abstained, false)
    assert.equal(scoreGrounding('The context does not give the date. The acquisition was valued at $2 billion.', CONTEXTS).abstained, false)
  })
})

describe('scoreGrounding: quotations and Chinese', () => {
  it('asks of a quotation that it is word for word', () => {
    const context = ['Lincoln said that a house divided against itself cannot stand.']
    assert.equal(scoreGrounding('Lincoln said: "a house divided against itself cannot stand".', context).sentences[0]?.verdict, 'SUPPORTED')
    assert.notEqual(
      scoreGrounding('Lincoln said: "a house that is divided against itself cannot stand".', context).sentences[0]?.verdict,
      'SUPPORTED'
    )
  })

  it('scores Chinese sentences by characters', () => {
    const contexts = ['这家公司成立于1999年，总部设在上海。收购价为20亿美元。']
    assert.equal(scoreGrounding('收购价为20亿美元。', contexts).score, 1)
    assert.equal(scoreGrounding('收购价为30亿美元。', contexts).label, 'LOW')
    assert.equal(scoreGrounding('天气很好，我们去公园散步。', contexts).label, 'LOW')
  })
})

describe('scoreGrounding: wrong calls', () => {
  const refused = (call: () => unknown, message: RegExp) => assert.throws(call, { name: 'MemvidError', code: 'InvalidInput', message })
  it('refuses what is no text', () => {
    refused(() => scoreGrounding(5 as unknown as string, []), /answer is a text/)
    refused(() => scoreGrounding('a', 'b' as unknown as string[]), /contexts are a list/)
    refused(() => scoreGrounding('a', [{ content: 'b' } as unknown as string]), /context 0/)
  })
  it('refuses an unknown option', () => refused(() => scoreGrounding('a', [], { query: 'b' } as object), /no option "query"/))
})
