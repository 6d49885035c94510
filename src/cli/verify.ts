import type { Command } from 'commander'
import type { Damage } from '../index.js'
import { ExitCode } from './exit-codes.js'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { green, note, print, red } from './output/terminal.js'

interface VerifyCommandOptions extends JsonOption {
  quick?: boolean
}

function formatDamage({ code, offset, message, frameIds }: Damage): string {
  const frames = frameIds.length > 0 ? ` (frames ${frameIds.join(', ')})` : ''
  return red(`${code} at byte ${offset}: ${line(message)}${frames}`)
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
    if (report.tornBytes > 0) note(`${report.tornBytes} bytes after the last commit were left by a crash; the next write removes them.`)
  }
  if (!report.ok) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent
    .command('verify')
    .argument('<file>', 'the .mv2 file')
    .description('check every checksum and hash; exit 3 when there is damage')
  command.option('--quick', 'the structure only, without hashing every byte')
  addJson(command).action(run)
}
