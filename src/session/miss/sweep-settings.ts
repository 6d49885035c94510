/** Reads what to sweep over: `top-k=4..64`, `alpha=0..1:0.1`, `mode,adaptive`, or lists of settings. */

import { invalid, OptionReader } from '../../memory/options.js'
import { readAdaptive } from '../../memory/retrieve.js'
import type { AdaptiveOptions, Fusion, SearchMode } from '../../memory/types.js'
import type { SearchOverrides } from '../search-overrides.js'

/** Checked values of each setting, in the order to go through them. */
export type SweepValues = { name: keyof SearchOverrides; values: unknown[] }[]

/** More combinations than this are a mistake. */
const MAX_ROWS = 2_000

const ADAPTIVE: Record<string, boolean | AdaptiveOptions> = {
  off: false,
  relative: { rule: 'relative' },
  knee: { rule: 'knee' },
  gap: { rule: 'gap' },
  cliff: { rule: 'cliff' },
}
const MODES: SearchMode[] = ['hybrid', 'lex', 'vec']
const FUSIONS: Fusion[] = ['auto', 'relative', 'rrf']
const NAMES = ['topK', 'mode', 'adaptive', 'alpha', 'fusion', 'maxContextTokens'] as const

/** What each setting is called in a text, and what it goes through when no values are given. */
const TEXT_NAMES: Record<string, { name: (typeof NAMES)[number]; all: string }> = {
  'top-k': { name: 'topK', all: '4..64' },
  mode: { name: 'mode', all: MODES.join('/') },
  adaptive: { name: 'adaptive', all: Object.keys(ADAPTIVE).join('/') },
  threshold: { name: 'adaptive', all: '0.3..0.9:0.1' },
  alpha: { name: 'alpha', all: '0..1:0.1' },
  fusion: { name: 'fusion', all: FUSIONS.join('/') },
  'max-context-tokens': { name: 'maxContextTokens', all: '500..16000' },
}

export function readSweep(given: unknown): SweepValues {
  const lists = typeof given === 'string' ? sweepText(given) : given
  const reader = new OptionReader('sessionReplay: sweep', lists, NAMES)
  const values = NAMES.flatMap((name) => {
    const list = reader.raw(name)
    if (list === undefined) return []
    if (!Array.isArray(list) || list.length === 0) throw invalid(`sessionReplay: sweep: ${name} is a list of values`)
    list.forEach((value: unknown) => checkValue(name, value))
    return [{ name, values: list as unknown[] }]
  })
  const rows = values.reduce((product, list) => product * list.values.length, 1)
  if (values.length === 0) throw invalid('sessionReplay: sweep names no setting', `It knows: ${Object.keys(TEXT_NAMES).join(', ')}.`)
  if (rows > MAX_ROWS) {
    throw invalid(`sessionReplay: sweep has ${rows} combinations, more than ${MAX_ROWS}`, 'Give fewer values, or a step: top-k=4..64:4.')
  }
  return values
}

/** Every combination, the last setting going through its values first. */
export function combinations(sweep: SweepValues): SearchOverrides[] {
  return sweep.reduce<SearchOverrides[]>(
    (rows, { name, values }) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  )
}

function checkValue(name: (typeof NAMES)[number], value: unknown): void {
  const reader = new OptionReader('sessionReplay: sweep', { [name]: value }, NAMES)
  if (name === 'topK') reader.integer(name, 1, 10_000)
  if (name === 'mode') reader.oneOf(name, MODES)
  if (name === 'fusion') reader.oneOf(name, FUSIONS)
  if (name === 'alpha') reader.number(name, 0, 1)
  if (name === 'maxContextTokens') reader.integer(name, 1, 100_000_000)
  if (name === 'adaptive') readAdaptive('sessionReplay: sweep', value, undefined)
}

function sweepText(text: string): Record<string, unknown[]> {
  const lists: Record<string, unknown[]> = {}
  for (const part of text.split(',').map((part) => part.trim())) {
    const [, called = '', values] = /^([^=]*)(?:=(.*))?$/s.exec(part) ?? []
    const known = Object.hasOwn(TEXT_NAMES, called.trim()) ? TEXT_NAMES[called.trim()] : undefined
    if (!known) throw invalid(`sessionReplay: sweep: there is no setting "${called.trim()}"`, `It knows: ${Object.keys(TEXT_NAMES).join(', ')}.`)
    if (known.name in lists) throw invalid(`sessionReplay: sweep: ${called.trim()} sets what was set already`)
    lists[known.name] = valuesOf(called.trim(), known.name, values ?? known.all)
  }
  return lists
}

function valuesOf(called: string, name: (typeof NAMES)[number], text: string): unknown[] {
  const words = text.split('/').map((word) => word.trim())
  if (name === 'mode' || name === 'fusion') return words
  if (called === 'adaptive') {
    return words.map((word) => {
      if (Object.hasOwn(ADAPTIVE, word)) return ADAPTIVE[word]
      throw invalid(`sessionReplay: sweep: adaptive is one of ${Object.keys(ADAPTIVE).join(', ')}, got "${word}"`)
    })
  }
  const numbers = words.flatMap((word) => range(called, word))
  return called === 'threshold' ? numbers.map((threshold) => ({ threshold })) : numbers
}

/** `8`; `4..64`, doubling; `4..64:4`, by steps. */
function range(called: string, text: string): number[] {
  const [, from = '', to, step] = /^([\d.]+?)(?:\.\.([\d.]+?)(?::([\d.]+))?)?$/.exec(text) ?? []
  const [first, last, by] = [Number(from), Number(to ?? from), Number(step ?? 0)]
  const isRange = from !== '' && last >= first && by >= 0 && (to === undefined || by > 0 || first > 0)
  if (!isRange || (step !== undefined && (by === 0 || (last - first) / by > MAX_ROWS))) {
    throw invalid(`sessionReplay: sweep: ${called} takes values such as 8, 4..64, 4..64:4 or 4/8/16, got "${text}"`)
  }
  const values: number[] = []
  // Counted, so that steps of a tenth do not drift.
  for (let index = 0; ; index++) {
    const value = by > 0 ? Number((first + index * by).toFixed(6)) : first * 2 ** index
    if (value >= last) return [...values, last]
    values.push(value)
  }
}
