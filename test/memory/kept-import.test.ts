import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keptImport } from '../../src/memory/kept-import.js'

test('a module is loaded by the first call and kept', async () => {
  let loads = 0
  const load = keptImport(async () => ({ number: ++loads }))
  assert.equal(loads, 0)
  const [first, second] = await Promise.all([load(), load()])
  assert.equal(first, second)
  assert.equal((await load()).number, 1)
  assert.equal(load(), first, 'without a promise once it is there')
})

test('an import that failed is tried again', async () => {
  let calls = 0
  const load = keptImport(async () => {
    if (++calls === 1) throw new Error('no such file')
    return calls
  })
  await assert.rejects(async () => load(), /no such file/)
  assert.equal(await load(), 2)
  assert.equal(await load(), 2)
})
