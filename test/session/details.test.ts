/** One action of a session in full, and all of them in a few numbers: what a page that shows a session needs. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { open } from '../../src/index.js'
import { fails, scratch } from '../memory/support.js'
import { makeDemo } from '../ui/fixture.js'

test('one action is replayed by itself, with its candidates below the cut and its frozen context', async (t) => {
  const demo = await makeDemo(join(scratch(t), 'demo.mv2'))
  const memory = await open(demo.path, { readOnly: true })
  t.after(() => memory.close())
  const { first } = demo.sessions

  const found = await memory.sessionReplay(first, { action: 0, details: true, topK: 2, asOf: 'recorded' })
  assert.deepEqual(found.steps.map(({ number }) => number), [0])
  assert.equal(found.stopped, undefined)
  const [step] = found.steps
  const record = (await memory.sessionView(first, { limit: 1 })).actions[0]!.record as { retrieval: { candidates: { frameId: number[]; score: number[] } } }
  assert.deepEqual(step!.candidates!.map(({ frameId }) => frameId), record.retrieval.candidates.frameId)
  assert.ok(step!.candidates!.length > 5, 'below the cut too')
  assert.ok(step!.candidates!.every(({ uri }) => uri !== null))
  const { candidates, newFrames } = found.findResults[0]!
  assert.equal(newFrames.length, 2)
  assert.deepEqual(candidates!.slice(0, 2).map(({ frameId }) => frameId), newFrames)
  assert.deepEqual(candidates!.map(({ rank }) => rank), candidates!.map((_, index) => index + 1))

  const audited = (await memory.sessionReplay(first, { action: 3, audit: true, details: true })).askResults[0]!
  assert.equal(audited.context, 'VERIFIED')
  assert.deepEqual(audited.frozenContext!.passages.map(({ frameId }) => frameId), audited.frozenFrames)
  assert.match(audited.frozenContext!.messages.at(-1)!.content, /acquisition price of the harbour/)
  const plain = await memory.sessionReplay(first, { action: 3, audit: true })
  assert.equal(plain.askResults[0]!.frozenContext, undefined)
  assert.equal(plain.steps[0]!.candidates, undefined)

  await assert.rejects(memory.sessionReplay(first, { action: 11 }), fails('InvalidInput', /has 11 actions/))
  await assert.rejects(memory.sessionReplay(first, { action: 1, fromCheckpoint: 1 }), fails('InvalidInput', /where to begin/))
})

test('measures say what was captured, and null where nothing was', async (t) => {
  const demo = await makeDemo(join(scratch(t), 'demo.mv2'), { longActions: 600 })
  const memory = await open(demo.path, { readOnly: true })
  t.after(() => memory.close())
  const { actions } = await memory.sessionMeasures(demo.sessions.first)
  const views = (await memory.sessionView(demo.sessions.first)).actions
  assert.deepEqual(actions.map(({ kind }) => kind), views.map(({ kind }) => kind))
  const { totals } = await memory.sessionMeasures(demo.sessions.first)
  assert.equal(totals.inputTokens, actions.reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0))
  assert.equal(totals.failures, 1)
  const ask = views[3]!.record as { response: { latencyMs: number; timeToFirstTokenMs: number }; cost: { usd: string }; grounding: { score: number } }
  assert.equal(actions[3]!.latencyMs, ask.response.latencyMs)
  assert.equal(actions[3]!.timeToFirstTokenMs, ask.response.timeToFirstTokenMs)
  assert.equal(actions[3]!.costUsd, ask.cost.usd)
  assert.equal(actions[3]!.grounding, ask.grounding.score)
  assert.equal(actions[3]!.model, 'openai:gpt-4o-mini')
  assert.deepEqual([actions[9]!.error, actions[9]!.durationMs, actions[9]!.about], ['Timeout', 5000, 'fetch_page'])
  assert.deepEqual([actions[2]!.model, actions[2]!.costUsd, actions[2]!.grounding, actions[2]!.cached], [null, null, null, null])

  const long = demo.sessions.long!
  const all = (await memory.sessionMeasures(long)).actions
  assert.deepEqual(all.map(({ number }) => number), Array.from({ length: 600 }, (_, number) => number))
  assert.deepEqual((await memory.sessionMeasures(long, { offset: 250, limit: 10 })).actions, all.slice(250, 260))
})

test('the history is listed newest first, by pages and by steps', async (t) => {
  const demo = await makeDemo(join(scratch(t), 'demo.mv2'))
  const memory = await open(demo.path, { readOnly: true })
  t.after(() => memory.close())
  const newest = await memory.refresh()
  const all = await memory.commits({ limit: 1000 })
  assert.deepEqual(all[0], newest)
  assert.deepEqual(all.map(({ commit }) => commit), Array.from({ length: newest.commit + 1 }, (_, index) => newest.commit - index))
  assert.ok(all.every(({ frameCount }, index) => index === 0 || frameCount <= all[index - 1]!.frameCount))
  assert.deepEqual(await memory.commits({ before: all[3]!.commit, limit: 2 }), all.slice(4, 6))
  assert.deepEqual((await memory.commits({ step: 5, limit: 3 })).map(({ commit }) => newest.commit - commit), [0, 5, 10])
})
