import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { open, type Memory } from '../../src/index.js'
import { fails, newMemory, scratch, setEnvironment } from '../memory/support.js'
import { startStandIn, type StandIn } from '../support/stand-in/index.js'

const QUESTION = 'What was the acquisition price?'

async function recorded(t: TestContext): Promise<{ mem: Memory; openai: StandIn; claude: StandIn }> {
  const openai = await startStandIn({ provider: 'openai', reply: () => 'The acquisition was valued at $2 billion [1].' })
  const claude = await startStandIn({ provider: 'claude', reply: () => 'The price was $2B according to the documents [1].' })
  t.after(() => Promise.all([openai.close(), claude.close()]))
  setEnvironment(t, { ...openai.env, ...claude.env })
  const mem = await newMemory(t)
  await mem.put({ text: 'The acquisition was valued at $2 billion.', uri: 'mv2://deal', title: 'Deal' })
  await mem.put({ text: 'The acquisition closed in June. Its price was paid in cash.', uri: 'mv2://close' })
  await mem.sessionStart('s')
  await mem.find('acquisition')
  await mem.ask(QUESTION, { model: 'openai:gpt-4o-mini' })
  await mem.sessionEnd()
  return { mem, openai, claude }
}

test('an audit verifies the frozen context and asks nobody', async (t) => {
  const { mem, openai } = await recorded(t)
  const replay = await mem.sessionReplay('s', { audit: true })
  assert.deepEqual([replay.mode, replay.ok, replay.aborted], ['audit', true, false])
  assert.deepEqual(replay.steps.map((step) => [step.step, step.kind, step.status]), [[1, 'find', 'VERIFIED'], [2, 'ask', 'VERIFIED']])
  const [ask] = replay.askResults
  assert.deepEqual([ask!.context, ask!.contextProblems, ask!.answerStatus], ['VERIFIED', [], 'NOT RE-ASKED'])
  assert.deepEqual([...ask!.frozenFrames].sort(), [0, 1])
  assert.equal(ask!.originalAnswer, 'The acquisition was valued at $2 billion [1].')
  assert.equal(ask!.newAnswer, undefined)
  assert.equal(openai.requests.length, 1)
})

test('after an update and a delete the audit still verifies the bytes that the model saw, and says what happened since', async (t) => {
  const { mem } = await recorded(t)
  await mem.update('mv2://deal', { text: 'The acquisition was valued at $3 billion.' })
  await mem.delete('mv2://close')
  const { askResults, steps, ok } = await mem.sessionReplay('s', { audit: true })
  const [ask] = askResults
  assert.equal(ok, true)
  assert.equal(ask!.context, 'VERIFIED')
  assert.deepEqual([ask!.supersededSince, ask!.deletedSince], [[0], [1]])
  const notes = Object.fromEntries(ask!.frames!.map((frame) => [frame.frameId, frame.note]))
  assert.match(notes[0]!, /^superseded since \(by frame 2, commit \d+\)$/)
  assert.match(notes[1]!, /^deleted since \(commit \d+\)$/)
  assert.match(steps[1]!.note!, /superseded since.*deleted since|deleted since.*superseded since/)
})

test('another model gets the very same context, and its answer is compared word by word', async (t) => {
  const { mem, openai, claude } = await recorded(t)
  await mem.update('mv2://deal', { text: 'The acquisition was valued at $3 billion.' })
  const before = await mem.refresh()
  const { askResults, totals } = await mem.sessionReplay('s', { audit: true, useModel: 'claude:claude-3-haiku', diff: true })
  const [ask] = askResults
  assert.deepEqual([ask!.overrideModel, ask!.newAnswer], ['claude:claude-3-haiku', 'The price was $2B according to the documents [1].'])
  assert.deepEqual([ask!.answerStatus, ask!.diffStatus], ['CHANGED', 'CHANGED'])
  const removed = ask!.wordDiff!.filter((part) => part.change === 'removed').map((part) => part.value).join(' ')
  assert.match(removed, /billion/)
  // Byte for byte what the first model was sent: $2 billion, though the file says $3 billion today.
  assert.equal(claude.requests[0]!.user, openai.requests[0]!.user)
  assert.ok(ask!.replayed!.usage!.inputTokens > 0)
  assert.ok(ask!.replayed!.grounding)
  assert.ok(Number(totals.replayed.costUsd) > 0)
  assert.equal((await mem.refresh()).commit, before.commit)
})

test('the same answer is IDENTICAL', async (t) => {
  const { mem, claude } = await recorded(t)
  claude.setReply(() => 'The acquisition was valued at $2 billion [1].')
  const { askResults } = await mem.sessionReplay('s', { audit: true, useModel: 'claude', diff: true })
  assert.equal(askResults[0]!.diffStatus, 'IDENTICAL')
  assert.ok(askResults[0]!.wordDiff!.every((part) => part.change === undefined))
})

test('a model that can not be asked is the step\'s failure, not the end of the replay', async (t) => {
  const { mem, claude } = await recorded(t)
  claude.setReply(() => ({ status: 400, errorMessage: 'bad request' }))
  const { askResults, steps, ok } = await mem.sessionReplay('s', { audit: true, useModel: 'claude' })
  assert.equal(ok, false)
  assert.deepEqual([steps.length, steps[1]!.status, steps[1]!.ok], [2, 'VERIFIED', false])
  assert.equal(askResults[0]!.newError!.code, 'ProviderError')
  await assert.rejects(mem.sessionReplay('s', { audit: true, useModel: 'gpt-99' }), fails('UnknownModel'))
  delete process.env['GROQ_API_KEY']
  await assert.rejects(mem.sessionReplay('s', { audit: true, useModel: 'groq' }), fails('MissingKey', /GROQ_API_KEY/))
})

