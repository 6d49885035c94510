/** The walls of ARCHITECTURE.md: who may import whom, and who may touch the disk. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { packageRoot } from '../e2e/support/cli.js'

function filesBelow(folder: string, ending: string): string[] {
  const entries = readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
  return entries.filter((name) => name.endsWith(ending)).map((name) => join(folder, name))
}

function text(path: string): string {
  return readFileSync(join(packageRoot, path), 'utf8')
}

/** Paths below the package root that a TypeScript file imports from the project itself, statically or not. */
function importsOf(path: string): string[] {
  const found = [...text(path).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) => target)
  return found.map((target) => relative(packageRoot, resolve(packageRoot, dirname(path), target)).replace(/\.js$/, '.ts'))
}

/** Files that import something which `allowed` refuses, each with what it imports. */
function trespassers(folder: string, allowed: (target: string) => boolean, ending = '.ts'): string[] {
  return filesBelow(folder, ending).flatMap((path) => importsOf(path).filter((target) => !allowed(target)).map((target) => `${path} imports ${target}`))
}

test('the command line, the servers and the demo see only the public API', () => {
  const cli = (target: string): boolean => target === 'src/index.ts' || target.startsWith('src/cli/') || ['src/mcp/server.ts', 'src/ui/server/index.ts'].includes(target)
  assert.deepEqual(trespassers('src/cli', cli), [])
  const mcp = ['src/index.ts', 'src/cli/output/json.ts']
  assert.deepEqual(trespassers('src/mcp', (target) => mcp.includes(target) || target.startsWith('src/mcp/')), [])
  const server = (target: string): boolean => ['src/index.ts', 'src/ui/api.ts'].includes(target) || target.startsWith('src/ui/server/')
  assert.deepEqual(trespassers('src/ui/server', server), [])
  const page = (target: string): boolean => ['src/index.ts', 'src/ui/api.ts'].includes(target) || target.startsWith('src/ui/page/')
  const pages = ['.ts', '.tsx'].flatMap((ending) => trespassers('src/ui/page', page, ending))
  assert.deepEqual(pages, [])
  const values = ['.ts', '.tsx'].flatMap((ending) => filesBelow('src/ui/page', ending)).filter((path) => /^import (?!type )[^;']*'[./]+(index|api)\.js'/m.test(text(path)))
  assert.deepEqual(values, [], 'of the API the page knows the types only')
  const adapters = ['src/index.ts', 'src/mcp/tools.ts']
  assert.deepEqual(trespassers('src/adapters', (target) => adapters.includes(target)), [])
  assert.deepEqual(trespassers('src/rpc', (target) => target === 'src/index.ts' || target.startsWith('src/rpc/')), [])
  assert.deepEqual(trespassers('src/demo', (target) => target.startsWith('src/demo/')), [])
})

test('providers know nothing of memories, sessions and the engine', () => {
  const refused = ['src/memory/', 'src/session/', 'src/native/', 'src/cli/', 'src/index.ts']
  assert.deepEqual(trespassers('src/providers', (target) => !refused.some((part) => target.startsWith(part))), [])
})

test('only src/native loads the addon', () => {
  const loaders = filesBelow('src', '.ts').filter((path) => /\.node\b['`]/.test(text(path)))
  assert.deepEqual(loaders, ['src/native/index.ts'])
})

test('the public API is a list of exports', () => {
  const code = text('src/index.ts').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
  const statements = code.match(/^\S.*$/gm) ?? []
  assert.ok(statements.length > 0)
  assert.deepEqual(
    statements.filter((line) => !/^(export (type )?[{*]|\} from |\})/.test(line)),
    [],
  )
})

test('the engine has no Node, no wall clock, and touches files in one place', () => {
  const sources = filesBelow('native/core/src', '.rs')
  const having = (pattern: RegExp): string[] => sources.filter((path) => pattern.test(text(path).replace(/\/\/.*$/gm, '')))
  assert.deepEqual(having(/\bnapi\b|SystemTime/), [])
  assert.deepEqual(
    having(/std::fs|std::net/).filter((path) => !path.startsWith('native/core/src/storage/')),
    [],
  )
  assert.deepEqual(
    having(/\bunsafe\b/).filter((path) => !path.startsWith('native/core/src/storage/') && !path.startsWith('native/core/src/index/') && path !== 'native/core/src/embed/minilm/kernel.rs'),
    [],
  )
})

test('only the store orders writes and syncs', () => {
  const writers = filesBelow('native/core/src', '.rs').filter((path) => /\.(write_at|sync|set_len)\(/.test(text(path)))
  assert.deepEqual(
    writers.filter((path) => !path.startsWith('native/core/src/storage/')).sort(),
    // A salvage writes a file of its own, which nobody else can see until it is whole. A reserve is zeros that no commit covers.
    ['native/core/src/store/repair/salvage.rs', 'native/core/src/store/reserve.rs', 'native/core/src/store/write.rs'],
  )
})
