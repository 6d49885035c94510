import assert from 'node:assert/strict'
import { test } from 'node:test'
import { block, line, quoted } from '../../src/cli/output/escape.js'
import { formatJson, toSnakeCase } from '../../src/cli/output/json.js'
import { bar, startProgress } from '../../src/cli/output/progress.js'

test('a line shows controls, escapes and direction marks as text, and every script as it is', () => {
  assert.equal(line('a\u001b[31mred\u0007\nb\tc\r'), 'a\\u001b[31mred\\u0007\\nb\\tc\\r')
  assert.equal(line('\u009b31m \u202egpj.exe \u2066x\u2069 \u2028'), '\\u009b31m \\u202egpj.exe \\u2066x\\u2069 \\u2028')
  assert.equal(line('记忆 naïve 🦆 עברית'), '记忆 naïve 🦆 עברית')
})

test('a block keeps its line breaks and tabs, and nothing else that a terminal acts on', () => {
  assert.equal(block('one\r\ntwo\n\tthree\u001b]0;title\u0007'), 'one\ntwo\n\tthree\\u001b]0;title\\u0007')
})

test('quoted text is a JSON string that leaves letters alone and controls out', () => {
  const text = 'sagte "Ja"\n\u001b\u007f\u202e\\ 中文'
  assert.equal(quoted(text), '"sagte \\"Ja\\"\\n\\u001b\\u007f\\u202e\\\\ 中文"')
  assert.equal(JSON.parse(quoted(text)), text)
})

test('JSON has snake_case keys at every depth, bytes as hex, and no absent fields', () => {
  const value = { frameId: 3, costUsd: null, hits: [{ contentHash: Uint8Array.of(0, 255) }], gone: undefined, at: new Date(0) }
  assert.deepEqual(toSnakeCase(value), { frame_id: 3, cost_usd: null, hits: [{ content_hash: '00ff' }], at: '1970-01-01T00:00:00.000Z' })
})

test("the keys of the user's own metadata are not renamed", () => {
  assert.deepEqual(toSnakeCase({ metadata: { myKey: { innerKey: 1 } } }), { metadata: { myKey: { innerKey: 1 } } })
  assert.deepEqual(toSnakeCase({ input: { queryText: 1 }, output: [{ aB: 1 }] }), { input: { queryText: 1 }, output: [{ aB: 1 }] })
  assert.deepEqual(toSnakeCase({ counts: { VERIFIED: 1, 'NOT CHECKED': 2, 'put-many': 3 } }), { counts: { VERIFIED: 1, 'NOT CHECKED': 2, 'put-many': 3 } })
})

test('a JSON document ends with one line break', () => {
  assert.equal(formatJson({ a: 1 }), '{\n  "a": 1\n}\n')
})

test('a progress bar fills in proportion, and counts alone where the total is unknown', () => {
  assert.equal(bar(0, 10), `[${' '.repeat(30)}] 0/10`)
  assert.equal(bar(5, 10), `[${'#'.repeat(15)}${' '.repeat(15)}] 5/10`)
  assert.equal(bar(12, 10), `[${'#'.repeat(30)}] 12/10`)
  assert.equal(bar(7, undefined), '7')
})

test('progress is drawn on a terminal, removed by clear, and silent elsewhere', () => {
  const written: string[] = []
  const stream = (isTTY: boolean): NodeJS.WriteStream =>
    ({ isTTY, write: (text: string) => written.push(text) > 0 }) as unknown as NodeJS.WriteStream
  const silent = startProgress('documents', stream(false))
  silent.update(1, 2)
  silent.clear()
  assert.deepEqual(written, [])
  const shown = startProgress('documents', stream(true))
  shown.update(2, 2)
  shown.clear()
  assert.match(written[0] ?? '', /2\/2 documents$/)
  assert.equal(written[1], '\r\u001b[K')
})
