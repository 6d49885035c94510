// Bundles the compiled TypeScript for shipping: a process that opens a memory and asks it loads two files instead of sixty.
// dist/src stays what tests of single modules import; dist/bundle is what `memvid` and `import` of the package run.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const compiled = (path) => join(root, 'dist', 'src', path)

/** Packages that are large and needed by few calls; they stay in node_modules and are imported when one of those calls comes. */
export const EXTERNAL_PACKAGES = ['@anthropic-ai/sdk', '@pydantic/genai-prices', 'html-to-text', 'openai', 'tiktoken']
/** What the adapters are for; whoever imports one has its package. */
const PEERS = ['@langchain/core', 'ai']
const EXTERNAL = [...EXTERNAL_PACKAGES, ...PEERS].map((name) => new RegExp(`^${name}(/|$)`))

/** Chunks by what is loaded together, first match first: each is a module with all that it imports statically. */
const CHUNKS = [
  { name: 'memory', roots: ['index.js'] },
  { name: 'put', roots: ['memory/put.js', 'memory/put-many.js', 'memory/frame-view.js'] },
  { name: 'command', roots: ['cli/main.js', 'cli/memory.js', 'cli/options.js', 'cli/output/json.js'] },
  { name: 'session', roots: ['session/recorder.js', 'session/view.js'] },
  { name: 'ask', roots: ['ask/ask.js', 'session/replay.js', 'session/compare.js'] },
]

/** The modules that `roots` import statically, and they themselves. */
function closure(roots, moduleInfo) {
  const found = new Set()
  const waiting = [...roots]
  while (waiting.length > 0) {
    const id = waiting.pop()
    if (found.has(id)) continue
    found.add(id)
    waiting.push(...(moduleInfo(id)?.importedIds ?? []))
  }
  return found
}

function groups() {
  const members = new Map()
  const belongs = (roots, id, context) => {
    if (!members.has(roots)) members.set(roots, closure(roots.map(compiled), (module) => context.getModuleInfo(module)))
    return members.get(roots).has(id)
  }
  return CHUNKS.map(({ name, roots }, index) => ({
    name: (id, context) => (belongs(roots, id, context) ? name : null),
    debugName: name,
    priority: CHUNKS.length - index,
  }))
}

/** commander could start verbs that are programs of their own. Here are none, and loading what starts them takes a tenth of a search. */
const withoutChildProcesses = {
  name: 'without-child-processes',
  resolveId: (id, importer) => (id === 'node:child_process' && importer?.includes('/commander/') ? '\0no-child-process' : null),
  load: (id) => (id === '\0no-child-process' ? 'export {}' : null),
}

/** Functions of the public API that need much code, or slow modules of Node's: those are loaded when one is first called. */
const DEFERRED = {
  './ask/ground.js': { entry: 'sdk/grounding', names: ['scoreGrounding'] },
  './proof/keys.js': { entry: 'sdk/keys', names: ['createKey', 'listKeys', 'showKey'] },
  './session/diff.js': { entry: 'sdk/diff', names: ['wordDiff'] },
  './embedders/install.js': { entry: 'sdk/install', names: ['installModel'] },
}

const loadedWhenCalled = {
  name: 'loaded-when-called',
  resolveId: (id, importer) => (DEFERRED[id] && importer === compiled('index.js') ? `\0when-called:${id}` : null),
  load: (id) => {
    const deferred = DEFERRED[id.replace('\0when-called:', '')]
    if (!deferred || !id.startsWith('\0')) return null
    const call = (name) => `export const ${name} = (...args) => load('../${deferred.entry}.cjs').${name}(...args)`
    return ["import { createRequire } from 'node:module'", 'const load = createRequire(import.meta.url)', ...deferred.names.map(call)].join('\n')
  },
}

/** What programs import by the package's name. */
const IMPORTED = ['sdk/index', 'adapters/ai-sdk', 'adapters/langchain']

/**
 * An ECMAScript module over a CommonJS one, which stays the only instance. Left to itself Node reads through the CommonJS text for names that it may
 * export before it runs it, which takes a fifth of the loading.
 */
function writeImported(name, exports) {
  const file = name.split('/').at(-1)
  const lines = [
    "import { createRequire } from 'node:module'",
    `const all = createRequire(import.meta.url)('./${file}.cjs')`,
    `export const { ${exports.join(', ')} } = all`,
  ]
  writeFileSync(join(root, 'dist', 'bundle', `${name}.mjs`), `${lines.join('\n')}\n`)
}

/** Writes dist/bundle from dist/src. Both lie at the same depth, as modules find the package's own files from where they are. */
export async function bundle() {
  // Imported here: a clone that has no packages yet must be able to load this file.
  const { build } = await import('rolldown')
  rmSync(join(root, 'dist', 'bundle'), { recursive: true, force: true })
  const { output } = await build({
    input: {
      'cli/main': compiled('cli/main.js'),
      'rpc/main': compiled('rpc/main.js'),
      'adapters/ai-sdk': compiled('adapters/ai-sdk.js'),
      'adapters/langchain': compiled('adapters/langchain.js'),
      'sdk/index': compiled('index.js'),
      ...Object.fromEntries(Object.entries(DEFERRED).map(([path, { entry }]) => [entry, compiled(path)])),
    },
    platform: 'node',
    external: EXTERNAL,
    plugins: [withoutChildProcesses, loadedWhenCalled],
    logLevel: 'warn',
    output: {
      dir: join(root, 'dist', 'bundle'),
      // Node reads CommonJS at once and with half of the work that ECMAScript modules cost it; both kinds of program can load it.
      format: 'cjs',
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      entryFileNames: '[name].cjs',
      chunkFileNames: 'chunks/[name]-[hash].cjs',
      codeSplitting: { groups: groups() },
    },
  })
  for (const { name, exports } of output.filter(({ name }) => IMPORTED.includes(name))) writeImported(name, exports)
  for (const program of ['cli', 'rpc']) chmodSync(join(root, 'dist', 'bundle', program, 'main.cjs'), 0o755)
}

if (fileURLToPath(import.meta.url) === process.argv[1]) await bundle()
