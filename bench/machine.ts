/** Where and on what a run was made. Nothing that names a person or a host. */
import { spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { ROOT } from './peers.js'

export interface Machine {
  processor: string
  cores: number
  memoryBytes: number
  system: string
  node: string
  fileSystem: string
  /** One-minute load when the run began; its own work is not in it. */
  load: number
}

const FILE_SYSTEMS: Record<number, string> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs (syncs cost nothing here)',
  0x794c7630: 'overlayfs',
  0x2fc12fc1: 'zfs',
  0x6969: 'nfs',
}

/** The machine as seen from `folder`, where the files are written. */
export function describeMachine(folder: string): Machine {
  const kind = statfsSync(folder).type
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.versions.node,
    fileSystem: FILE_SYSTEMS[kind] ?? `0x${kind.toString(16)}`,
    load: loadavg()[0]!,
  }
}

/** The commit that is measured, with a word where files of the engine, the SDK or the benchmark differ from it. */
export function describeCommit(): string {
  const git = (...words: string[]) => spawnSync('git', words, { cwd: ROOT, encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', '--short=12', 'HEAD')
  if (status !== 0) return 'unknown'
  const changed = git('status', '--porcelain', '--', 'src', 'native', 'bench', ':!bench/results', ':!bench/grounding').stdout.trim()
  return changed === '' ? stdout.trim() : `${stdout.trim()} with uncommitted changes`
}