/** A copy of the file with one bit of one byte altered, opened. */
async function altered(t: TestContext, mem: Memory, place: (bytes: Buffer) => number): Promise<Memory> {
  const bytes = readFileSync(mem.path)
  const at = place(bytes)
  assert.ok(at > 0, 'the place stands in the file')
  bytes[at] = bytes[at]! ^ 1
  const path = join(scratch(t), 'altered.mv2')
  writeFileSync(path, bytes)
  const opened = await open(path)
  t.after(() => opened.close())
  return opened
}

test('one altered byte of a frame of the context is never VERIFIED, and the frame is named', async (t) => {
  const { mem } = await recorded(t)
  const damaged = await altered(t, mem, (bytes) => bytes.indexOf('valued at $2 billion.'))
  const { steps, askResults, ok } = await damaged.sessionReplay('s', { audit: true })
  assert.equal(ok, false)
  assert.deepEqual(steps.map((step) => step.status), ['CHANGED', 'CHANGED'])
  assert.match(askResults[0]!.contextProblems!.join(), /frame 0: /)
  assert.equal(askResults[0]!.frames!.find((frame) => frame.frameId === 0)!.state, 'damaged')
  assert.equal(askResults[0]!.frames!.find((frame) => frame.frameId === 1)!.hashMatches, true)
})

/** Offsets of the file's session events, by their record headers (format-spec/02-records). */
function eventOffsets(bytes: Buffer): number[] {
  const marker = Buffer.from([0xa7, 0x4d, 0x32, 0x52, 0x30])
  const offsets: number[] = []
  for (let at = bytes.indexOf(marker); at !== -1; at = bytes.indexOf(marker, at + 1)) offsets.push(at)
  return offsets
}

for (const [number, kind] of [[0, 'find'], [1, 'ask']] as const) {
  test(`one altered byte of a recorded ${kind} is never VERIFIED, the action is named, and the other stays readable`, async (t) => {
    const { mem } = await recorded(t)
    // Events are start, find, ask, end; the payload begins after 128 bytes of header and 112 of envelope.
    const damaged = await altered(t, mem, (bytes) => eventOffsets(bytes)[number + 1]! + 128 + 112 + 30)
    const { steps, ok } = await damaged.sessionReplay('s', { audit: true })
    assert.equal(ok, false)
    assert.deepEqual(steps.map((step) => step.status), number === 0 ? ['UNVERIFIABLE', 'VERIFIED'] : ['VERIFIED', 'UNVERIFIABLE'])
    assert.equal(steps[number]!.error!.code, 'Corrupt')
    assert.match(steps[number]!.note!, /at byte \d+/)
    const { actions } = await damaged.sessionView('s')
    assert.deepEqual(actions.map((action) => action.error?.code), number === 0 ? ['Corrupt', undefined] : [undefined, 'Corrupt'])
  })
}

test('settings of the search are refused in an audit', async (t) => {
  const { mem } = await recorded(t)
  for (const options of [{ adaptive: true }, { topK: 3 }, { mode: 'lex' as const }, { asOf: 'recorded' as const }]) {
    await assert.rejects(mem.sessionReplay('s', { audit: true, ...options }), fails('InvalidInput', /an audit does not search/))
  }
  await assert.rejects(mem.sessionReplay('s', { useModell: 'x' } as never), fails('InvalidInput', /no option "useModell"/))
  await assert.rejects(mem.sessionReplay('s', { topK: 0 }), fails('InvalidInput', /topK/))
})

test('skips, and puts that were updated or deleted since', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await mem.sessionStart('s')
  await mem.put({ text: 'one', uri: 'mv2://one' })
  await mem.put({ text: 'two', uri: 'mv2://two' })
  await mem.put({ text: 'three', uri: 'mv2://three' })
  await mem.find('one')
  await mem.ask('one?')
  await mem.delete('mv2://three')
  await mem.sessionEnd()
  await mem.update('mv2://two', { text: 'zwei' })
  const { steps, putResults, counts, ok } = await mem.sessionReplay('s', { audit: true, skipAsks: true, skipFinds: true })
  assert.deepEqual(steps.map((step) => step.status), ['IDENTICAL', 'SUPERSEDED', 'SUPERSEDED', 'SKIPPED', 'SKIPPED', 'IDENTICAL'])
  assert.deepEqual(counts, { IDENTICAL: 2, SUPERSEDED: 2, SKIPPED: 2 })
  assert.equal(putResults.length, 4)
  assert.equal(putResults[3]!.frames[0]!.note, null)
  assert.equal(ok, true)
})

test('an abort ends a replay with what was done', async (t) => {
  const { mem } = await recorded(t)
  const controller = new AbortController()
  const replay = await mem.sessionReplay('s', { audit: true, signal: controller.signal, onProgress: () => controller.abort() })
  assert.deepEqual([replay.aborted, replay.ok, replay.steps.length, replay.totalActions], [true, false, 1, 2])
})

test('a session without actions replays to nothing', async (t) => {
  const mem = await newMemory(t)
  await mem.sessionStart('empty')
  await mem.sessionEnd()
  for (const audit of [true, false]) {
    const replay = await mem.sessionReplay('empty', { audit })
    assert.deepEqual([replay.steps, replay.totalActions, replay.ok, replay.retrieval], [[], 0, true, null])
  }
})
