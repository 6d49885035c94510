import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePayload, encodeAction, encodeActionAround, encodePayload, encodeValue, readable } from '../../src/session/codec.js'

test('one payload has one encoding, whatever the order of its keys', () => {
  const a = encodePayload({ kind: 'find', query: 'Übernahme 收购', nested: { z: 1, a: [1.5, null], gone: undefined } })
  const b = encodePayload({ nested: { a: [1.5, null], z: 1 }, query: 'Übernahme 收购', kind: 'find' })
  assert.deepEqual(a, b)
})

test('the encoding is the one of the format specification', () => {
  const bytes = encodePayload({ t: 1_700_000_000_000, n: 4294967295, m: -1, h: Buffer.from([1, 2]) })
  // map of 5: h bin8 · m -1 · n u32 · t float64 · v 1
  assert.equal(bytes.toString('hex'), '85a168c4020102a16dffa16eceffffffffa174cb4278bcfe56800000a17601')
})

test('an action around values that others encode is the action', () => {
  for (const count of [2, 20]) {
    const more = Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, index]))
    const record = { ...more, query: 'mill', gone: undefined, kind: 'find' }
    const parts = encodeActionAround(record, ['durationMs', 'retrieval'])
    assert.equal(parts.length, 3)
    const whole = Buffer.concat([parts[0]!, encodeValue(1.5), parts[1]!, encodeValue({ total: 3 }), parts[2]!])
    const { salt, ...decoded } = decodePayload(whole, 'action 0')
    assert.equal((salt as Buffer).length, 32)
    assert.deepEqual(decoded, { ...more, kind: 'find', query: 'mill', durationMs: 1.5, retrieval: { total: 3 }, v: 1 })
    assert.equal(encodePayload({ ...decoded, salt }).toString('hex'), whole.toString('hex'))
    const { salt: other, ...same } = decodePayload(encodeAction(record, { retrieval: encodeValue({ total: 3 }) }), 'action 0')
    assert.deepEqual(same, { ...more, kind: 'find', query: 'mill', retrieval: { total: 3 }, v: 1 })
    assert.notDeepEqual(other, salt)
  }
})

test('what was encoded is decoded', () => {
  const payload = { kind: 'ask', hash: Buffer.alloc(32, 7), list: [1, 'two', null, true], question: '“quoted”' }
  const decoded = decodePayload(encodePayload(payload), 'action 0')
  assert.deepEqual(decoded, { ...payload, v: 1 })
  assert.equal((readable(decoded) as { hash: string }).hash, '07'.repeat(32))
})

test('bytes that are no payload are Corrupt, a newer layout is Unsupported', () => {
  const code = (bytes: Buffer) => {
    try {
      decodePayload(bytes, 'action 3')
    } catch (error) {
      return (error as { code: string }).code
    }
    return 'decoded'
  }
  const whole = encodePayload({ kind: 'find', query: 'x'.repeat(50) })
  for (let length = 0; length < whole.length; length++) assert.equal(code(whole.subarray(0, length)), 'Corrupt', `cut at ${length}`)
  for (const hex of ['', 'c1', '01', '9101', 'ddffffffff', 'dfffffffff', '81a16101', 'c4ff', 'd903']) {
    assert.equal(code(Buffer.from(hex, 'hex')), 'Corrupt', hex)
  }
  assert.equal(code(Buffer.from('81a17602', 'hex')), 'Unsupported')
  assert.equal(code(Buffer.from('81a17601', 'hex')), 'decoded')
})
