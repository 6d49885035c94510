// Builds the fuzz targets with coverage instrumentation on the stable compiler, and runs each for a while:
//
//   npm run fuzz -- [--seconds 60] [--targets file,query] [--jobs 2]
//
// What a target finds is kept under fixtures/fuzz/<target>/ and replayed by every test run. The last line reads `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { StepFailed } from '../build.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const here = join(root, 'native', 'fuzz')
const build = join(root, 'native', 'target', 'fuzz')

/** Names of all targets, in the order of the manifest. */
export const TARGETS = [...readFileSync(join(here, 'Cargo.toml'), 'utf8').matchAll(/\[\[bin\]\]\nname = "(\w+)"/g)].map((match) => match[1])

/** What `cargo fuzz` passes to the compiler, without a sanitizer: the engine is safe Rust but for a few places, and C code is built as it ships. */
const FLAGS = [
  '--cfg fuzzing',
  '-Cpasses=sancov-module',
  ...['level=4', 'inline-8bit-counters', 'pc-table', 'trace-compares'].map((name) => `-Cllvm-args=-sanitizer-coverage-${name}`),
]

function host() {
  const { stdout } = spawnSync('rustc', ['-vV'], { encoding: 'utf8' })
  return /^host: (.*)$/m.exec(stdout ?? '')?.[1]
}

/** Builds all targets; gives the folder of their programs. */
export function buildTargets() {
  const target = host()
  if (target === undefined) throw new StepFailed('rustc could not be started')
  // With a target named, build scripts and macros are not instrumented.
  const args = ['build', '--release', '--locked', '--target', target, '--manifest-path', join(here, 'Cargo.toml')]
  const env = { ...process.env, RUSTC_BOOTSTRAP: '1', RUSTFLAGS: FLAGS.join(' '), CARGO_TARGET_DIR: build }
  const { status } = spawnSync('cargo', args, { env, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new StepFailed(`the fuzz targets were not built (exit ${status})`)
  return join(build, target, 'release')
}

/** Bytes to begin with: records of the golden files for the parsers of one record, pieces of text for queries. */
function seed(target, folder) {
  mkdirSync(folder, { recursive: true })
  const fixtures = join(root, 'fixtures', 'fuzz', target)
  if (existsSync(fixtures)) cpSync(fixtures, folder, { recursive: true })
  const add = (name, bytes) => writeFileSync(join(folder, name), bytes)
  if (target === 'query') {
    const texts = ['mill', '"burned down" -lamp', '+title:mill (a OR b) AND NOT c', 'tag:"harbour" date:[2025 TO *] after:2025-03-14T09:26:53Z', 'uri:mv2 "']
    texts.forEach((text, index) => add(`seed-${index}`, text))
    return
  }
  if (target === 'file' || target === 'text' || target === 'vectors') {
    for (let index = 0; index < 8; index += 1) add(`seed-${index}`, Buffer.alloc(1 + 8 * (index + 1), index * 37 + 1))
    return
  }
  const kinds = { commit: 0x01, table: 0x02, frames: 0x10, run: 0x22, session: 0x30 }
  const golden = join(root, 'fixtures', 'format', '1.0')
  let count = 0
  for (const name of readdirSync(golden).filter((file) => file.endsWith('.mv2'))) {
    const bytes = readFileSync(join(golden, name))
    if (target === 'header') add(name, bytes.subarray(0, 4096))
    if (target === 'gaps' && bytes.subarray(4096, 4104).equals(Buffer.from('MV2GAPS\n'))) add(name, bytes.subarray(4096, 12288))
    for (let at = 4096; at + 128 < bytes.length && count < 400; at += 64) {
      if (bytes.readUInt32BE(at) !== 0xa74d3252) continue
      const [kind, length, raw] = [bytes[at + 4], Number(bytes.readBigUInt64LE(at + 8)), bytes.subarray(at + 16, at + 24)]
      if (target === 'record') add(`${name}-${at}`, bytes.subarray(at, at + 128))
      else if (kinds[target] === kind && length < 8192) {
        const payload = bytes.subarray(at + 128, at + 128 + length)
        // The first byte names the codec, bit 2 that the length before compression follows.
        const isRecord = target === 'frames' || target === 'session'
        add(`${name}-${at}`, isRecord ? Buffer.concat([Buffer.from([bytes[at + 40] | 4]), raw, payload]) : payload)
      } else continue
      count += 1
    }
  }
}

/** Runs one target; gives a line about it, and whether it found nothing. */
function fuzz(programs, target, seconds) {
  const corpus = join(build, 'corpus', target)
  const found = join(build, 'found', target)
  seed(target, corpus)
  mkdirSync(found, { recursive: true })
  // 1 MiB of input may take 64 MiB: of the process besides what the fuzzer itself needs, its corpus among it.
  const limits = ['-max_len=1048576', '-rss_limit_mb=256', '-timeout=5', `-max_total_time=${seconds}`, '-print_final_stats=1']
  const child = spawn(join(programs, target), [corpus, ...limits, `-artifact_prefix=${found}/`], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-100_000)))
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ ok: false, line: `${target}: ${error.message}` }))
    child.on('close', (code, signal) => {
      const runs = /stat::number_of_executed_units: (\d+)/.exec(output)?.[1] ?? 'unknown'
      const coverage = [...output.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? 'unknown'
      const peak = /stat::peak_rss_mb: *(\d+)/.exec(output)?.[1] ?? 'unknown'
      const kept = keep(target, found)
      const ok = code === 0 && kept.length === 0
      const line = `${target}: ${runs} runs in ${seconds} s, coverage ${coverage}, peak ${peak} MB`
      resolve({ ok, line: ok ? line : `${line}: FAILED (${code ?? signal}) ${kept.join(', ')}\n${output.slice(-3000)}` })
    })
  })
}

/** Moves what was found to the fixtures. */
function keep(target, found) {
  return readdirSync(found).map((name) => {
    const folder = join(root, 'fixtures', 'fuzz', target)
    mkdirSync(folder, { recursive: true })
    renameSync(join(found, name), join(folder, name))
    return `fixtures/fuzz/${target}/${name}`
  })
}

/** Builds, and runs `targets`, `jobs` at a time. Gives how many passed and failed; a line for each goes to `say`. */
export async function fuzzAll({ seconds, targets, jobs, say }) {
  const programs = buildTargets()
  const queue = [...targets]
  const counts = { passed: 0, failed: 0 }
  const worker = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      const { ok, line } = await fuzz(programs, target, seconds)
      counts[ok ? 'passed' : 'failed'] += 1
      say(line)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return counts
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, targets: { type: 'string' }, jobs: { type: 'string', default: '2' } },
  })
  const targets = values.targets?.split(',') ?? TARGETS
  const unknown = targets.filter((target) => !TARGETS.includes(target))
  if (unknown.length > 0) throw new Error(`no target ${unknown.join(', ')}; there are ${TARGETS.join(', ')}`)
  const counts = await fuzzAll({
    seconds: Number(values.seconds),
    targets,
    jobs: Number(values.jobs),
    say: (line) => process.stdout.write(`${line}\n`),
  })
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`)
  process.exitCode = counts.failed === 0 ? 0 : 1
}
