/** What the process-level reliability tests share: their amount, their log line, strace, and files to begin with. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { create, open, type Memory } from '../../src/index.js'
import { mainPath, type Run, type Workspace } from '../e2e/support/cli.js'

/** `MV2_SOAK_SECONDS`: how long a test goes on instead of its usual amount (`npm run soak`). */
export function soakSeconds(usual: number): number {
  return Number(process.env['MV2_SOAK_SECONDS'] ?? usual)
}

/** Whether round `n`, from 0, is to be run: `usual` rounds, or as many as the soak's time allows. */
export function roundsOf(usual: number): (n: number) => boolean {
  const seconds = process.env['MV2_SOAK_SECONDS']
  const until = Date.now() + Number(seconds) * 1000
  return seconds === undefined ? (n) => n < usual : () => Date.now() < until
}

/** A line that `npm run soak` puts into its log. */
export function figures(row: string, text: string): void {
  process.stdout.write(`figures ${row}: ${text}\n`)
}

/** A small generator with a seed, so that a failing run can be had again (mulberry32). */
export function randomFrom(seed = Number(process.env['MV2_SEED'] ?? 1)): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const hasStrace = spawnSync('strace', ['-V']).status === 0

/** Calls that change something on the disk. */
export const WRITING = 'pwrite64,pwritev,fdatasync,fsync,ftruncate,linkat,link,rename,renameat,renameat2,unlink,unlinkat,copy_file_range,fallocate'

export interface Injected {
  /** Names of the calls, comma separated. */
  calls: string
  /** What happens at it, in strace's words: `signal=SIGKILL`, `error=EIO`. */
  fault: string
  /** At which call of that name, from 1; `1+` is each. */
  when: number | string
}

/** Runs a program under strace, which does something to one of its system calls. */
export async function injected(workspace: Workspace, command: string[], { calls, fault, when }: Injected): Promise<Run> {
  const words = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}:when=${when}`, ...command]
  const run = await workspace.run('strace', words)
  // strace ends as its child did.
  return run.code === 137 ? { ...run, signal: 'SIGKILL' } : run
}

/**
 * Each system call that a command makes from the moment it has `file` open, or an unnamed one in its place: its name, and the how-manieth of
 * that name it is on its thread, which is how strace counts.
 */
export async function callsOf(workspace: Workspace, command: string[], file: string): Promise<[string, number][]> {
  const log = workspace.path('.trace')
  const run = await workspace.run('strace', ['-f', '-o', log, ...command])
  assert.equal(run.code, 0, run.stderr)
  const counts = new Map<string, number>()
  const calls = new Map<string, [string, number]>()
  let isOpen = false
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, thread, name] = /^(\d+) +([a-z0-9_]+)\(/.exec(line) ?? []
    if (name === undefined) continue
    const key = `${thread} ${name}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    isOpen ||= name === 'openat' && (line.includes(file) || line.includes('O_TMPFILE'))
    if (isOpen) calls.set(`${name} ${count}`, [name, count])
  }
  return [...calls.values()]
}

export const cli = (...words: string[]): string[] => [process.execPath, mainPath, ...words]

/** A memory with a session and `count` small puts, so that there are merged and retired segments to compact. */
export async function grown(path: string, count: number): Promise<void> {
  await using(await create(path, { enableVec: true }), async (memory) => {
    await memory.sessionStart('growing')
    for (let n = 0; n < count; n += 1) await memory.put({ text: `Note ${n}: lamp ${n * 7} on the quay was lit.`, uri: `mv2://notes/${n}` })
    await memory.find('lamp 49')
    await memory.sessionEnd()
  })
}

export async function using<T>(memory: Memory, work: (memory: Memory) => Promise<T>): Promise<T> {
  try {
    return await work(memory)
  } finally {
    await memory.close()
  }
}

/** Whether all of these are in the file, by URI and text; and that nothing in it is damaged. */
export async function holds(path: string, documents: Iterable<[string, string]>): Promise<void> {
  await using(await open(path), async (memory) => {
    const report = await memory.verify()
    assert.deepEqual(report.damages, [])
    for (const [uri, text] of documents) assert.equal((await memory.get(uri)).text, text, `${uri} was acknowledged`)
  })
}

/** Names that lie beside the memory and should not. */
export function leftOvers(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => name !== basename(path) && name.startsWith(basename(path)))
}

/** The compiled worker of these tests, as a command. */
export const worker = (...words: string[]): string[] => [process.execPath, fileURLToPath(new URL('worker.js', import.meta.url)), ...words]
