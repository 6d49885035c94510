import type { CompactResult, OptimizeResult, RepairReport, SalvageReport, StopFlag, StoreOptions } from '../native/binding.js'
import { guard } from '../native/errors.js'
import { loadBinding } from '../native/index.js'
import { modelsFolder } from '../embedders/names.js'
import { MemvidError } from '../errors.js'
import { invalid, OptionReader } from './options.js'
import { SDK_VERSION, withoutAbsent, type Store } from './store.js'
import type * as T from './types.js'

type OnProgress = NonNullable<T.UpkeepOptions['onProgress']>

export async function compact(store: Store, given: T.UpkeepOptions): Promise<CompactResult> {
  const options = new OptionReader('compact', given, ['onProgress', 'signal'])
  const onProgress = options.call<OnProgress>('onProgress')
  return stoppable(options.signal('signal'), (stop) => store.native.compact(stop, told(onProgress)))
}

export async function optimize(store: Store, given: T.UpkeepOptions): Promise<OptimizeResult> {
  const options = new OptionReader('optimize', given, ['onProgress', 'signal'])
  const onProgress = options.call<OnProgress>('onProgress')
  return stoppable(options.signal('signal'), (stop) => store.native.optimize(stop, told(onProgress)))
}

export async function doctor(store: Store, given: T.DoctorOptions): Promise<RepairReport> {
  const options = new OptionReader('doctor', given, ['dryRun', 'onProgress'])
  const dryRun = options.flag('dryRun') ?? false
  const onProgress = options.call<OnProgress>('onProgress')
  store.refresh()
  return store.native.repair(dryRun, told(onProgress))
}

export async function salvage(input: string, output: string, given: T.UpkeepOptions): Promise<SalvageReport> {
  const options = new OptionReader('salvage', given, ['onProgress', 'signal'])
  const onProgress = options.call<OnProgress>('onProgress')
  for (const path of [input, output]) {
    if (typeof path !== 'string' || path === '') throw invalid('salvage: it takes the path of the damaged file and the path of the new one')
  }
  const settings = withoutAbsent<StoreOptions>({ writer: `memvid ${SDK_VERSION}`, models: modelsFolder() })
  return stoppable(options.signal('signal'), (stop) =>
    guard(() => loadBinding().salvage(input, output, settings, stop, told(onProgress))),
  )
}

function told(onProgress: OnProgress | undefined): ((done: number, total: number) => void) | undefined {
  return onProgress && ((done, total) => onProgress({ done, total }))
}

/** Runs work of the engine that a signal stops at its next safe place. */
async function stoppable<R>(signal: AbortSignal | undefined, work: (stop: StopFlag) => Promise<R>): Promise<R> {
  if (signal?.aborted) throw new MemvidError('Aborted', 'it was stopped before it began')
  const { StopFlag } = loadBinding()
  const stop = new StopFlag()
  const abort = (): void => stop.stop()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await work(stop)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
