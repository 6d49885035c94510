import type { Command } from 'commander'
import type { RepairReport } from '../index.js'
import { ExitCode } from './exit-codes.js'
import { withMemory } from './memory.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { startProgress } from './output/progress.js'
import { green, note, print, red, yellow } from './output/terminal.js'

interface DoctorCommandOptions extends JsonOption {
  dryRun?: boolean
}

/** What a repair found, did and could not save; the same lines for `doctor` and `salvage`. */
export function repairLines(report: RepairReport): string[] {
  const lines = report.damages.map(({ code, offset, message }) => red(`${code} at byte ${offset}: ${line(message)}`))
  const count = (n: number, what: string): void => {
    if (n > 0) lines.push(`${n} ${what}`)
  }
  count(report.setAside, `places set aside (${report.setAsideBytes} bytes)`)
  count(report.rescuedFrameIds.length, `frames rescued out of damaged blocks: ${report.rescuedFrameIds.join(', ')}; look at their titles, tags and URIs`)
  count(report.reindexedFrames, 'frames indexed anew')
  for (const { frameId, uri } of report.lostFrames) lines.push(yellow(`lost: frame ${frameId}${uri === undefined ? '' : ` (${line(uri)})`}`))
  count(report.lostEvents, 'session events lost')
  count(report.lostAnswers, 'cached answers lost')
  count(report.lostVectors, 'frames lost their vectors: put them again with the vectors they had')
  count(report.unknownPlaces, 'places held something of which nothing is known')
  return lines
}

async function run(file: string, { dryRun, json }: DoctorCommandOptions): Promise<void> {
  const progress = startProgress('bytes')
  const onProgress = ({ done, total }: { done: number; total: number }): void => progress.update(done, total)
  const work = withMemory(file, (memory) => memory.doctor({ dryRun: dryRun ?? false, onProgress }))
  const report = await work.finally(() => progress.clear())
  if (json) process.stdout.write(formatJson(report))
  else {
    for (const text of repairLines(report)) print(text)
    if (report.damages.length === 0) print(green('Nothing to repair.'))
    else if (dryRun) print('This is the plan; nothing was changed.')
    else print(report.hasLoss ? yellow('Repaired, with loss.') : green('Repaired without loss.'))
    if (report.tornBytes > 0) {
      note(`${report.tornBytes} bytes after the last commit are no part of the memory; salvage first if you miss something that was put last.`)
    }
  }
  if (report.hasLoss) process.exitCode = ExitCode.lossOrDifferences
}

export function register(parent: Command): void {
  const command = parent
    .command('doctor')
    .argument('<file>', 'the .mv2 file')
    .description('repair a damaged memory in place, and list what is lost; exit 3 when something is')
  command.option('--dry-run', 'only say what is damaged and what would be done')
  addJson(command).action(run)
}
