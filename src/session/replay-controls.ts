import Big from 'big.js'
import { invalid, wellFormed, type OptionReader } from '../memory/options.js'
import type { FailOn } from './replay-control-types.js'

export const CONTROL_NAMES = ['concurrency', 'dryRun', 'maxCost', 'offline', 'failOn', 'stopOnMismatch', 'save'] as const

/** The controls as they were checked, defaults filled in. */
export interface CheckedControls {
  /** Names of the models to ask, none twice. */
  models: string[]
  concurrency: number
  dryRun: boolean
  maxCost: Big | undefined
  offline: boolean
  failOn: FailOn[]
  stopOnMismatch: boolean
  /** The name, or true for none; undefined: it is not kept. */
  save: string | true | undefined
}

const FAIL_ON: readonly FailOn[] = ['mismatch', 'unverified', 'changed', 'none']
const MAX_MODELS = 16
const DECIMAL = /^\d{1,12}(\.\d{1,18})?$/

export function readControls(reader: OptionReader): CheckedControls {
  const controls: CheckedControls = {
    models: readModels(reader.raw('useModel')),
    concurrency: reader.integer('concurrency', 1, 64) ?? 4,
    dryRun: reader.flag('dryRun') ?? false,
    maxCost: readMaxCost(reader.raw('maxCost')),
    offline: reader.flag('offline') ?? false,
    failOn: readFailOn(reader.raw('failOn')),
    stopOnMismatch: reader.flag('stopOnMismatch') ?? false,
    save: readSave(reader.raw('save')),
  }
  if (controls.dryRun && controls.offline) throw invalid('sessionReplay: dryRun estimates what offline never pays', 'Leave out one of them.')
  if (controls.dryRun && controls.save) throw invalid('sessionReplay: a dry run gives nothing to save', 'Leave out dryRun or save.')
  return controls
}

function readModels(value: unknown): string[] {
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value]
  if (!list.every((name) => typeof name === 'string')) throw invalid('sessionReplay: useModel is the name of a model, or a list of names')
  const names = list.map((name: string) => wellFormed(name))
  if (names.length > MAX_MODELS) throw invalid(`sessionReplay: useModel names ${names.length} models, at most ${MAX_MODELS} are compared`)
  return names
}

function readMaxCost(value: unknown): Big | undefined {
  if (value === undefined) return undefined
  const text = typeof value === 'number' && Number.isFinite(value) && value >= 0 ? new Big(value).toFixed() : value
  if (typeof text === 'string' && DECIMAL.test(text)) return new Big(text)
  throw invalid(`sessionReplay: maxCost is an amount of US dollars such as 0.25, got ${JSON.stringify(value)}`)
}

function readSave(value: unknown): string | true | undefined {
  if (value === undefined || value === false) return undefined
  if (value === true) return true
  if (typeof value === 'string' && value.trim() !== '') return wellFormed(value.trim())
  throw invalid(`sessionReplay: save is true, or a name for the replay, got ${JSON.stringify(value)}`)
}

function readFailOn(value: unknown): FailOn[] {
  const list: unknown[] = value === undefined ? ['mismatch'] : Array.isArray(value) ? value : [value]
  const names = FAIL_ON.filter((name) => list.includes(name))
  if (names.length === 0 || list.some((name) => !FAIL_ON.includes(name as FailOn))) {
    throw invalid(`sessionReplay: failOn is one or several of ${FAIL_ON.join(', ')}, got ${JSON.stringify(value)}`)
  }
  if (names.includes('none') && names.length > 1) throw invalid('sessionReplay: failOn none stands alone')
  return names
}
