/** What counts as a difference, and what a replay does at the first one. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { judgeReplay, type FailOn, type Memory, type ReplayOptions, type ReplayResult, type ReplayStep } from '../../src/index.js'
import { fails, newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

function result(changes: Partial<ReplayStep>, more: Partial<ReplayResult> = {}): ReplayResult {
  const step = { step: 1, number: 0, kind: 'ask', status: 'VERIFIED', ok: true, note: null, durationMs: 1, ...changes }
  return { steps: [step], ...more } as unknown as ReplayResult
}

const RULES: FailOn[] = ['mismatch', 'unverified', 'changed', 'none']
const outcomes = (replay: ReplayResult) => RULES.map((rule) => judgeReplay(replay, rule).outcome)

test('each kind of difference counts for the rules that speak of it', () => {
  const [yes, no] = ['different', 'passed']
  assert.deepEqual(outcomes(result({})), [no, no, no, no])
  for (const status of ['CHANGED', 'MISSING', 'UNVERIFIABLE'] as const) {
    assert.deepEqual(outcomes(result({ status, ok: false })), [yes, yes, yes, no])
  }
  const find = { newFrames: [1], oldFrames: [2], query: 'q' } as never
  for (const status of ['CHANGED', 'REORDERED'] as const) {
    // Other results without another setting, and with one.
    assert.deepEqual(outcomes(result({ kind: 'find', status, ok: false, find })), [yes, no, yes, no])
    assert.deepEqual(outcomes(result({ kind: 'find', status, ok: true, find })), [no, no, yes, no])
  }
  assert.deepEqual(outcomes(result({ kind: 'put', status: 'SUPERSEDED' })), [no, no, yes, no])
  for (const status of ['SKIPPED', 'NOT CHECKED', 'IDENTICAL'] as const) assert.deepEqual(outcomes(result({ status })), [no, no, no, no])
  assert.deepEqual(outcomes(result({ ask: { diffStatus: 'CHANGED' } as never })), [no, no, yes, no])
})

test('a failure counts for every rule and goes before differences; a stop without one is incomplete', () => {
  const all = (outcome: string) => RULES.map(() => outcome)
  assert.deepEqual(outcomes(result({ status: 'FAILED', ok: false })), all('failed'))
  const error = { code: 'ProviderError', message: 'no' }
  assert.deepEqual(outcomes(result({ ok: false, ask: { newError: error } as never })), all('failed'))
  assert.deepEqual(outcomes(result({ ok: false, ask: { answers: [{ error }] } as never })), all('failed'))
  const stopped = { ask: { answers: [{ error: { code: 'Aborted', message: '' } }, { error: { code: 'CostLimit', message: '' } }] } as never }
  assert.deepEqual(outcomes(result(stopped)), all('passed'))
  assert.deepEqual(outcomes(result({}, { stopped: { reason: 'max-cost', note: '' } })), all('incomplete'))
})

test('a divergence names the strongest reason that counts', () => {
  const reason = (changes: Partial<ReplayStep>) => judgeReplay(result(changes), 'changed').divergences[0]!.reason
  const find = { newFrames: [1], oldFrames: [2], query: 'q' } as never
  assert.equal(reason({ kind: 'find', status: 'CHANGED', ok: false, find }), 'mismatch')
  assert.equal(reason({ kind: 'find', status: 'CHANGED', ok: true, find }), 'changed')
  assert.equal(reason({ status: 'MISSING', ok: false }), 'unverified')
  assert.equal(reason({ status: 'FAILED', ok: false }), 'failed')
})

test('several rules count what one of them counts', () => {
  const superseded = result({ kind: 'put', status: 'SUPERSEDED' })
  assert.equal(judgeReplay(superseded, ['unverified', 'changed']).outcome, 'different')
  assert.equal(judgeReplay(superseded, ['unverified', 'mismatch']).outcome, 'passed')
  assert.equal(judgeReplay(superseded).outcome, 'passed')
})

async function fourFinds(t: TestContext): Promise<Memory> {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany(['kestrel', 'harrier', 'osprey'].map((text) => ({ text, uri: `mv2://${text}` })))
  await mem.sessionStart('s')
  for (const query of ['kestrel', 'harrier', 'osprey', 'kestrel']) await mem.find(query)
  await mem.sessionEnd()
  return mem
}

test('a replay stops after the first mismatch and names it; nothing after it is carried out', async (t) => {
  const mem = await fourFinds(t)
  const stopped = (options: ReplayOptions = {}) => mem.sessionReplay('s', { stopOnMismatch: true, ...options })
  const whole = await stopped()
  assert.deepEqual([whole.steps.length, whole.ok, 'firstDivergence' in whole, 'stopped' in whole], [4, true, false, false])
  await mem.put({ text: 'harrier harrier', uri: 'mv2://new' })
  const replay = await stopped()
  assert.deepEqual([replay.steps.length, replay.ok, replay.aborted], [2, false, false])
  const { step, number, kind, about, status, reason, note } = replay.firstDivergence!
  assert.deepEqual([step, number, kind, about, status, reason], [2, 1, 'find', 'harrier', 'CHANGED', 'mismatch'])
  assert.match(note, /mv2:\/\/new|commit/)
  assert.deepEqual(replay.stopped, { reason: 'mismatch', note: `step 2 (harrier): ${note}` })
  assert.equal((await stopped({ failOn: 'unverified' })).steps.length, 4)
  assert.equal(judgeReplay(await mem.sessionReplay('s')).divergences.length, 1)
})

test('another answer stops a replay where changes count, before the next question is sent', async (t) => {
  const standIn = await startStandIn({ provider: 'openai', reply: () => 'one' })
  t.after(() => standIn.close())
  setEnvironment(t, standIn.env)
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.' })
  await mem.sessionStart('s')
  for (const n of [1, 2, 3]) await mem.ask(`What was the acquisition valued at? ${n}`, { model: 'openai' })
  await mem.sessionEnd()
  standIn.setReply(() => 'two')
  const replay = await mem.sessionReplay('s', { audit: true, useModel: 'openai', failOn: ['changed'], stopOnMismatch: true })
  assert.deepEqual([replay.steps.length, standIn.requests.length], [1, 4])
  assert.deepEqual([replay.firstDivergence!.reason, replay.firstDivergence!.note], ['changed', 'another answer than was recorded'])
  for (const failOn of ['all', [], ['none', 'changed'], 7] as never[]) {
    await assert.rejects(mem.sessionReplay('s', { failOn }), fails('InvalidInput', /failOn/))
  }
})
