/** R14: a URI is data. Whatever it says, an export names its entries by hashes and writes nothing but the file that was asked for. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newMemory, scratch } from '../memory/support.js'

const NAMES = ['../../outside.txt', '/etc/outside', 'C:\\outside', 'a\0b', 'frames/../../x', '\u001b[31mred', 'x'.repeat(5000)]

test('documents whose URIs are paths stay inside of the archive', async (t) => {
  const mem = await newMemory(t)
  await mem.sessionStart('names')
  for (const uri of NAMES) await mem.put({ text: `A lamp by the name of ${JSON.stringify(uri)}.`, uri, title: uri.slice(0, 100) })
  const { hits } = await mem.find('lamp', { k: 20, mode: 'lex' })
  assert.deepEqual(hits.map((hit) => hit.uri).sort(), [...NAMES].sort(), 'they are kept as they are')
  await mem.sessionEnd()
  const folder = scratch(t)
  await mem.sessionEvidence('names', join(folder, 'evidence.zip'))
  assert.deepEqual(readdirSync(folder), ['evidence.zip'])
  const listed = execFileSync('python3', ['-c', 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))', join(folder, 'evidence.zip')], { encoding: 'utf8' })
  const names = listed.trimEnd().split('\n')
  assert.equal(names.filter((name) => name.startsWith('frames/')).length, NAMES.length)
  for (const name of names) assert.match(name, /^(frames\/[0-9a-f]{64}|[a-z]+\.(txt|jsonl|py))$/)
})
