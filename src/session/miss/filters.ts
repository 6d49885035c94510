import type { Frame } from '../../native/binding.js'
import type { SearchParameters } from '../record.js'

/** A filter of a search: its name as it is printed, and the settings that leave it out. */
export interface FailingFilter {
  name: string
  without: (parameters: SearchParameters) => Partial<SearchParameters>
}

/** The filters of a search that keep this document out. */
export function failingFilters({ scope, tags, afterMs, beforeMs }: SearchParameters, frame: Frame): FailingFilter[] {
  const failing: FailingFilter[] = []
  if (scope !== null && !frame.uri.startsWith(scope)) failing.push({ name: `scope ${scope}`, without: () => ({ scope: null }) })
  for (const tag of tags.filter((tag) => !frame.tags.includes(tag))) {
    failing.push({ name: `tag ${tag}`, without: (parameters) => ({ tags: parameters.tags.filter((other) => other !== tag) }) })
  }
  if (afterMs !== null && frame.timestampMs < afterMs) failing.push({ name: `after ${date(afterMs)}`, without: () => ({ afterMs: null }) })
  if (beforeMs !== null && frame.timestampMs >= beforeMs) failing.push({ name: `before ${date(beforeMs)}`, without: () => ({ beforeMs: null }) })
  return failing
}

/** The same search without these filters and with all others. */
export function withoutFilters(parameters: SearchParameters, filters: readonly FailingFilter[]): SearchParameters {
  return filters.reduce((changed, { without }) => ({ ...changed, ...without(changed) }), parameters)
}

function date(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
