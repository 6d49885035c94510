/** The hand-written types of the native boundary name what the addon has: nothing more, nothing less. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadBinding } from '../../src/native/index.js'
import { packageRoot } from '../e2e/support/cli.js'

test('binding.d.ts and the addon have the same functions and methods', () => {
  const types = readFileSync(join(packageRoot, 'src/native/binding.d.ts'), 'utf8')
  const classBody = /export class NativeStore \{\n([^]*?)^\}/m.exec(types)?.[1] ?? ''
  const declared = [...classBody.matchAll(/^ {2}(static )?(\w+)\(/gm)].map(([, isStatic, name]) => `${isStatic ? 'static ' : ''}${name}`)
  const binding = loadBinding() as unknown as Record<string, { prototype: object }>
  const store = binding['NativeStore']
  assert.ok(store)
  const ownFunctions = (owner: object): string[] =>
    Object.getOwnPropertyNames(owner).filter((name) => name !== 'constructor' && typeof Reflect.get(owner, name) === 'function')
  const present = [...ownFunctions(store).map((name) => `static ${name}`), ...ownFunctions(store.prototype)]
  assert.deepEqual(declared.sort(), present.sort())
  const functions = [...types.matchAll(/^export function (\w+)\(/gm)].map(([, name]) => name)
  const classes = [...types.matchAll(/^export class (\w+) /gm)].map(([, name]) => name)
  assert.deepEqual([...functions, ...classes].sort(), Object.keys(binding).sort())
})
