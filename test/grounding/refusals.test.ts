import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRefusal } from '../../src/ask/grounding/refusals.js'
import { isRemark, statementOf } from '../../src/ask/grounding/remarks.js'

describe('isRefusal', () => {
  for (const sentence of [
    "I don't have enough information to answer that.",
    'I do not have access to that information.',
    "I'm unable to find the answer in the provided context.",
    'I could not find any information about this in the documents.',
    "I couldn't find that in the provided passages.",
    'Unfortunately, the context does not contain the answer.',
    "The context doesn't provide any details on the price of oil.",
    'The provided context does not include information about the CEO.',
    'There is no mention of the CEO in the passages.',
    "There isn't enough information in the context to answer this question.",
    'No information about the CEO is available in the given text.',
    'The answer is not in the provided documents.',
    'The answer cannot be determined from the given passages.',
    'It is not possible to answer the question based on the context.',
    'It cannot be determined from the passages who the CEO is.',
    'This question cannot be answered from the passages.',
    'The passages do not say who founded the company.',
    "The passages don't specify when the office opened.",
    'Based on the provided context, I cannot determine the answer.',
    'Based on the passages, there is no information about the founder.',
    'Based on the information provided, it is unclear who founded the company.',
    "I'm sorry, but I can't help with that.",
    'I apologize, but the documents do not address this question.',
    "Sorry, I don't know.",
    'I do not know.',
    "I don't know the answer to that question.",
    'I am not sure.',
    "I'm not certain based on the provided text.",
    'As an AI language model, I cannot browse the internet.',
    'I cannot answer this question.',
    "I won't be able to answer that.",
    'Not enough information.',
    'Insufficient context.',
    'Insufficient information to answer.',
    'Information not available.',
    'Not mentioned in the context.',
    'Not specified in the documents.',
    'Not stated.',
    'N/A',
    'Unknown.',
    'None of the passages mention the founder.',
    'None of the provided documents discuss this topic.',
    'Neither passage mentions the founder.',
    'The text makes no mention of a founder.',
    'The documents are silent on that point.',
    'The context lacks information on the founder.',
    'The founder is not mentioned in the context.',
    "The founder's name is not given in the passages.",
    'The date is not specified in the documents.',
    'The provided passages contain no information about the founder.',
    'The context provided does not hold the answer.',
    'The context does not hold it.',
    'Nothing in the passages answers the question.',
    'I found no information about this.',
    'I found nothing about that in the documents.',
    'We have no data on that in the given sources.',
    'No relevant information found.',
    'No answer found.',
    'That information is not provided.',
    "That isn't covered in the passages.",
    'Die Antwort steht nicht im Kontext.',
    'Le contexte ne contient pas cette information.',
    'No se menciona en el contexto.',
    '文档中没有相关信息。',
    '提供的上下文未提及创始人。',
    '申し訳ありませんが、文書には記載がありません。',
    'The context does not hold the answer [1].',
    "I can't provide an answer, since the passages only discuss the acquisition.",
    "There's no information regarding the founder in these passages. Please provide more details.",
    "I'm afraid the passages do not tell who the founder is.",
    'Unable to answer.',
    'Cannot answer based on the context.',
    'I have no information about that.',
    'I lack the information to answer this.'
  ]) {
    // Some come in two sentences; each of them has to say nothing.
    it(sentence, () => assert.ok(sentence.split(/(?<=[.。]) /).every((part) => isRefusal(part) || isRemark(part))))
  }

  for (const sentence of [
    'The deal did not include debt.',
    'The company does not sell cars.',
    'No one was hurt in the accident.',
    'The minister could not answer the question in parliament.',
    'The report does not mention profits but says that revenue rose.',
    'Nothing was found in the wreck.',
    'The team could not find the leak.',
    'I know Maria Gomez leads the team.',
    'The information was stored in Lyon.',
    'The documents were lost in 1999.',
    'The data shows that no change occurred.',
    'No information was leaked to the press.',
    'The answer is 42.',
    'The source of the river is unknown.',
    'The text was written in 1850 and contains no vowels.',
    'It is not clear that the ships ever left the harbor.',
    'The founder is unknown.',
    'He did not know the answer.'
  ]) {
    it(`does not take for one: ${sentence}`, () => assert.ok(!isRefusal(sentence)))
  }
})

describe('statementOf', () => {
  for (const [sentence, statement] of [
    ['Did you know that it was invented in 1891?', 'it was invented in 1891.'],
    ["Yes, I believe it's made of iron.", "it's made of iron."],
    ["I've heard that bees dance for one another.", 'bees dance for one another.'],
    ["It stands on the Champ de Mars, isn't it?", 'It stands on the Champ de Mars.'],
    ["Isn't it amazing that it has 900 islands?", 'it has 900 islands.'],
    ['The deal did not include debt.', 'The deal did not include debt.'],
    ['Do you know what a marathon is?', 'Do you know what a marathon is?'],
    ['Do you like it?', 'Do you like it?']
  ] as const) {
    it(sentence, () => assert.equal(statementOf(sentence), statement))
  }
})
