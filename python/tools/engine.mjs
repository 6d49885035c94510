// Puts what `memvid-rpc` needs into a folder: the bundle, the addon, and those npm packages that are not in the bundle.
//
//   node python/tools/engine.mjs <folder>
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXTERNAL_PACKAGES } from '../../bundle.mjs'
import { addonPath } from '../../native/build.mjs'
import { setup } from '../../native/setup.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const [target] = process.argv.slice(2)
if (!target) throw new Error('usage: node python/tools/engine.mjs <folder>')

/** Types, source maps and sources are for programmers; licences stay. */
const isNeeded = (path) => !/\.(d\.[cm]?ts|[cm]?ts|map|md|markdown)$|\/(src|docs|test|tests)$/.test(path)

/** The folder of a package as seen from another one, as Node looks it up. */
function folderOf(name, from) {
  for (let base = from; base.startsWith(root.replace(/\/$/, '')) || base.includes('node_modules'); base = join(base, '..')) {
    const folder = join(base, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (base === join(base, '..')) break
  }
  return undefined
}

/** A package and all that it depends on. Optional ones that are not installed are left out. */
function copyPackage(name, from, into, done = new Set()) {
  const folder = folderOf(name, from)
  if (!folder || done.has(folder)) return
  done.add(folder)
  cpSync(folder, join(into, 'node_modules', name), { recursive: true, dereference: true, filter: (path) => isNeeded(path.slice(folder.length)) })
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const dependency of Object.keys(dependencies)) copyPackage(dependency, folder, into, done)
}

await setup()
rmSync(target, { recursive: true, force: true })
mkdirSync(join(target, 'native'), { recursive: true })
cpSync(join(root, 'dist', 'bundle'), join(target, 'dist', 'bundle'), { recursive: true })
cpSync(join(root, 'package.json'), join(target, 'package.json'))
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
cpSync(addonPath, join(target, 'native', addonPath.split('/').at(-1)))
for (const name of EXTERNAL_PACKAGES) copyPackage(name, root.replace(/\/$/, ''), target)
