import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordDiff } from '../../src/session/diff.js'

const side = (parts: ReturnType<typeof wordDiff>, without: 'added' | 'removed') =>
  parts.filter((part) => part.change !== without).map((part) => part.value).join('')

test('the words that differ, and both texts can be read back', () => {
  const before = 'The acquisition was valued at $2 billion.'
  const after = 'The acquisition price was $2B according to the documents.'
  const parts = wordDiff(before, after)
  assert.equal(side(parts, 'added'), before)
  assert.equal(side(parts, 'removed'), after)
  assert.ok(parts.some((part) => part.change === 'removed' && part.value.includes('billion')))
  assert.ok(parts.some((part) => part.change === undefined && part.value.includes('acquisition')))
})

test('equal texts have one part', () => {
  assert.deepEqual(wordDiff('same words', 'same words'), [{ value: 'same words' }])
  assert.deepEqual(wordDiff('', ''), [])
})

test('Chinese is compared by characters, and none is cut', () => {
  const parts = wordDiff('收购价格为二十亿美元', '收购价格为三十亿美元')
  assert.deepEqual(parts, [
    { value: '收购价格为' },
    { value: '二', change: 'removed' },
    { value: '三', change: 'added' },
    { value: '十亿美元' },
  ])
  const flags = wordDiff('the 🇩🇪 flag', 'the 🇩🇰 flag')
  assert.ok(flags.some((part) => part.value === '🇩🇪' && part.change === 'removed'))
})

test('long texts with nothing in common are not searched for ever: one is removed, the other added', () => {
  const before = Array.from({ length: 20_000 }, (_, n) => `a${n}`).join(' ')
  const after = Array.from({ length: 20_000 }, (_, n) => `b${n}`).join(' ')
  assert.deepEqual(wordDiff(before, after), [
    { value: before, change: 'removed' },
    { value: after, change: 'added' },
  ])
})
