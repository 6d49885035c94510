/** Replays kept in the file: what comes back, two of them compared, and their answers for replays without a network. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory, ReplayResult } from '../../src/index.js'
import { openStore } from '../../src/memory/store.js'
import { encodePayload } from '../../src/session/codec.js'
import { findSession } from '../../src/session/lookup.js'
import { anotherHandle, fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn, type StandIn } from '../support/stand-in/index.js'

async function recorded(t: TestContext): Promise<{ mem: Memory; openai: StandIn; claude: StandIn }> {
  const openai = await startStandIn({ provider: 'openai', reply: () => 'The acquisition was valued at $2 billion.' })
  const claude = await startStandIn({ provider: 'claude', reply: () => 'It was $3 billion.' })
  for (const server of [openai, claude]) t.after(() => server.close())
  setEnvironment(t, { ...openai.env, ...claude.env })
  const mem = await newMemory(t)
  await mem.putMany(['The acquisition was valued at $2 billion.', 'A mill by the river.'].map((text) => ({ text })))
  await mem.sessionStart('s')
  await mem.put({ text: 'a third document' })
  await mem.find('acquisition')
  await mem.ask('What was the acquisition valued at?', { model: 'openai' })
  await mem.ask('What stands by the river?')
  await mem.sessionEnd()
  return { mem, openai, claude }
}

/** Without what saving adds, and without the text of evidence, which stands in the frames. */
function comparable({ saved: _saved, ...result }: ReplayResult): unknown {
  return JSON.parse(JSON.stringify(result, (key, value: { text?: string }) => (key === 'evidence' ? { ...value, text: '' } : value)))
}

test('a saved replay comes back as it was, in every mode', async (t) => {
  const { mem } = await recorded(t)
  const runs = [
    { audit: true },
    { audit: true, useModel: 'claude', diff: true },
    { audit: true, useModel: ['openai:gpt-4o', 'claude'], diff: true },
    { topK: 1 },
    { skipAsks: true },
    { asOf: 'recorded' as const },
    { topK: 1, expect: 'river', sweep: 'top-k=1..3' },
  ]
  for (const [index, options] of runs.entries()) {
    const result = await mem.sessionReplay('s', { ...options, save: index === 1 ? 'with claude' : true })
    assert.deepEqual([result.saved!.number, result.saved!.name], [index + 1, index === 1 ? 'with claude' : null])
    const view = await mem.sessionReplayView('s', index + 1)
    assert.deepEqual(comparable(view.result), comparable(result))
    assert.deepEqual(comparable((await (await anotherHandle(t, mem)).sessionReplayView('s', index + 1)).result), comparable(result))
  }
  const list = await mem.sessionReplays('s')
  assert.deepEqual(list.map((info) => [info.number, info.mode, info.models.length, info.replayedActions, info.ok]), [
    [1, 'audit', 0, 4, true],
    [2, 'audit', 1, 4, true],
    [3, 'audit', 2, 4, true],
    [4, 'standard', 0, 4, true],
    [5, 'standard', 0, 4, true],
    [6, 'standard', 0, 4, true],
    [7, 'standard', 0, 4, true],
  ])
  assert.deepEqual(list[0]!.counts, { VERIFIED: 3, IDENTICAL: 1 })
  assert.equal((await mem.sessionReplayView('s', 'with claude')).number, 2)
  assert.equal((await mem.sessionReplayView('s', '2')).name, 'with claude')
  const again = await mem.sessionReplay('s', { skipAsks: true, save: 'with claude' })
  assert.equal((await mem.sessionReplayView('s', 'with claude')).number, again.saved!.number)
  assert.equal((await mem.sessionView('s')).actionCount, 4)
  assert.equal((await mem.sessionVerify('s')).verdict, 'VERIFIED')
  assert.equal((await mem.verify({ deep: true })).ok, true)
})

test('a replay that is not saved leaves the file as it was; what can not be saved is refused, or said beside the result', async (t) => {
  const { mem } = await recorded(t)
  const { commit } = await mem.refresh()
  await mem.sessionReplay('s', { audit: true })
  assert.equal((await mem.refresh()).commit, commit)
  assert.deepEqual(await mem.sessionReplays('s'), [])
  for (const save of ['', '  ', 7] as never[]) await assert.rejects(mem.sessionReplay('s', { save }), fails('InvalidInput', /save/))
  await assert.rejects(mem.sessionReplay('s', { save: true, dryRun: true }), fails('InvalidInput', /dry run/))
  await assert.rejects(mem.sessionReplayView('s', 1), fails('ReplayNotFound'))
  await assert.rejects(mem.sessionReplayView('s', 'none'), fails('ReplayNotFound'))
  const reader = await anotherHandle(t, mem, { readOnly: true })
  const unsaved = await reader.sessionReplay('s', { audit: true, useModel: 'claude', save: true })
  assert.equal(unsaved.askResults[0]!.newAnswer, 'It was $3 billion.')
  assert.deepEqual([unsaved.recordingError!.code, 'saved' in unsaved], ['ReadOnly', false])
})

