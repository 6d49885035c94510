/** What a debug replay searches with, and the document that it asks for. */
import { Option, type Command } from 'commander'
import type { AdaptiveRule, Fusion, ReplayOptions, SearchMode } from '../../index.js'
import { collect, modeOption, numberBetween, wholeNumber } from '../options.js'

export interface DebugOptions {
  adaptive?: boolean
  adaptiveRule?: AdaptiveRule
  threshold?: number
  topK?: number
  mode?: SearchMode
  alpha?: number
  fusion?: Fusion
  exact?: boolean
  /** False with `--no-filters`. */
  filters?: boolean
  maxContextTokens?: number
  asOf?: 'recorded' | number
  expect?: string
  sweep?: string[]
}

const FLAGS: Record<keyof DebugOptions, string> = {
  adaptive: '--adaptive',
  adaptiveRule: '--adaptive-rule',
  threshold: '--threshold',
  topK: '--top-k',
  mode: '--mode',
  alpha: '--alpha',
  fusion: '--fusion',
  exact: '--exact',
  filters: '--no-filters',
  maxContextTokens: '--max-context-tokens',
  asOf: '--as-of',
  expect: '--expect',
  sweep: '--sweep',
}

function recordedOrCommit(text: string): 'recorded' | number {
  return text === 'recorded' ? text : wholeNumber(0)(text)
}

export function addDebugOptions(command: Command): Command {
  return command
    .option('--adaptive', 'search with the adaptive cut (debug mode only)')
    .addOption(
      new Option('--adaptive-rule <rule>', 'search with this adaptive cut (debug mode only; default: relative)').choices([
        'relative',
        'absolute',
        'knee',
        'gap',
        'cliff',
      ]),
    )
    .option('--threshold <n>', 'search with the adaptive cut at this threshold (debug mode only; default: 0.65)', numberBetween(0, 1))
    .option('--top-k <n>', 'search with this top-k (debug mode only)', wholeNumber(1))
    .addOption(modeOption())
    .option('--alpha <n>', 'search with this weight of the vectors, 0 to 1 (debug mode only)', numberBetween(0, 1))
    .addOption(new Option('--fusion <how>', 'join text and vectors so (debug mode only)').choices(['auto', 'relative', 'rrf']))
    .option('--exact', 'compare each query with every vector, however many there are (debug mode only)')
    .option('--no-filters', 'search without the recorded scope, tags and times (debug mode only)')
    .option('--max-context-tokens <n>', 'render prompts within this token budget (debug mode only)', wholeNumber(1))
    .option(
      '--as-of <recorded|commit>',
      "what to search: today's content, each action's own commit, or one commit (debug mode only)",
      recordedOrCommit,
    )
    .option('--expect <uri|frame|text>', 'why each search found or missed this document (debug mode only)')
    .option(
      '--sweep <settings>',
      'with --expect: which settings would have found it, e.g. top-k=4..64 or mode,adaptive (also threshold, alpha, fusion, max-context-tokens)',
      collect,
    )
}

/** The first of these options that was given, as it is written; undefined when none was. */
export function givenDebugFlag(options: DebugOptions): string | undefined {
  const isGiven = (name: keyof DebugOptions) => (name === 'filters' ? options.filters === false : options[name] !== undefined)
  const name = (Object.keys(FLAGS) as (keyof DebugOptions)[]).find(isGiven)
  return name && FLAGS[name]
}

/** A replay's other options, which have the names of the API. */
export function withoutDebug<T extends DebugOptions>(options: T): Omit<T, keyof DebugOptions> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(FLAGS, name))) as Omit<T, keyof DebugOptions>
}

/** The same options in the words of the API; what was not given stays out. */
export function debugReplayOptions(options: DebugOptions): ReplayOptions {
  const { adaptive, adaptiveRule: rule, threshold, filters, sweep } = options
  const { topK, mode, alpha, fusion, exact, maxContextTokens, asOf, expect } = options
  const same = Object.entries({ topK, mode, alpha, fusion, exact, maxContextTokens, asOf, expect }).filter(([, value]) => value !== undefined)
  const settings = { ...(rule && { rule }), ...(threshold !== undefined && { threshold }) }
  return {
    ...Object.fromEntries(same),
    ...(Object.keys(settings).length > 0 ? { adaptive: settings } : adaptive && { adaptive }),
    ...(filters === false && { filters }),
    ...(sweep && { sweep: sweep.join(',') }),
  }
}
