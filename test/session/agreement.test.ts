import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareFacts } from '../../src/session/agreement.js'

function facts(...texts: string[]) {
  const { numbers, names } = compareFacts(texts.map((text, index) => ({ label: 'abc'[index]!, text })), [])
  const shown = (items: { text: string; answers: string[] }[]) => items.map(({ text, answers }) => `${text}: ${answers.join('')}`)
  return { numbers: shown(numbers.items), names: shown(names.items), agreed: [numbers.agreed, names.agreed] }
}

test('a number written in another way is the same number, a rounded one too', () => {
  assert.deepEqual(facts('It cost $2 billion.', 'The price was 2,000,000,000 dollars.', 'About $2B.').numbers, ['$2 billion: abc'])
  assert.deepEqual(facts('It grew by 95.4%.', 'It grew by 95%.').numbers, ['95.4%: ab'])
  assert.deepEqual(facts('It grew by 95.4%.', 'It grew by 96.4%.').numbers, ['95.4%: a', '96.4%: b'])
})

test('numbers of different kinds are different, citation markers are none', () => {
  const { numbers, agreed } = facts('It cost $12 [1].', 'It took 12 hours [2].')
  assert.deepEqual([numbers, agreed], [['$12: a', '12 hours: b'], [0, 0]])
})

test('a surname is the name, another person is not', () => {
  assert.deepEqual(facts('It was signed by Maria Gomez.', 'The office says that Gomez signed it.').names, ['Maria Gomez: ab'])
  assert.deepEqual(facts('It was signed by Maria Gomez.', 'It was signed by Pedro Alvarez.').names, ['Maria Gomez: a', 'Pedro Alvarez: b'])
})

test('a fact counts once per answer, and an answer without facts agrees with none', () => {
  assert.deepEqual(facts('It was 5 km, really 5 km.', '5 km.'), { numbers: ['5 km: ab'], names: [], agreed: [1, 0] })
  assert.deepEqual(facts('It was 5 km.', 'The context does not hold it.').agreed, [0, 0])
})
