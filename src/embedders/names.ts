/** How embedders are named: by the user, and in a file. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The engine's own embedders as the user writes them, and as a file remembers them. */
const OWN: Readonly<Record<string, string>> = { static: 'static-minilm-256@1', minilm: 'minilm-l6-int8@1' }

/** True for the name of an embedder that is asked over the network, such as `openai:text-embedding-3-small`. */
export function isOutside(name: string): boolean {
  return name.includes(':')
}

/** The name that a file remembers for what the user wrote. */
export function rememberedName(name: string): string {
  return OWN[name] ?? name
}

export function ownEmbedders(): string[] {
  return Object.keys(OWN)
}

/** Where installed models lie: `MEMVID_MODELS_DIR`, or `memvid/models` in the user's cache. */
export function modelsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['MEMVID_MODELS_DIR']
  if (given) return given
  const home = homedir()
  const caches: Partial<Record<NodeJS.Platform, string>> = { darwin: join(home, 'Library', 'Caches'), win32: join(home, 'AppData', 'Local') }
  return join(env['XDG_CACHE_HOME'] || caches[process.platform] || join(home, '.cache'), 'memvid', 'models')
}
