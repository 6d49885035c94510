import { Option, type Command } from 'commander'
import type { Damage, VerifyReport } from '../index.js'
import { ExitCode } from './exit-codes.js'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { green, note, print, red, yellow } from './output/terminal.js'

interface VerifyCommandOptions extends JsonOption {
  quick?: boolean
}

function formatDamage({ code, offset, message, frameIds }: Damage): string {
  const frames = frameIds.length > 0 ? ` (frames ${frameIds.join(', ')})` : ''
  return red(`${code} at byte ${offset}: ${line(message)}${frames}`)
}

/** What a repair left to be known. */
function asides(report: VerifyReport): string[] {
  const { setAside, setAsideBytes, lostFrameIds, gaps } = report
  if (setAside === 0) return []
  const lost = lostFrameIds.length > 0 ? `; lost frames: ${lostFrameIds.join(', ')}` : ''
  const links = gaps > 0 ? `; ${gaps} commits can't be linked to the one before` : ''
  return [`A repair set aside ${setAside} places (${setAsideBytes} bytes)${lost}${links}.`]
}

async function run(file: string, { json, quick }: VerifyCommandOptions): Promise<void> {
  const progress = startProgress('bytes')
  const onProgress = ({ done, total }: { done: number; total: number }): void => progress.update(done, total)
  const report = await withMemory(file, (memory) => memory.verify({ deep: !quick, onProgress })).finally(() => progress.clear())
  if (json) process.stdout.write(formatJson(report))
  else {
    for (const damage of report.damages) print(formatDamage(damage))
    const checked = `${report.commits} commits, ${report.records} records, ${report.bytes} bytes`
    print(report.ok ? green(`OK: ${checked}`) : red(`DAMAGED: ${report.damages.length} damaged places in ${checked}`))
    for (const text of asides(report)) note(yellow(text, process.stderr))
    if (report.tornBytes > 0) note(`${report.tornBytes} bytes after the last commit were left by a crash; the next write removes them.`)
  }
  if (!report.ok) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent
    .command('verify')
    .argument('<file>', 'the .mv2 file')
    .description('check every checksum and hash; exit 3 when there is damage')
  command
    .option('--quick', 'the structure only, without hashing every byte')
    .addOption(new Option('--deep', 'every hash, and what each record means (the default)').conflicts('quick'))
  addJson(command).action(run)
}
