/** The only importer of the native binding. Its errors come out as `MemvidError`. */

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MemvidError } from '../errors.js'
import type * as Binding from './binding.js'
import { guard, guarded } from './errors.js'

export type BindingModule = typeof Binding

let loaded: BindingModule | undefined

/** Loads the addon that `npm run build:native` made for this system. Throws `NativeUnavailable` when it is not there or can't be loaded. */
export function loadBinding(): BindingModule {
  if (loaded) return loaded
  const name = `mv2.${process.platform}-${process.arch}.node`
  const path = fileURLToPath(new URL(`../../../native/${name}`, import.meta.url))
  try {
    loaded = createRequire(import.meta.url)(path) as BindingModule
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
    const message = missing ? `the native engine (${name}) has not been built` : `the native engine could not be loaded: ${String(cause)}`
    throw new MemvidError('NativeUnavailable', message, {
      hint: 'Run `npm run build:native`; it needs Rust and a C compiler.',
      path,
      cause,
    })
  }
  return loaded
}

/** Version of the native engine. */
/** Vectors of the embedded embedder (256 numbers each, length 1), one after the other; all zeros for a text without a known token. */
export function embedTexts(texts: string[]): Float32Array {
  return loadBinding().embedTexts(texts)
}

export function engineVersion(): string {
  return loadBinding().engineVersion()
}

/** Makes a new file. */
export async function createNative(path: string, options: Binding.StoreOptions): Promise<Binding.NativeStore> {
  const { NativeStore } = loadBinding()
  return guarded(await guard(() => NativeStore.create(path, options, Date.now())))
}

/** Opens a file that exists. */
export async function openNative(path: string, options: Binding.StoreOptions): Promise<Binding.NativeStore> {
  const { NativeStore } = loadBinding()
  return guarded(await guard(() => NativeStore.open(path, options)))
}
