/** A search as it was recorded, and again with other settings. */
import { useState } from 'preact/hooks'
import type { RankedCandidate } from '../../../index.js'
import type { RecordedSearchView, SearchKnobs, SearchView } from '../../api.js'
import { exported, useRequest } from '../client.js'
import { duration, score } from '../format.js'
import { Facts, Show, Value } from '../parts.js'
import { routeLink } from '../route.js'
import { Knobs } from './knobs.js'
import { Miss } from './miss.js'

const TYPING_REST_MS = 150

interface SearchProps {
  search: RecordedSearchView
  path: string
  isAsk: boolean
}

export function RecordedSearch({ search, path, isAsk }: SearchProps) {
  const [knobs, setKnobs] = useState<SearchKnobs>({})
  const [expected, setExpected] = useState<number | null>(null)
  const onWhy = exported() ? undefined : setExpected
  const isTurned = Object.keys(knobs).length > 0
  return (
    <>
      <h3>{isAsk ? 'Its search' : 'Search'}</h3>
      {!isAsk && <blockquote class="question">{search.query}</blockquote>}
      <Facts
        of={[
          ['Mode', search.mode],
          ['Kind of query', search.queryKind],
          ['Embedder', <Value of={search.embedder} />],
          ['On commit', `${search.snapshot.commit}, ${search.snapshot.liveFrameCount} documents`],
          ['Found', search.total],
          ['Cut', `${search.cut.kept} kept by ${search.cut.rule}${search.cut.threshold === null ? '' : ` ≥ ${score(search.cut.threshold)}`}`],
          ['Latency', duration(search.latencyMs)],
        ]}
      />
      {!exported() && <Knobs search={search} knobs={knobs} onChange={setKnobs} />}
      {!exported() && <Miss path={path} knobs={knobs} expected={expected} />}
      {isTurned ? <Turned path={path} knobs={knobs} onWhy={onWhy} /> : <Candidates of={search.candidates} kept={search.cut.kept} onWhy={onWhy} />}
    </>
  )
}

/** The search with the knobs as they stand: what came and went, and why. */
function Turned({ path, knobs, onWhy }: { path: string; knobs: SearchKnobs; onWhy: OnWhy }) {
  const loaded = useRequest<SearchView>(`${path}/search`, knobs, TYPING_REST_MS)
  return (
    <Show of={loaded}>
      {({ find, candidates, latencyMs }) => (
        <>
          <p role="status">
            <strong>{find.status}</strong>: {find.came.length} came, {find.went.length} went, in {duration(latencyMs)}.
          </p>
          <ul class="changes">
            {find.came.map((change) => (
              <li key={change.frameId} class="came">
                + frame {change.frameId}: {change.note}
              </li>
            ))}
            {find.went.map((change) => (
              <li key={change.frameId} class="went">
                − frame {change.frameId}: {change.note}
              </li>
            ))}
          </ul>
          <Candidates of={candidates} kept={find.newCut.kept} came={new Set(find.came.map(({ frameId }) => frameId))} onWhy={onWhy} />
        </>
      )}
    </Show>
  )
}

type OnWhy = ((frameId: number) => void) | undefined

interface CandidatesProps {
  of: readonly RankedCandidate[]
  kept: number
  came?: ReadonlySet<number>
  /** Asks why a document below the cut was missed. */
  onWhy: OnWhy
}

/** The ranking with its cut; what is below it is grey. */
export function Candidates({ of, kept, came, onWhy }: CandidatesProps) {
  if (of.length === 0) return <p>Nothing was found.</p>
  return (
    <table class="candidates">
      <thead>
        <tr>
          <th class="number">Rank</th>
          <th class="number">Frame</th>
          <th>Document</th>
          <th class="number">Score</th>
          <th class="number">By words</th>
          <th class="number">By meaning</th>
        </tr>
      </thead>
      <tbody>
        {of.map((row) => (
          <tr key={row.rank} class={`${row.rank > kept ? 'below' : ''} ${row.rank === kept ? 'cut' : ''} ${came?.has(row.frameId) ? 'came' : ''}`}>
            <td class="number">{row.rank}</td>
            <td class="number">
              <a href={routeLink({ view: 'frame', frame: row.frameId, asOf: null })}>{row.frameId}</a>
            </td>
            <td>
              <Value of={row.title ?? row.uri} />
              {row.rank === kept && <span class="unseen"> (the last one above the cut)</span>}
              {onWhy && row.rank > kept && (
                <button class="plain why" onClick={() => onWhy(row.frameId)} aria-label={`Why was frame ${row.frameId} missed?`}>
                  why?
                </button>
              )}
            </td>
            <td class="number">{score(row.score)}</td>
            <td class="number">{arm(row.scores.text, row.ranks.text)}</td>
            <td class="number">{arm(row.scores.vector, row.ranks.vector)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function arm(value: number | null, rank: number | null): string {
  return value === null ? '–' : `${score(value)}${rank === null ? '' : ` (${rank})`}`
}
