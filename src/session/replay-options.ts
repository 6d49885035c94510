import { invalid, OptionReader } from '../memory/options.js'
import { FUSIONS, readAdaptive } from '../memory/retrieve.js'
import { withoutAbsent } from '../memory/store.js'
import { readSweep } from './miss/sweep-settings.js'
import { CONTROL_NAMES, readControls, type CheckedControls } from './replay-controls.js'
import type { ReplayOptions } from './replay-types.js'

const NAMES = [
  'audit',
  'useModel',
  'diff',
  'adaptive',
  'topK',
  'mode',
  'asOf',
  'alpha',
  'fusion',
  'exact',
  'filters',
  'maxContextTokens',
  'expect',
  'sweep',
  'skipAsks',
  'skipFinds',
  'fromCheckpoint',
  'action',
  'details',
  'baseUrl',
  'timeoutMs',
  'maxOutputTokens',
  'temperature',
  'seed',
  'prices',
  'onProgress',
  'onStep',
  'signal',
  ...CONTROL_NAMES,
] as const

/** Settings of the search, which an audit does not do again. */
const SEARCH_SETTINGS = [
  'adaptive',
  'topK',
  'mode',
  'asOf',
  'alpha',
  'fusion',
  'exact',
  'filters',
  'maxContextTokens',
  'expect',
  'sweep',
] as const
/** What these say when they change nothing. */
const IDLE: ReplayOptions = { adaptive: false, filters: true }
const MAX_TOKENS = 100_000_000

/** The options as they were checked. Which models are asked stands in `models`. */
export type CheckedReplayOptions = Omit<ReplayOptions, 'useModel' | keyof CheckedControls> & CheckedControls

export function readReplayOptions(given: ReplayOptions): CheckedReplayOptions {
  const reader = new OptionReader('sessionReplay', given, NAMES)
  const topK = reader.integer('topK', 1, 10_000)
  // Checked now, so that a wrong setting stops the replay before its first step.
  readAdaptive('sessionReplay', reader.raw('adaptive'), topK)
  const controls = readControls(reader)
  const options = withoutAbsent<CheckedReplayOptions>({
    ...controls,
    audit: reader.flag('audit'),
    diff: reader.flag('diff'),
    adaptive: reader.raw('adaptive') as ReplayOptions['adaptive'],
    topK,
    mode: reader.oneOf('mode', ['hybrid', 'lex', 'vec']),
    asOf: readAsOf(reader.raw('asOf')),
    alpha: reader.number('alpha', 0, 1),
    fusion: reader.oneOf('fusion', FUSIONS),
    exact: reader.flag('exact'),
    filters: reader.flag('filters'),
    maxContextTokens: reader.integer('maxContextTokens', 1, MAX_TOKENS),
    expect: readExpect(reader.raw('expect')),
    sweep: readSweepOption(reader.raw('sweep')),
    skipAsks: reader.flag('skipAsks'),
    skipFinds: reader.flag('skipFinds'),
    fromCheckpoint: readCheckpoint(reader.raw('fromCheckpoint')),
    action: reader.integer('action', 0, Number.MAX_SAFE_INTEGER),
    details: reader.flag('details'),
    baseUrl: reader.text('baseUrl'),
    timeoutMs: reader.integer('timeoutMs', 1, 3_600_000),
    maxOutputTokens: reader.integer('maxOutputTokens', 1, MAX_TOKENS),
    temperature: reader.number('temperature', 0, 2),
    seed: reader.integer('seed', 0, Number.MAX_SAFE_INTEGER),
    prices: reader.text('prices'),
    onProgress: reader.call<NonNullable<ReplayOptions['onProgress']>>('onProgress'),
    onStep: reader.call<NonNullable<ReplayOptions['onStep']>>('onStep'),
    signal: reader.signal('signal'),
  })
  if (options.sweep !== undefined && options.expect === undefined) {
    throw invalid('sessionReplay: sweep needs expect: the document that the settings are to find')
  }
  const misplaced = options.audit ? SEARCH_SETTINGS.find((name) => options[name] !== undefined && options[name] !== IDLE[name]) : undefined
  if (misplaced) {
    throw invalid(`sessionReplay: ${misplaced} changes the search, and an audit does not search`, `Leave out either audit or ${misplaced}.`)
  }
  if (options.action !== undefined && options.fromCheckpoint !== undefined) {
    throw invalid('sessionReplay: action and fromCheckpoint both say where to begin', 'Leave out one of them.')
  }
  if (options.baseUrl !== undefined && controls.models.length === 0) throw invalid('sessionReplay: baseUrl needs useModel')
  return options
}

function readAsOf(value: unknown): ReplayOptions['asOf'] | undefined {
  if (value === undefined || value === 'recorded') return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`sessionReplay: asOf is 'recorded' or a commit number, got ${JSON.stringify(value)}`)
}

function readExpect(value: unknown): string | number | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`sessionReplay: expect is a URI, a frame id or a text of the document, got ${JSON.stringify(value)}`)
}

/** Checked now, so that a wrong setting stops the replay before its first step. */
function readSweepOption(value: unknown): ReplayOptions['sweep'] | undefined {
  if (value !== undefined) readSweep(value)
  return value as ReplayOptions['sweep'] | undefined
}

function readCheckpoint(value: unknown): string | number | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw invalid(`sessionReplay: fromCheckpoint is a checkpoint's name or its number from 1, got ${JSON.stringify(value)}`)
}
