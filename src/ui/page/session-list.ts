/** Search and order of the list of sessions. */
import type { SessionRow } from '../api.js'

export type SortKey = 'name' | 'status' | 'startedAtMs' | 'durationMs' | 'actionCount' | 'cost' | 'lowestGrounding'

/** Rows whose name, id, status or models hold every word of `search`, in order of a column. What was not captured comes last, either way. */
export function sortRows(rows: readonly SessionRow[], search: string, key: SortKey, down: boolean): SessionRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (row: SessionRow) => {
    const text = [row.name, row.sessionId, row.status, ...row.models].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
  const value = (row: SessionRow): string | number | null => (key === 'cost' ? Number(row.totals.costUsd) : row[key])
  return rows.filter(fits).sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
    const order = typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y)
    return down ? -order : order
  })
}
