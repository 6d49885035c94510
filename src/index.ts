/** The public API of the SDK, and nothing else. */

export { create, open, Memory } from './memory/memory.js'
export { MemvidError } from './errors.js'
export { engineVersion } from './native/index.js'
export { formatUsd, formatUsdShort } from './ask/cost.js'
export { listModels, type ModelListing } from './providers/list.js'
export type * from './memory/types.js'
export type * from './ask/types.js'
export type * from './session/types.js'
export type * from './session/replay-types.js'
export type * from './types.js'
export type { Damage, Stats, VectorView, VerifyReport } from './native/binding.js'
