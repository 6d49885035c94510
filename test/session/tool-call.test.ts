import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { ToolCall } from '../../src/index.js'
import { fails, newMemory, setEnvironment } from '../memory/support.js'

const KEY = 'sk-canary-0123456789abcdefghij'

test('an event of the agent is recorded whole, shown, and not checked by a replay', async (t) => {
  const mem = await newMemory(t)
  await mem.put({ text: 'The mill burned down in 1871.' })
  const sessionId = await mem.sessionStart('agent')
  await mem.find('mill')
  const input = { query: 'mill', Options: { topK: 3, big: 2 ** 40 }, list: [null, true, 'ü\u{1F600}'] }
  const result = await mem.record({ name: 'search_web', input, output: 'x'.repeat(200), startedAtMs: 1_700_000_000_000, durationMs: 12 })
  assert.deepEqual([result.sessionId, result.number], [sessionId, 1])
  await mem.record({ name: 'send_mail', error: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) })
  const { actions } = await mem.sessionView(sessionId)
  const [, call, failed] = actions
  assert.equal(call!.kind, 'tool-call')
  assert.deepEqual(JSON.parse(call!.record!['input'] as string), input)
  assert.equal(call!.record!['output'], JSON.stringify('x'.repeat(200)))
  assert.deepEqual([call!.record!['startedAtMs'], call!.record!['durationMs'], call!.record!['client']], [1_700_000_000_000, 12, 'node'])
  assert.deepEqual(Object.keys(call!.summary), ['name', 'input', 'output', 'durationMs'])
  assert.equal(call!.summary['output'], `"${'x'.repeat(79)}…`)
  assert.deepEqual(failed!.summary, { name: 'send_mail', error: 'ECONNREFUSED' })
  assert.deepEqual(failed!.record!['error'], { code: 'ECONNREFUSED', message: 'refused' })
  const summary = await mem.sessionEnd()
  assert.deepEqual([summary.actions, summary.totals.failures], [{ find: 1, 'tool-call': 2 }, 1])
  for (const audit of [true, false]) {
    const { steps, ok } = await mem.sessionReplay(sessionId, { audit })
    assert.deepEqual([ok, steps[1]!.status, steps[2]!.status], [true, 'NOT CHECKED', 'NOT CHECKED'])
  }
})

test('no key, token or authorization header of an event reaches the file', async (t) => {
  setEnvironment(t, { OPENAI_API_KEY: 'plain-words-as-a-key' })
  const mem = await newMemory(t)
  await mem.sessionStart('s')
  const output = {
    request: { headers: { Authorization: 'Bearer abcdef0123456789', 'X-Api-Key': ['hush-hush-hush'], accept: 'text/html' }, password: 12345678 },
    log: `used ${KEY}, then plain-words-as-a-key; curl -H "Authorization: Bearer ZYXWVUTS98765432"`,
    [KEY]: 1,
    tokens: 31,
  }
  await mem.record({ name: `call with ${KEY}`, input: output, output, error: `401 for ${KEY}` })
  const { actions } = await mem.sessionView('s')
  const kept = JSON.parse(actions[0]!.record!['output'] as string)
  assert.deepEqual(kept.request, { headers: { Authorization: '[secret]', 'X-Api-Key': '[secret]', accept: 'text/html' }, password: '[secret]' })
  assert.deepEqual([kept.tokens, kept['[secret]']], [31, 1])
  const shown = JSON.stringify(actions)
  const file = readFileSync(mem.path, 'latin1')
  for (const secret of [KEY, 'abcdef0123456789', 'hush-hush', '12345678', 'plain-words-as-a-key', 'ZYXWVUTS98765432']) {
    assert.ok(!shown.includes(secret) && !file.includes(secret), secret)
  }
})

test('an event outside a session, and one that has no JSON form, are refused', async (t) => {
  const mem = await newMemory(t)
  await assert.rejects(mem.record({ name: 'x' }), fails('NoActiveSession', /no session is active/))
  await mem.sessionStart('s')
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const refused: unknown[] = [
    {},
    { name: ' ' },
    { name: 'x', input: circular },
    { name: 'x', output: 1n },
    { name: 'x', output: () => 1 },
    { name: 'x', error: 7 },
    { name: 'x', durationMs: -1 },
    { name: 'x', result: 1 },
  ]
  for (const call of refused) await assert.rejects(mem.record(call as ToolCall), fails('InvalidInput'))
  assert.equal((await mem.sessionEnd()).actionCount, 0)
})
