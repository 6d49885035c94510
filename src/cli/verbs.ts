import type { Command } from 'commander'

/** Adds a verb with its arguments, options and action to its parent. */
export type Register = (parent: Command) => void

type Loader = () => Promise<{ register: Register }>

/** Every verb and the file that holds it, in the order of the help. Only the one that is called is loaded. */
export const verbs: Record<string, Loader> = {
  create: () => import('./create.js'),
  put: () => import('./put.js'),
  find: () => import('./find.js'),
  ask: () => import('./ask.js'),
  ground: () => import('./ground.js'),
  get: () => import('./get.js'),
  update: () => import('./update.js'),
  delete: () => import('./delete.js'),
  timeline: () => import('./timeline.js'),
  stats: () => import('./stats.js'),
  verify: () => import('./verify.js'),
  doctor: () => import('./doctor.js'),
  salvage: () => import('./salvage.js'),
  compact: () => import('./compact.js'),
  optimize: () => import('./optimize.js'),
  bench: () => import('./bench.js'),
  models: () => import('./models.js'),
  ui: () => import('./ui.js'),
  mcp: () => import('./mcp.js'),
  cost: () => import('./cost.js'),
  cache: () => import('./cache.js'),
  keys: () => import('./keys.js'),
}

export const sessionVerbs: Record<string, Loader> = {
  start: () => import('./session/start.js'),
  record: () => import('./session/record.js'),
  end: () => import('./session/end.js'),
  list: () => import('./session/list.js'),
  view: () => import('./session/view.js'),
  replay: () => import('./session/replay.js'),
  replays: () => import('./session/replays.js'),
  'compare-replays': () => import('./session/compare-replays.js'),
  checkpoint: () => import('./session/checkpoint.js'),
  fork: () => import('./session/fork.js'),
  compare: () => import('./session/compare.js'),
  verify: () => import('./session/verify.js'),
  sign: () => import('./session/sign.js'),
  anchor: () => import('./session/anchor.js'),
  redact: () => import('./session/redact.js'),
  export: () => import('./session/export.js'),
  delete: () => import('./session/delete.js'),
}
