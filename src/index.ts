/** The public API of the SDK, and nothing else. */

export { create, open, salvage, Memory } from './memory/memory.js'
export { SDK_VERSION } from './memory/store.js'
export { MemvidError } from './errors.js'
export { engineVersion } from './native/index.js'
export { createKey, listKeys, showKey, type KeyView } from './proof/keys.js'
export { formatUsd, formatUsdShort } from './ask/cost.js'
export { scoreGrounding, type GroundingOptions, type JudgedGroundingOptions } from './ask/ground.js'
export type { GroundingContext } from './ask/grounding/index.js'
export { judgeReplay } from './session/verdict.js'
export { wordDiff } from './session/diff.js'
export { installModel, type InstallModelOptions, type InstalledModel } from './embedders/install.js'
export { findSecrets, redactSecrets, type FoundSecret } from './ask/secrets.js'
export { listModels, type ModelListing } from './providers/list.js'
export type * from './memory/types.js'
export type * from './ask/types.js'
export type * from './session/types.js'
export type * from './session/replay-types.js'
export type * from './session/verify-types.js'
export type * from './session/replay-control-types.js'
export type * from './session/miss-types.js'
export type * from './types.js'
export type {
  CompactResult,
  Damage,
  LostFrame,
  OptimizeResult,
  RepairReport,
  SalvageReport,
  Stats,
  VectorPrecision,
  VectorView,
  VerifyReport,
} from './native/binding.js'
