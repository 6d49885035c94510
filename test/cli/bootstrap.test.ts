/** The scripts that run before anything is built: setup, the test run's counting. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../e2e/support/cli.js'

interface Counts {
  passed: number
  failed: number
}

/** The scripts are plain JavaScript outside of the compiled tree. */
function script<T>(path: string): Promise<T> {
  return import(pathToFileURL(join(packageRoot, path)).href) as Promise<T>
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'memvid-bootstrap-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('packages are installed when every needed one stands there in the version of the lock file', async (t) => {
  const { packagesAreInstalled } = await script<{ packagesAreInstalled(folder: string): boolean }>('native/setup.mjs')
  const folder = folderFor(t)
  const write = (name: string, packages: object): void => writeFileSync(join(folder, name), JSON.stringify({ packages }))
  const wanted = { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/other-system': { version: '1.0.0', optional: true } }
  write('package-lock.json', wanted)
  assert.equal(packagesAreInstalled(folder), false, 'nothing is there')
  mkdirSync(join(folder, 'node_modules/a'), { recursive: true })
  write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } })
  assert.equal(packagesAreInstalled(folder), true, 'packages for other systems may be missing')
  write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.1' } })
  assert.equal(packagesAreInstalled(folder), false, 'another version')
  write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } })
  rmSync(join(folder, 'node_modules/a'), { recursive: true })
  assert.equal(packagesAreInstalled(folder), false, 'the folder was removed')
})

test('setup without Rust says what is missing and how to get it', (t) => {
  const folder = folderFor(t)
  cpSync(join(packageRoot, 'native/setup.mjs'), join(folder, 'native/setup.mjs'), { recursive: true })
  cpSync(join(packageRoot, 'native/build.mjs'), join(folder, 'native/build.mjs'))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['package-lock.json', 'node_modules/.package-lock.json']) writeFileSync(join(folder, name), '{"packages":{}}')
  const run = (path: string): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [join(folder, 'native/setup.mjs')], { env: { PATH: path }, encoding: 'utf8' })
  const without = run(folder)
  assert.equal(without.status, 1)
  assert.match(without.stderr, /setup: failed: cargo was not found.*https:\/\/rustup\.rs/)
  symlinkSync('/bin/true', join(folder, 'cargo'))
  const withoutCompiler = run(folder)
  assert.equal(withoutCompiler.status, 1)
  assert.match(withoutCompiler.stderr, /no C compiler was found/)
})

test("cargo's results are added up, ignored tests as failures", async () => {
  const { countCargo } = await script<{ countCargo(output: string): Counts }>('test/run.mjs')
  const output = `
running 12 tests
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s
`
  assert.deepEqual(countCargo(output), { passed: 15, failed: 3 })
})

test('the reporter counts tests once, skipped ones as failed, and names the files in which any ran', (t) => {
  const folder = folderFor(t)
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const mixed = file(
    'mixed.test.cjs',
    `const { test, describe } = require('node:test')
    describe('suite', () => { test('passes', () => {}); test('fails', () => { throw new Error('no') }) })
    test('outer', async (t) => { await t.test('inner', () => {}) })
    test('skipped', { skip: true }, () => {})`,
  )
  const empty = file('empty.test.cjs', '')
  const crashing = file('crashing.test.cjs', 'throw new Error("at once")')
  const counts = join(folder, 'counts.json')
  const reporter = [
    '--test-reporter',
    pathToFileURL(join(packageRoot, 'test/count-reporter.mjs')).href,
    '--test-reporter-destination',
    counts,
  ]
  // A test file that runs tests must not look like a part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  spawnSync(process.execPath, ['--test', ...reporter, mixed, empty, crashing], { env })
  const { passed, failed, files } = JSON.parse(readFileSync(counts, 'utf8')) as Counts & { files: string[] }
  assert.deepEqual({ passed, failed }, { passed: 3, failed: 3 })
  assert.deepEqual(files.sort(), [crashing, mixed].sort())
})