test('a session that is still recorded goes on after a replay of it was saved', async (t) => {
  const { mem } = await recorded(t)
  await mem.sessionStart('active')
  await mem.find('river')
  await mem.sessionReplay('active', { save: 'half way' })
  await mem.find('mill')
  const { actionCount } = await mem.sessionEnd()
  assert.deepEqual([actionCount, (await mem.sessionReplayView('active', 1)).totalActions], [2, 1])
  assert.equal((await mem.sessionReplay('active', { asOf: 'recorded' })).retrieval, 'REPRODUCED')
  assert.equal((await mem.sessionVerify('active')).verdict, 'VERIFIED')
})

test('two saved replays are compared step by step, answers by model', async (t) => {
  const { mem, openai, claude } = await recorded(t)
  await mem.sessionReplay('s', { audit: true, useModel: 'claude', save: 'claude' })
  await mem.sessionReplay('s', { audit: true, useModel: 'openai', save: 'openai' })
  await mem.sessionReplay('s', { audit: true, useModel: ['openai', 'claude'], save: 'both' })
  openai.setReply(() => 'The acquisition was valued at $4 billion.')
  await mem.sessionReplay('s', { audit: true, useModel: 'openai', save: 'later' })
  assert.equal((await mem.sessionCompareReplays('s', 'claude', 1)).identical, true)
  const models = await mem.sessionCompareReplays('s', 'claude', 'openai')
  assert.deepEqual([models.identical, models.identicalSteps, models.steps.length], [false, 2, 4])
  const [answer] = models.steps[2]!.answers!
  assert.match(answer!.modelA!, /^claude:/)
  assert.deepEqual([answer!.modelB, answer!.status], ['openai:gpt-4o-mini', 'CHANGED'])
  assert.ok(answer!.wordDiff.some((part) => part.change === 'added'))
  const both = (await mem.sessionCompareReplays('s', 'openai', 'both')).steps[2]!.answers!
  assert.deepEqual(both.map((each) => [each.modelA?.split(':')[0] ?? null, each.modelB?.split(':')[0] ?? null, each.status]), [
    ['openai', 'openai', 'IDENTICAL'],
    [null, 'claude', 'CHANGED'],
  ])
  const later = await mem.sessionCompareReplays('s', 'openai', 'later')
  assert.deepEqual(later.steps.map((step) => step.identical), [true, true, false, false])
  assert.equal(claude.requests.length, 4)
  await mem.sessionReplay('s', { save: 'debug' })
  const [put, search] = (await mem.sessionCompareReplays('s', 'claude', 'debug')).steps
  assert.deepEqual([put!.identical, search!.statusA, search!.statusB, search!.identical], [true, 'VERIFIED', 'IDENTICAL', false])
  await mem.put({ text: 'acquisition acquisition' })
  await mem.sessionReplay('s', { skipAsks: true, save: 'today' })
  await mem.sessionReplay('s', { skipAsks: true, asOf: 'recorded', save: 'then' })
  const { steps } = await mem.sessionCompareReplays('s', 'then', 'today')
  const find = steps[1]!
  assert.deepEqual([find.statusA, find.statusB, find.identical], ['IDENTICAL', 'CHANGED', false])
  assert.deepEqual([find.results!.status, find.results!.came], ['CHANGED', [3]])
})

test('answers of a saved replay stand for a model without a network', async (t) => {
  const { mem, openai, claude } = await recorded(t)
  const useModel = ['openai:gpt-4o', 'claude']
  const online = await mem.sessionReplay('s', { audit: true, useModel, save: true })
  setEnvironment(t, { OPENAI_API_KEY: '', ANTHROPIC_API_KEY: '', OPENAI_BASE_URL: '', ANTHROPIC_BASE_URL: '' })
  const sent = openai.requests.length + claude.requests.length
  const offline = await mem.sessionReplay('s', { audit: true, useModel, offline: true })
  const texts = (replay: ReplayResult) => replay.askResults.map((ask) => ask.answers!.map((each) => each.answer))
  assert.deepEqual(texts(offline), texts(online))
  assert.ok(offline.askResults.every((ask) => ask.answers!.every((each) => each.measures!.from === 'replay' && each.measures!.cost.usd === '0')))
  assert.deepEqual([offline.ok, openai.requests.length + claude.requests.length], [true, sent])
  const other = await mem.sessionReplay('s', { audit: true, useModel: 'claude', offline: true, temperature: 0.3 })
  assert.equal(other.askResults[0]!.newError!.code, 'Offline')
})

test('a record that is no replay of ours is listed with its error and hides no other', async (t) => {
  const { mem } = await recorded(t)
  await mem.sessionReplay('s', { audit: true, save: true })
  const store = await openStore(mem.path, {})
  t.after(() => store.close())
  const { session } = await findSession(store, 's')
  for (const payload of [Buffer.from('not MessagePack'), encodePayload({ mode: 'audit', steps: 7 }), encodePayload({ v: 2 })]) {
    await store.commit({ events: [{ type: 'replay', session, payload }] })
  }
  await mem.sessionReplay('s', { audit: true, save: true })
  const list = await mem.sessionReplays('s')
  assert.deepEqual(list.map((info) => info.error?.code ?? info.mode), ['audit', 'Corrupt', 'Corrupt', 'Unsupported', 'audit'])
  await assert.rejects(mem.sessionReplayView('s', 2), fails('Corrupt'))
  await assert.rejects(mem.sessionCompareReplays('s', 1, 4), fails('Unsupported'))
  assert.equal((await mem.sessionCompareReplays('s', 1, 5)).identical, true)
})
