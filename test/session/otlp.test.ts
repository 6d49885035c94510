import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory } from '../../src/index.js'
import { anyValue, Double, nanoseconds } from '../../src/session/otlp/value.js'
import { newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

const KEY = 'sk-canary-0123456789abcdefghij'

async function exported(mem: Memory, session: string): Promise<{ text: string; spans: any[]; resource: any }> {
  let text = ''
  for await (const part of mem.sessionOtlp(session)) text += part
  const { resourceSpans } = JSON.parse(text)
  assert.equal(resourceSpans.length, 1)
  const [{ resource, scopeSpans }] = resourceSpans
  return { text, resource, spans: scopeSpans[0].spans }
}

/** An OTLP value as the value it stands for. */
function plain(value: any): any {
  const [[kind, content]] = Object.entries(value) as [[string, any]]
  switch (kind) {
    case 'intValue':
      return Number(content)
    case 'arrayValue':
      return content.values.map(plain)
    case 'kvlistValue':
      return plainAttributes(content.values)
    default:
      return content
  }
}

function plainAttributes(list: { key: string; value: unknown }[]): Record<string, any> {
  return Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]))
}

async function recordedSession(t: TestContext): Promise<{ mem: Memory; sessionId: string }> {
  const reply = { text: 'The acquisition was valued at $2 billion [1].', usage: { input: 3112, output: 42 } }
  const standIn = await startStandIn({ provider: 'openai', key: KEY, reply: () => reply })
  t.after(() => standIn.close())
  setEnvironment(t, { ...standIn.env, OPENAI_API_KEY: KEY })
  const mem = await newMemory(t)
  const sessionId = await mem.sessionStart('Audit')
  await mem.put({ text: 'The acquisition was valued at $2 billion.', title: 'Deal', uri: 'mv2://deal' })
  await mem.find('acquisition', { k: 3 })
  await mem.ask('What was the acquisition valued at?', { model: 'openai:gpt-4o-mini', temperature: 0, maxOutputTokens: 99 })
  await mem.ask('What was the acquisition valued at?', { model: 'openai:gpt-4o-mini', temperature: 0, maxOutputTokens: 99 })
  await mem.ask('What was it valued at?')
  await mem.record({ name: 'search_web', input: { query: 'x', n: 1.5 }, output: ['a'], startedAtMs: 1_700_000_000_000.5, durationMs: 12 })
  await mem.record({ name: 'send_mail', error: 'refused' })
  await mem.sessionCheckpoint('end')
  await mem.sessionEnd()
  return { mem, sessionId }
}

