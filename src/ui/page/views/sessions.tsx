import { useMemo, useState } from 'preact/hooks'
import type { SessionRow } from '../../api.js'
import { useRoute } from '../client.js'
import { count, duration, moment, usd } from '../format.js'
import { GroundingBadge, Show, Value } from '../parts.js'
import { routeLink } from '../route.js'
import { labelOf } from '../grounding.js'
import { sortRows, type SortKey } from '../session-list.js'

const COLUMNS: readonly (readonly [SortKey, string])[] = [
  ['name', 'Session'],
  ['status', 'Status'],
  ['startedAtMs', 'Started'],
  ['durationMs', 'Duration'],
  ['actionCount', 'Actions'],
  ['cost', 'Cost'],
  ['lowestGrounding', 'Lowest grounding'],
]

export function Sessions() {
  const loaded = useRoute<SessionRow[]>('/api/sessions')
  return (
    <main>
      <h1>Sessions</h1>
      <Show of={loaded}>{(rows) => <SessionTable rows={rows} />}</Show>
    </main>
  )
}

function SessionTable({ rows }: { rows: SessionRow[] }) {
  const [search, setSearch] = useState('')
  const [sort, setSort] = useState<{ key: SortKey; down: boolean }>({ key: 'startedAtMs', down: true })
  const [chosen, setChosen] = useState<readonly string[]>([])
  const shown = useMemo(() => sortRows(rows, search, sort.key, sort.down), [rows, search, sort])
  if (rows.length === 0) return <p>No session was recorded in this file. Start one with <code>memvid session start</code>.</p>
  const choose = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].slice(-4))
  return (
    <>
      <div class="bar">
        <label>
          Search <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        </label>
        {chosen.length >= 2 ? (
          <a class="button" href={routeLink({ view: 'compare', sessions: [...chosen] })}>
            Compare {chosen.length} sessions
          </a>
        ) : (
          <span class="quiet">Choose two to four to compare.</span>
        )}
      </div>
      <table>
        <thead>
          <tr>
            <th>
              <span class="unseen">Compare</span>
            </th>
            {COLUMNS.map(([key, name]) => (
              <th key={key} aria-sort={sort.key === key ? (sort.down ? 'descending' : 'ascending') : 'none'}>
                <button class="plain" onClick={() => setSort({ key, down: sort.key === key ? !sort.down : true })}>
                  {name}
                  <span aria-hidden="true">{sort.key === key ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
                </button>
              </th>
            ))}
            <th>Models</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.sessionId}>
              <td>
                <input type="checkbox" aria-label={`Compare ${row.name}`} checked={chosen.includes(row.sessionId)} onChange={() => choose(row.sessionId)} />
              </td>
              <th scope="row">
                <a href={routeLink({ view: 'session', session: row.sessionId, action: null })}>{row.name || row.sessionId}</a>
              </th>
              <td>{row.status}</td>
              <td>{moment(row.startedAtMs)}</td>
              <td class="number">{duration(row.durationMs)}</td>
              <td class="number">{count(row.actionCount)}</td>
              <td class="number">
                {usd(row.totals.costUsd)}
                {row.totals.unknownCosts > 0 && <span class="quiet"> + {row.totals.unknownCosts} unknown</span>}
              </td>
              <td>
                <GroundingBadge score={row.lowestGrounding} label={labelOf(row.lowestGrounding)} />
              </td>
              <td>
                <Value of={row.models.join(', ') || null} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p>No session fits “{search}”.</p>}
    </>
  )
}
