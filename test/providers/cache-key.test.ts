import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cacheKey, type CacheKeyInput } from '../../src/ask/cache-key.js'

const INPUT: CacheKeyInput = {
  provider: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  model: 'gpt-4o-mini',
  parameters: { temperature: 0, max_tokens: 50 },
  messages: [
    { role: 'system', content: 'S' },
    { role: 'user', content: 'U' },
  ],
  contextHashes: ['aa', 'bb'],
}

function key(more: Partial<CacheKeyInput> = {}): string {
  return cacheKey({ ...INPUT, ...more }).toString('hex')
}

describe('the key of a cached answer', () => {
  it('is this one; another layout needs another name', () => {
    assert.equal(cacheKey(INPUT).length, 32)
    assert.equal(key(), 'cc06d4b8a754ab176cc869dfa5de34c014837f429123680d81b1b328ffd71c50')
  })

  it('does not depend on the order of the parameters, nor on those that are not sent', () => {
    assert.equal(key({ parameters: { max_tokens: 50, seed: undefined, temperature: 0 } }), key())
  })

  const others: Record<string, Partial<CacheKeyInput>> = {
    'another provider': { provider: 'groq' },
    'another base URL': { baseUrl: 'https://api.openai.com/v2' },
    'another model': { model: 'gpt-4o' },
    'another parameter': { parameters: { temperature: 0.1, max_tokens: 50 } },
    'one parameter more': { parameters: { temperature: 0, max_tokens: 50, seed: 1 } },
    'one parameter less': { parameters: { temperature: 0 } },
    'a number as text': { parameters: { temperature: '0', max_tokens: 50 } },
    'another question': {
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'V' },
      ],
    },
    'the roles exchanged': {
      messages: [
        { role: 'user', content: 'S' },
        { role: 'system', content: 'U' },
      ],
    },
    'the messages exchanged': { messages: [...INPUT.messages].reverse() },
    'the border between messages moved': {
      messages: [
        { role: 'system', content: 'SU' },
        { role: 'user', content: '' },
      ],
    },
    'another context': { contextHashes: ['aa', 'bc'] },
    'the context in another order': { contextHashes: ['bb', 'aa'] },
    'the border between hashes moved': { contextHashes: ['aab', 'b'] },
    'no context': { contextHashes: [] },
  }
  for (const [name, other] of Object.entries(others)) {
    it(`differs for ${name}`, () => assert.notEqual(key(other), key()))
  }

  it('is different for each of these', () => {
    const keys = Object.values(others).map((other) => key(other))
    assert.equal(new Set(keys).size, keys.length)
  })
})
