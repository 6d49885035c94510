/** What several verbs take, said once: how an option is written, read and checked. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import type { FindOptions, SearchMode } from '../index.js'

export interface JsonOption {
  json?: boolean
}

export function addJson(command: Command): Command {
  return command.option('--json', 'print one JSON value, in snake_case')
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It takes a whole number of at least ${least}.`)
    }
    return value
  }
}

/** A decimal number between two bounds, both allowed. */
export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`It takes a number from ${least} to ${most}.`)
    return value
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time span in milliseconds, from `500ms`, `90s`, `15m`, `12h` or `7d`. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})(ms|[smhd])$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) throw new InvalidArgumentError('It takes a time span such as 90s, 15m, 12h or 7d.')
  return Number(digits) * UNITS[unit]!
}

/** ISO 8601, or milliseconds since 1970. */
export function moment(text: string): Date {
  const date = new Date(/^\d{5,}$/.test(text) ? Number(text) : text)
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It takes a time such as 2024-12-27 or 2024-12-27T10:00:00Z.')
  return date
}

/** A commit's number, or a time. */
export function commitOrMoment(text: string): number | Date {
  return /^\d{1,15}$/.test(text) && text.length < 12 ? Number(text) : moment(text)
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** A frame's id where it is all digits, else its URI. */
export function frameReference(text: string): number | string {
  return /^\d+$/.test(text) ? wholeNumber(0)(text) : text
}

export interface SearchOptions {
  mode?: SearchMode
  topK?: number
  adaptive?: boolean
  exact?: boolean
  tag?: string[]
  scope?: string
  after?: Date
  before?: Date
  asOf?: number | Date
}

export function modeOption(): Option {
  return new Option('--mode <mode>', 'how to search (default: hybrid, or lex in a file without vectors)').choices(['hybrid', 'lex', 'vec'])
}

/** The options of a search, the same for `find` and `ask`. */
export function addSearch(command: Command): Command {
  return command
    .addOption(modeOption())
    .option('--top-k <n>', 'most results (default: 8)', wholeNumber(1))
    .option('--adaptive', 'cut the list where the scores fall off instead of at a number')
    .option('--exact', 'compare the query with every vector, however many there are')
    .option('--tag <tag>', 'only documents with this tag; may be repeated, then all are needed', collect)
    .option('--scope <prefix>', 'only documents whose URI begins so')
    .option('--after <time>', 'only documents dated at or after', moment)
    .option('--before <time>', 'only documents dated before', moment)
    .option('--as-of <commit|time>', 'search the memory as it was', commitOrMoment)
}

/** The same options in the words of the API; what was not given stays out. */
export function searchOptions(options: SearchOptions): FindOptions {
  const { mode, topK, adaptive, exact, tag, scope, after, before, asOf } = options
  return {
    ...(mode && { mode }),
    ...(topK !== undefined && { k: topK }),
    ...(adaptive && { adaptive }),
    ...(exact && { exact }),
    ...(tag && { tags: tag }),
    ...(scope !== undefined && { scope }),
    ...(after && { after }),
    ...(before && { before }),
    ...(asOf !== undefined && { asOf }),
  }
}

export interface JudgeOptions {
  judge?: string
  judgeBaseUrl?: string
}

/** A second opinion on grounding, the same for `ask` and `ground`. */
export function addJudge(command: Command): Command {
  return command
    .option('--judge <model>', 'a model that gives a second opinion on the grounding; a call that costs (default: none)')
    .option('--judge-base-url <url>', "the judge's server, instead of its usual one")
}