test('a session is exported as spans by the conventions of OpenTelemetry for generative AI', async (t) => {
  const { mem, sessionId } = await recordedSession(t)
  const { spans, resource, text } = await exported(mem, 'Audit')
  assert.ok(!text.includes(KEY))
  const { fileUuid } = await mem.stats()
  assert.deepEqual(spans.map(({ name }) => name), [
    'put',
    `retrieval ${fileUuid}`,
    'ask',
    `retrieval ${fileUuid}`,
    'chat gpt-4o-mini',
    'ask',
    `retrieval ${fileUuid}`,
    'ask',
    `retrieval ${fileUuid}`,
    'chat extractive',
    'execute_tool search_web',
    'execute_tool send_mail',
    'checkpoint',
    'session Audit',
  ])
  const ids = new Set(spans.map(({ spanId }) => spanId))
  assert.equal(ids.size, spans.length)
  const root = spans.at(-1)
  for (const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, attributes } of spans) {
    assert.equal(traceId, sessionId.replaceAll('-', ''))
    assert.match(spanId, /^[0-9a-f]{16}$/)
    assert.ok(spanId === root.spanId ? parentSpanId === undefined : ids.has(parentSpanId))
    assert.match(`${startTimeUnixNano} ${endTimeUnixNano}`, /^\d{19} \d{19}$/)
    assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano))
    assert.equal(plainAttributes(attributes)['gen_ai.conversation.id'], sessionId)
  }
  assert.equal(plainAttributes(resource.attributes)['service.name'], 'memvid')

  const [, retrieval, ask, , chat, cached, , , , local, tool, failed] = spans
  const found = plainAttributes(retrieval.attributes)
  assert.deepEqual(
    [found['gen_ai.operation.name'], found['gen_ai.data_source.id'], found['gen_ai.retrieval.query.text'], found['gen_ai.retrieval.top_k']],
    ['retrieval', fileUuid, 'acquisition', 3],
  )
  assert.equal(found['gen_ai.retrieval.documents'][0].id, 'mv2://deal')
  assert.equal(typeof found['gen_ai.retrieval.documents'][0].score, 'number')

  assert.deepEqual([chat.parentSpanId, chat.kind, chat.status], [ask.spanId, 3, {}])
  const call = plainAttributes(chat.attributes)
  const expected = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.request.max_tokens': 99,
    'gen_ai.request.temperature': 0,
    'gen_ai.usage.input_tokens': 3112,
    'gen_ai.usage.output_tokens': 42,
    'gen_ai.response.finish_reasons': ['stop'],
    'server.address': '127.0.0.1',
  }
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(call[name], value, name)
  assert.ok(call['gen_ai.response.model'] && call['gen_ai.response.id'])
  assert.deepEqual(chat.attributes.find(({ key }: any) => key === 'gen_ai.request.temperature').value, { doubleValue: 0 })
  const [message] = call['gen_ai.input.messages']
  assert.deepEqual([message.role, message.parts.length, message.parts[0].type], ['user', 1, 'text'])
  assert.match(message.parts[0].content, /The acquisition was valued at \$2 billion\./)
  assert.match(call['gen_ai.system_instructions'][0].content, /^You answer questions/)
  assert.deepEqual(call['gen_ai.output.messages'], [
    { role: 'assistant', parts: [{ type: 'text', content: 'The acquisition was valued at $2 billion [1].' }], finish_reason: 'stop' },
  ])

  const asked = plainAttributes(ask.attributes)
  assert.deepEqual([asked['memvid.cached'], asked['memvid.context.status'], asked['memvid.cost.usd']], [false, 'VERIFIED', '0.000492'])
  const [evaluation] = ask.events
  assert.equal(evaluation.name, 'gen_ai.evaluation.result')
  assert.equal(plainAttributes(evaluation.attributes)['gen_ai.evaluation.score.label'], 'HIGH')
  assert.equal(plainAttributes(cached.attributes)['memvid.cached'], true)
  assert.deepEqual([local.kind, plainAttributes(local.attributes)['gen_ai.provider.name']], [1, 'memvid'])

  const used = plainAttributes(tool.attributes)
  assert.deepEqual(
    [used['gen_ai.operation.name'], used['gen_ai.tool.name'], used['gen_ai.tool.call.arguments'], used['gen_ai.tool.call.result']],
    ['execute_tool', 'search_web', { query: 'x', n: 1.5 }, ['a']],
  )
  assert.deepEqual([tool.kind, tool.startTimeUnixNano, tool.endTimeUnixNano], [1, '1700000000000500000', '1700000000012500000'])
  assert.deepEqual(failed.status, { code: 2, message: 'refused' })
  assert.equal(plainAttributes(failed.attributes)['error.type'], 'ToolError')
})

test('two exports of a session are the same, bytes and ids', async (t) => {
  const { mem, sessionId } = await recordedSession(t)
  assert.equal((await exported(mem, sessionId)).text, (await exported(mem, 'Audit')).text)
})

test('values and times take the form of OTLP JSON', () => {
  assert.deepEqual(anyValue(7), { intValue: '7' })
  assert.deepEqual(anyValue(7.5), { doubleValue: 7.5 })
  assert.deepEqual(anyValue(new Double(7)), { doubleValue: 7 })
  assert.deepEqual(anyValue([true, { a: 'b' }]), {
    arrayValue: { values: [{ boolValue: true }, { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'b' } }] } }] },
  })
  assert.equal(nanoseconds(1_700_000_000_000.25), '1700000000000250000')
})

test('an action that was erased is a span that says so, and no error', async (t) => {
  const mem = await newMemory(t)
  const sessionId = await mem.sessionStart('s')
  await mem.record({ name: 'search_web', input: { query: 'something private' } })
  await mem.sessionEnd()
  await mem.sessionRedact(sessionId, { action: 0 })
  const { text, spans } = await exported(mem, sessionId)
  assert.ok(!text.includes('private'))
  assert.deepEqual([spans[0].name, spans[0].status, plainAttributes(spans[0].attributes)['memvid.erased']], ['tool-call', {}, true])
})
