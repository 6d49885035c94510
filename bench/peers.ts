/** The peers are packages of bench/ alone, installed when a benchmark first needs them. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, 'bench')
const requirePeer = createRequire(join(FOLDER, 'package.json'))

/** The part of better-sqlite3 that is used. */
export interface Statement {
  run(...values: unknown[]): unknown
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
}
export interface Database {
  exec(sql: string): void
  pragma(text: string): unknown
  prepare(sql: string): Statement
  transaction<Value>(work: (value: Value) => void): (value: Value) => void
  close(): void
}
export type DatabaseClass = new (path: string) => Database

export function loadPeer<Module>(name: string): Module {
  return requirePeer(name) as Module
}

/** Installs the peers when they don't load. Throws with advice when they can't be installed. */
export function ensurePeers(): void {
  if (loadFailure() === undefined) return
  process.stderr.write('bench: installing better-sqlite3, sqlite-vec, lmdb, LanceDB and usearch into bench/ (minutes where no prebuilt addon fits)\n')
  // On the command line, because `npm run` hands the repository's own ignore-scripts on through the environment.
  const install = ['ci', '--prefix', FOLDER, '--ignore-scripts=false', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', install, { cwd: ROOT, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  // What failed may have been remembered by the module loader, so a new process is asked.
  const trial = `new (require('better-sqlite3'))(':memory:').close(); require('sqlite-vec'); require('lmdb'); require('@lancedb/lancedb'); require('usearch')`
  const check = spawnSync(process.execPath, ['-e', trial], { cwd: FOLDER })
  if (status === 0 && check.status === 0) return
  throw new Error(`the peers could not be installed; see "What it needs" in bench/README.md\n${check.stderr.toString().trim()}`)
}

/** Versions of the peers and of the libraries inside them. */
export function peerVersions(): Record<string, string> {
  const database = new (loadPeer<DatabaseClass>('better-sqlite3'))(':memory:')
  loadPeer<{ load(database: Database): void }>('sqlite-vec').load(database)
  const versions = database.prepare('SELECT sqlite_version() AS sqlite, vec_version() AS vec').get()
  const { sqlite, vec } = versions as { sqlite: string; vec: string }
  database.close()
  const { version } = loadPeer<{ version: string }>('better-sqlite3/package.json')
  const installed = (name: string) => (JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version
  const others = { lmdb: installed('lmdb'), LanceDB: installed('@lancedb/lancedb'), usearch: installed('usearch') }
  return { 'better-sqlite3': version, SQLite: sqlite, 'sqlite-vec': vec.replace(/^v/, ''), ...others }
}

function loadFailure(): unknown {
  try {
    peerVersions()
    return undefined
  } catch (error) {
    return error
  }
}
