// Brings a clone to a state in which everything runs: npm packages, the native addon, the compiled TypeScript, its bundle
// and the web page.
// Plain Node without packages, because it runs before there are any. Each step is left out when nothing that it
// depends on has changed since it last succeeded.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { addonPath, buildAddon, filesUnder, hashFiles, nativeSources, root, StepFailed } from './build.mjs'

const stampPath = join(root, 'dist', '.setup.json')

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

/** True when each package of the lock file stands in node_modules in that version; packages for other platforms may be missing. */
export function packagesAreInstalled(directory = root) {
  const wanted = readJson(join(directory, 'package-lock.json')).packages ?? {}
  const installed = readJson(join(directory, 'node_modules', '.package-lock.json')).packages
  if (!installed) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    if (!installed[path]) return entry.optional === true
    return installed[path].version === entry.version && existsSync(join(directory, path))
  })
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (result.error) throw new StepFailed(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) throw new StepFailed(`${command} ${args.join(' ')} failed (exit ${result.status ?? result.signal})`)
}

function installPackages() {
  if (packagesAreInstalled()) return
  say('installing npm packages')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Compiled files whose source is gone would still be run as tests or imported. */
function removeOrphans(sources) {
  const expected = new Set(sources.map((path) => relative(root, path).replace(/\.ts$/, '')))
  for (const folder of ['src', 'test', 'bench']) {
    for (const path of filesUnder(join(root, 'dist', folder))) {
      const name = relative(join(root, 'dist'), path).replace(/(\.d)?\.(ts|js)$/, '')
      if (!expected.has(name)) rmSync(path)
    }
  }
}

function compileTypeScript(stamp) {
  const sources = ['src', 'test', 'bench'].flatMap((folder) => filesUnder(join(root, folder))).filter((path) => path.endsWith('.ts'))
  const hash = hashFiles([...sources, join(root, 'tsconfig.json'), join(root, 'package-lock.json')])
  if (stamp.typescript === hash && existsSync(join(root, 'dist', 'src', 'index.js'))) return hash
  say('compiling TypeScript')
  removeOrphans(sources)
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'])
  chmodSync(join(root, 'dist', 'src', 'cli', 'main.js'), 0o755)
  return hash
}

/** Imported late, because the bundler is one of the packages that setup installs. */
async function bundleCompiled(stamp, typescript) {
  const bundler = join(root, 'bundle.mjs')
  const hash = `${typescript} ${hashFiles([bundler])}`
  if (stamp.bundle === hash && existsSync(join(root, 'dist', 'bundle', 'cli', 'main.cjs'))) return hash
  say('bundling')
  const { bundle } = await import(pathToFileURL(bundler).href)
  await bundle()
  return hash
}

/** The Time Machine's page, by vite into dist/ui. Its types of the routes are part of it. */
function buildPage(stamp) {
  const folder = join(root, 'src', 'ui')
  const config = existsSync(folder) && readdirSync(folder).find((name) => name.startsWith('vite.config.'))
  if (!config) return undefined
  const sources = [join(folder, config), join(folder, 'api.ts'), ...filesUnder(join(folder, 'page'))]
  const hash = hashFiles([...sources, join(root, 'package-lock.json')])
  if (stamp.page === hash && existsSync(join(root, 'dist', 'ui', 'index.html'))) return hash
  say('building the web page')
  run(process.execPath, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn', '--config', join('src', 'ui', config)])
  return hash
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`)
}

/** Runs the steps in order; the stamp is written after each, so that a later failure doesn't repeat an earlier step. */
export async function setup() {
  const stamp = readJson(stampPath)
  const save = (changes) => {
    mkdirSync(join(root, 'dist'), { recursive: true })
    writeFileSync(stampPath, JSON.stringify(Object.assign(stamp, changes)))
  }
  installPackages()
  const native = hashFiles(nativeSources())
  if (stamp.native !== native || !existsSync(addonPath)) {
    say('building the native engine (minutes the first time)')
    buildAddon()
    save({ native })
  }
  save({ typescript: compileTypeScript(stamp) })
  save({ bundle: await bundleCompiled(stamp, stamp.typescript) })
  save({ page: buildPage(stamp) })
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    await setup()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    say(`failed: ${error.message}`)
    process.exitCode = 1
  }
}
