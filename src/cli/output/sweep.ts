/** Which settings would have found a document, as a table. */
import type { AdaptiveOptions, SweepRow } from '../../index.js'
import { line } from './escape.js'
import { table } from './table.js'

const names: Record<string, string> = { topK: 'top-k', maxContextTokens: 'max-context-tokens' }

/** A setting's value as `--sweep` takes it. */
function value(given: unknown): string {
  if (given === false) return 'off'
  if (given === true) return 'relative'
  if (given === null || typeof given !== 'object') return String(given)
  const { rule = 'relative', threshold } = given as AdaptiveOptions
  return threshold === undefined ? rule : `${rule} ${threshold}`
}

function cells({ settings, found, rank, results, inPrompt, contextTokens, error }: SweepRow): string[] {
  const chosen = Object.values(settings).map(value)
  if (error) return [...chosen, line(error.code), '-', '-', '-']
  const answer = !found ? 'no' : inPrompt ? 'yes' : 'yes, not in the prompt'
  return [...chosen, answer, rank === null ? '-' : String(rank), String(results), String(contextTokens)]
}

/** A heading, a row for each combination, and which of those that find it needs the smallest context. */
export function sweepLines(rows: SweepRow[]): string[] {
  const [first] = rows
  if (!first) return []
  const heading = [...Object.keys(first.settings).map((name) => names[name] ?? name), 'found', 'rank', 'results', 'context tokens']
  return ['Sweep:', ...table(heading, rows.map(cells)).map((row) => `  ${row}`), `  ${verdict(rows)}`]
}

function verdict(rows: SweepRow[]): string {
  const finding = rows.filter(({ found, inPrompt }) => found && inPrompt)
  const [least] = [...finding].sort((a, b) => a.contextTokens - b.contextTokens)
  if (!least) return `none of ${rows.length} settings brings it into the context`
  const settings = Object.entries(least.settings).map(([name, given]) => `${names[name] ?? name} ${value(given)}`)
  const cost = `${settings.join(', ')}: rank ${least.rank}, ${least.contextTokens} tokens`
  return `${finding.length} of ${rows.length} settings bring it into the context; with the fewest tokens ${cost}`
}
