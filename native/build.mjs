// Builds the native addon and puts it where src/native looks for it. Its types, src/native/binding.d.ts, are written by hand and reviewed like
// any other source; a test holds them against what the addon exports.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const addonPath = join(root, 'native', `mv2.${process.platform}-${process.arch}.node`)

/** A step that can't be done here, with a message meant for the person at the terminal. */
export class StepFailed extends Error {}

/** All files below a folder in a stable order, without build output. */
export function filesUnder(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'target' || entry.name === 'node_modules' ? [] : filesUnder(path)
      return entry.isFile() ? [path] : []
    })
}

/** One hash over names and contents. */
export function hashFiles(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    hash.update(`${relative(root, path)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** What the addon is made from. */
export function nativeSources() {
  const crates = ['core', 'node'].flatMap((crate) => filesUnder(join(root, 'native', crate)))
  return [...crates, join(root, 'native', 'Cargo.toml'), join(root, 'native', 'Cargo.lock')].filter((path) => !path.includes('/tests/'))
}

function works(command) {
  const result = spawnSync(command, ['--version'], { stdio: 'ignore' })
  return !result.error && result.status === 0
}

/** Fails with advice when Rust or a C compiler is missing: cargo's own message would come late and name neither. */
export function checkToolchain() {
  if (!works('cargo')) {
    throw new StepFailed(
      'cargo was not found. The engine is written in Rust: install it from https://rustup.rs (1.89 or newer) and run this again.',
    )
  }
  const compilers = [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean)
  if (process.platform !== 'win32' && !compilers.some(works)) {
    throw new StepFailed('no C compiler was found (tried cc, gcc, clang). zstd is compiled from C: install one, e.g. `apt install g++`.')
  }
}

const libraryNames = { linux: 'libmv2_node.so', darwin: 'libmv2_node.dylib', win32: 'mv2_node.dll' }

/** `cargo build --release`, then the library under its addon name. */
export function buildAddon() {
  checkToolchain()
  const libraryName = libraryNames[process.platform]
  if (!libraryName) throw new StepFailed(`no build is known for ${process.platform}`)
  const manifest = join(root, 'native', 'Cargo.toml')
  const cargo = spawnSync('cargo', ['build', '--release', '--locked', '--workspace', '--manifest-path', manifest], {
    stdio: ['ignore', 2, 2],
  })
  if (cargo.status !== 0) throw new StepFailed(`cargo build failed (exit ${cargo.status ?? cargo.signal})`)
  const targetDirectory = process.env.CARGO_TARGET_DIR ?? join(root, 'native', 'target')
  // Renamed into place: a process that has the old addon mapped keeps its own copy.
  const temporary = `${addonPath}.${process.pid}`
  copyFileSync(join(targetDirectory, 'release', libraryName), temporary)
  renameSync(temporary, addonPath)
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    buildAddon()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    process.stderr.write(`build: failed: ${error.message}\n`)
    process.exitCode = 1
  }
}
