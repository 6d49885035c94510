/** Runs the real command line as a process, with nothing in its environment but what a test gives it. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertNoTraces, holdsKey } from '../../support/canary.js'

/** The whole test run tests the bundle, which is what ships; a single test file run by hand tests what `tsc` wrote last. */
const bundled = process.env['MEMVID_TEST_BUNDLE'] !== undefined
export const mainPath = fileURLToPath(new URL(bundled ? '../../../bundle/cli/main.cjs' : '../../../src/cli/main.js', import.meta.url))
export const packageRoot = fileURLToPath(new URL('../../../../', import.meta.url))

export interface Run {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string> | undefined
  input?: string | Buffer
  /** Where it runs. Default: the workspace's folder. */
  folder?: string
}

const RUN_LIMIT_MS = 120_000

/** Gathers what a process prints and how it ends. One that doesn't end is killed, and shows as such. */
export function finish(child: ChildProcess, limitMs = RUN_LIMIT_MS): Promise<Run> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      if (holdsKey(stdout) || holdsKey(stderr)) reject(new Error(`the provider's key was printed:\n${stdout}${stderr}`))
      else resolve({ code, signal, stdout, stderr })
    })
  })
}

/** A folder of its own with a `memvid` on its PATH, removed when the test ends. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'memvid-e2e-'))
  readonly #binFolder = join(this.folder, '.bin')
  /** Added to the environment of every run: the addresses and keys of stand-in providers. */
  env: Record<string, string> = {}

  constructor(test: TestContext) {
    mkdirSync(this.#binFolder)
    const launcher = join(this.#binFolder, 'memvid')
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`)
    chmodSync(launcher, 0o755)
    test.after(async () => {
      try {
        await assertNoTraces(this.folder)
      } finally {
        rmSync(this.folder, { recursive: true, force: true })
      }
    })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** The environment of a run: no key, no setting of the machine that runs the tests. */
  environment(more: Record<string, string> = {}): Record<string, string> {
    const path = `${this.#binFolder}${delimiter}${process.env['PATH'] ?? ''}`
    return { PATH: path, HOME: this.folder, TMPDIR: tmpdir(), LANG: 'C.UTF-8', ...this.env, ...more }
  }

  spawn(command: string, args: string[], { env, folder }: RunOptions = {}): ChildProcess {
    return spawn(command, args, { cwd: folder ?? this.folder, env: this.environment(env), stdio: ['pipe', 'pipe', 'pipe'] })
  }

  async run(command: string, args: string[], options: RunOptions = {}): Promise<Run> {
    const child = this.spawn(command, args, options)
    // A process that ends without reading its input is no failure of the test.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
    return finish(child)
  }

  /** `memvid` with these words. */
  memvid(words: string[], options: RunOptions = {}): Promise<Run> {
    return this.run(process.execPath, [mainPath, ...words], options)
  }

  /** `memvid`, which has to succeed; gives its stdout. */
  async ok(...words: string[]): Promise<string> {
    const run = await this.memvid(words)
    assert.equal(run.code ?? run.signal, 0, `memvid ${words.join(' ')}\n${run.stdout}${run.stderr}`)
    return run.stdout
  }

  /** `memvid … --json`, which has to succeed; gives the parsed value. */
  async json<T = Record<string, unknown>>(...words: string[]): Promise<T> {
    return JSON.parse(await this.ok(...words, '--json')) as T
  }

  /** A line of shell as a person types it. */
  shell(script: string, options: RunOptions = {}): Promise<Run> {
    return this.run('bash', ['-c', script], options)
  }
}
