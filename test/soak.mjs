// The soak column of the reliability rows: each row goes on for its share of the given time, with seeds of its own, and a log with
// the figures is added to `bench/results/`. A row that fails is named with its seed; the others go on.
//
//   npm run soak -- [--minutes 120] [--rows R1,R11] [--seed 1] [--jobs 2]
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The test that runs for each row: of the engine, or of whole processes. */
const ROWS = [
  { row: 'R1', rust: ['crash', 'every_crash_keeps_what_was_acknowledged'] },
  { row: 'R2', rust: ['prefixes', 'prefixes_around_every_record_of_a_larger_file'] },
  { row: 'R3 R4', rust: ['damage', 'damage_before_later_commits_is_told_and_cuts_nothing_off'] },
  { row: 'R16', rust: ['repair', 'salvage_brings_every_frame_that_was_not_touched_into_a_new_file'] },
  { row: 'hostile', rust: ['hostile', 'each_of_a_thousand_hostile_files_gets_an_answer_in_time_and_memory'] },
  { row: 'R19 R20', rust: ['cost', 'a_small_put_costs_one_sync_and_four_kilobytes_whatever_the_size_of_the_file'] },
  { row: 'R5', node: ['kills', 'kills at random of ingest and compaction, one after the other on one file'] },
  { row: 'R6', node: ['power', 'acknowledged puts survive a power cut'] },
  { row: 'R8', node: ['space', 'a disk that is full'] },
  { row: 'R12', node: ['together', 'R12: eight readers, a writer and compactions: every answer is of one commit, and none is blocked'] },
  { row: 'R13', node: ['together', 'R13: writers in Node, Python and the command line, across compactions: as many commits as were acknowledged'] },
  { row: 'R11', rust: ['operations', 'the_store_and_a_plain_map_agree_after_every_operation'] },
]

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '120' },
      rows: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
    },
  })
  const wanted = values.rows?.split(',')
  const rows = ROWS.filter((entry) => wanted === undefined || entry.row.split(' ').some((name) => wanted.includes(name)))
  if (rows.length === 0) throw new Error(`no such row; there are ${ROWS.map((entry) => entry.row).join(', ')}`)
  return { minutes: Number(values.minutes), seed: Number(values.seed), jobs: Number(values.jobs), rows }
}

/** Runs a command; its output, and how long it took. */
function run(command, args, env) {
  const started = Date.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const take = (text) => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    child.on('error', (error) => resolve({ code: 127, output: error.message, seconds: 0 }))
    child.on('close', (code) => resolve({ code: code ?? 1, output, seconds: Math.round((Date.now() - started) / 1000) }))
  })
}

/** Program and words. */
function commandOf({ rust, node }) {
  if (node !== undefined) {
    const [file, name] = node
    const pattern = `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`
    return [process.execPath, ['--test', `--test-name-pattern=${pattern}`, '--test-reporter=tap', join('dist', 'test', 'reliability', `${file}.test.js`)]]
  }
  const [file, name] = rust
  const manifest = join('native', 'Cargo.toml')
  return ['cargo', ['test', '--release', '--locked', '--manifest-path', manifest, '-p', 'mv2', '--test', file, '--', '--nocapture', '--exact', name]]
}

async function runRow(entry, seconds, seed) {
  const env = { MV2_SOAK_SECONDS: String(seconds), MV2_SEED: String(seed), MV2_THREADS: '1' }
  const result = await run(...commandOf(entry), env)
  const figures = [...result.output.matchAll(/^(?:# |\.)?figures [^:]+: (.*)$/gm)].map((match) => match[1])
  return { row: entry.row, seed, seconds: result.seconds, ok: result.code === 0, figures, output: result.output }
}

/** Takes rows from a list until it is empty. */
async function worker(queue, seconds, seed, done) {
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    const result = await runRow(entry, seconds, seed)
    process.stderr.write(`${result.row}: ${result.ok ? 'passed' : 'FAILED'} after ${result.seconds} s: ${result.figures.join('; ')}\n`)
    if (!result.ok) process.stderr.write(`${result.output.slice(-4000)}\n`)
    done.push(result)
  }
}

function section(started, results, commit) {
  const lines = [
    `## ${started.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `Commit ${commit}, Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB; one thread a row.`,
    '',
    '| row | seed | seconds | figures | result |',
    '|---|---|---|---|---|',
  ]
  for (const { row, seed, seconds, figures, ok } of results) {
    lines.push(`| ${row} | ${seed} | ${seconds} | ${figures.join('; ')} | ${ok ? 'passed' : '**failed**'} |`)
  }
  for (const { row, ok, output } of results) {
    if (!ok) lines.push('', `${row} ended with:`, '', '```', output.split(root).join('').slice(-2000).trim(), '```')
  }
  return `${lines.join('\n')}\n\n`
}

const { minutes, seed, jobs, rows } = options()
const started = new Date()
const commit = (await run('git', ['rev-parse', '--short', 'HEAD'])).output.trim()
const seconds = Math.max(1, Math.floor((minutes * 60 * jobs) / rows.length))
process.stderr.write(`${rows.map((entry) => entry.row).join(', ')}: ${seconds} s each\n`)
const results = []
const queue = [...rows]
await Promise.all(Array.from({ length: jobs }, () => worker(queue, seconds, seed, results)))

const folder = join(root, 'bench', 'results')
mkdirSync(folder, { recursive: true })
const path = join(folder, `soak-${started.toISOString().slice(0, 10)}.md`)
if (!existsSync(path)) writeFileSync(path, '# Soak runs\n\nMade by `npm run soak`; each section is one run.\n\n')
appendFileSync(path, section(started, results, commit))
process.exitCode = results.every((result) => result.ok) ? 0 : 1
