import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePayload, encodePayload } from '../../src/session/codec.js'
import { withoutCandidates } from '../../src/session/skim.js'

/** Values of every type and width that a payload may hold. */
const VALUES: unknown[] = [
  null, true, false, 0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 40, -1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), 0.1, -1e300,
  '', 'a'.repeat(31), 'a'.repeat(32), 'ü'.repeat(200), 'a'.repeat(70_000), Buffer.alloc(0), Buffer.alloc(255, 1), Buffer.alloc(256, 2), Buffer.alloc(70_000, 3),
  [], Array.from({ length: 15 }, (_, n) => n), Array.from({ length: 16 }, (_, n) => [n]), Array.from({ length: 70_000 }, () => 1.5),
  {}, Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`key ${n}`, { n, list: [n, null] }])),
]

test('a record loses its candidates and nothing else', () => {
  for (const candidates of [VALUES, ...VALUES]) {
    for (const beside of VALUES) {
      const payload = encodePayload({ kind: 'find', a: beside, retrieval: { candidates, cut: { kept: 2 }, b: beside }, z: VALUES.slice(0, 20) })
      const { retrieval, ...rest } = decodePayload(payload, 'it')
      const { candidates: _, ...facts } = retrieval as Record<string, unknown>
      assert.deepEqual(decodePayload(withoutCandidates(payload), 'it'), { ...rest, retrieval: facts })
    }
  }
})

test('a payload without candidates, or one that is not what it should be, is given back as it is', () => {
  const found = encodePayload({ retrieval: { candidates: { frameId: [1, 2, 3] } } })
  const odd = [
    encodePayload({ kind: 'put', candidates: 1 }),
    encodePayload({ retrieval: null }),
    encodePayload({ retrieval: [1, 'candidates', 2] }),
    encodePayload({ retrieval: { cut: 1 } }),
    encodePayload({ retrieval: { candidates: 1, ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, n])) } }),
    Buffer.alloc(0),
    Buffer.from([0xc1]),
    Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1]),
    Buffer.from([0x81, 0xa1, 0x61, 0xc7, 0x01, 0x05, 0x00]),
  ]
  for (const payload of odd) assert.equal(withoutCandidates(payload), payload, payload.toString('hex'))
  assert.notEqual(withoutCandidates(found), found)
  for (let length = 0; length < found.length; length++) {
    assert.throws(() => decodePayload(withoutCandidates(found.subarray(0, length)), 'it'), { code: 'Corrupt' })
  }
})
