import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Memory, ReplayStep } from '../../src/index.js'
import { fails, newMemory } from '../memory/support.js'

async function recorded(t: TestContext): Promise<{ mem: Memory; sessionId: string }> {
  const mem = await newMemory(t)
  const sessionId = await mem.sessionStart('s')
  await mem.put({ text: 'Maria Gomez leads the Orchard Labs team.' })
  await mem.find('Orchard Labs')
  await mem.ask('Who leads the Orchard Labs team?')
  await mem.sessionEnd()
  return { mem, sessionId }
}

/** Without what differs from run to run. */
function timeless({ durationMs: _, ...step }: ReplayStep): Partial<ReplayStep> {
  return step
}

test('each step is told as it ends, and an audit keeps no details of those that are not wanted', async (t) => {
  const { mem, sessionId } = await recorded(t)
  const whole = await mem.sessionReplay(sessionId, { audit: true })
  const told: ReplayStep[] = []
  const onStep = (step: ReplayStep, total: number): boolean => {
    assert.equal(total, 3)
    told.push(step)
    return step.kind === 'find'
  }
  const light = await mem.sessionReplay(sessionId, { audit: true, onStep })
  assert.deepEqual(told.map(timeless), whole.steps.map(timeless))
  assert.deepEqual(light.steps.map((step) => Object.keys(step).filter((key) => ['put', 'frozen', 'ask'].includes(key))), [[], ['frozen'], []])
  assert.deepEqual([light.counts, light.ok, light.totals, light.steps.length], [whole.counts, true, whole.totals, 3])
  assert.deepEqual([light.askResults, light.putResults], [[], []])
})

test('where a result is summed up from the details, they stay', async (t) => {
  const { mem, sessionId } = await recorded(t)
  for (const options of [{}, { audit: true, useModel: 'local' }, { audit: true, save: true }]) {
    const { steps } = await mem.sessionReplay(sessionId, { ...options, onStep: () => false })
    assert.ok(steps[2]!.ask, JSON.stringify(options))
  }
  await assert.rejects(mem.sessionReplay(sessionId, { onStep: 'x' as never }), fails('InvalidInput'))
})
