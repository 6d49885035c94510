/** What a process loads before it answers: the start is part of every command. */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot, Workspace } from '../e2e/support/cli.js'

/** Prints, as the process ends, which of its own files and packages a command has loaded. */
const REPORT = `process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify(Object.keys(require.cache)) + '\\n'))`

/** Code that a search needs, with some room: the next larger part, what a put needs, would not fit. */
const MOST_BYTES = 140_000

async function loadedBy(workspace: Workspace, words: string[]): Promise<string[]> {
  const main = join(packageRoot, 'dist/bundle/cli/main.cjs')
  const script = `${REPORT}; process.argv.splice(1, 0, '${main}'); require('${main}')`
  const { stderr, code } = await workspace.run(process.execPath, ['--eval', script, '--', ...words])
  assert.equal(code, 0, stderr)
  return JSON.parse(/^LOADED (.*)$/m.exec(stderr)?.[1] ?? '[]') as string[]
}

test('a search loads the engine, its own code and no package', async (t) => {
  const workspace = new Workspace(t)
  const file = workspace.path('start.mv2')
  await workspace.ok('create', file)
  const loaded = await loadedBy(workspace, ['find', file, '--query', 'mill'])
  const names = loaded.map((path) => path.slice(packageRoot.length))
  assert.deepEqual(names.filter((name) => name.startsWith('node_modules')), [])
  assert.ok(names.some((name) => name.endsWith('.node')), 'it searched')
  const bytes = loaded.filter((path) => path.endsWith('.cjs')).reduce((sum, path) => sum + statSync(path).size, 0)
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes of ${names.join(', ')}`)
})

test('the package names its bundle, and the bundle exports what the source does', async () => {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))
  const { bin, exports } = manifest as { bin: { memvid: string }; exports: { '.': { default: string } } }
  assert.match(readFileSync(join(packageRoot, bin.memvid), 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const shipped = (await import(join(packageRoot, exports['.'].default))) as Record<string, unknown>
  const source = (await import('../../src/index.js')) as Record<string, unknown>
  for (const name of Object.keys(source)) assert.equal(typeof shipped[name], typeof source[name], name)
  const { scoreGrounding } = shipped as typeof import('../../src/index.js')
  assert.equal(scoreGrounding('The mill burned down.', ['The mill burned down in 1871.']).sentenceCount, 1)
})
