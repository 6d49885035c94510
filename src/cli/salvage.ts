import type { Command } from 'commander'
import { repairLines } from './doctor.js'
import { ExitCode } from './exit-codes.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { note, print } from './output/terminal.js'
import { interrupted } from './signals.js'

interface SalvageCommandOptions extends JsonOption {
  output: string
}

async function run(file: string, { output, json }: SalvageCommandOptions): Promise<void> {
  const { salvage } = await import('../index.js')
  const progress = startProgress('bytes')
  const onProgress = ({ done, total }: { done: number; total: number }): void => progress.update(done, total)
  const report = await salvage(file, output, { onProgress, signal: interrupted }).finally(() => progress.clear())
  if (json) process.stdout.write(formatJson(report))
  else {
    const { header, frameCount, sessions, movedRecords, repair } = report
    for (const text of repairLines(repair)) print(text)
    if (header !== undefined) note(`The header did not check: ${header}.`)
    if (movedRecords > 0) note(`${movedRecords} records were found at another place than they were written for.`)
    const lost = repair.lostFrames.length
    print(`Recovered ${frameCount - lost} of ${frameCount} frames and ${sessions} sessions into ${line(output)}.`)
  }
  if (report.repair.hasLoss) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent
    .command('salvage')
    .argument('<file>', 'the damaged .mv2 file, which is only read')
    .description('write what is left of a damaged file to a new one, and list what is lost; exit 3 when something is')
  command.requiredOption('-o, --output <file>', 'the new .mv2 file')
  addJson(command).action(run)
}
