/** One action: what was asked of the file or of a model, what came back, and what of it still holds. */
import { memo } from 'preact/compat'
import type { FrameCheck } from '../../../index.js'
import type { ActionDetail } from '../../api.js'
import { isChosen, toggleChosen, useChosen } from '../chosen.js'
import { exported, useRequest } from '../client.js'
import { moment } from '../format.js'
import { Show, Tick, Value } from '../parts.js'
import { routeLink } from '../route.js'
import { Answer } from './answer.js'
import { Reask } from './reask.js'
import { RecordedSearch } from './search.js'

/** Actions that the scrubber only passes are not asked for. */
const SCRUB_REST_MS = 30

export function ActionPanel({ session, number }: { session: string; number: number }) {
  const path = `/api/sessions/${encodeURIComponent(session)}/actions/${number}`
  const loaded = useRequest<ActionDetail>(path, undefined, SCRUB_REST_MS)
  return (
    <section aria-label={`Action ${number}`} class="action">
      <Show of={loaded}>{(detail) => <Detail detail={detail} />}</Show>
    </section>
  )
}

/** Drawn once for each action that came: scrubbing redraws what is around it sixty times a second. */
const Detail = memo(function Detail({ detail }: { detail: ActionDetail }) {
  const { action, search, ask, frames } = detail
  const path = `/api/sessions/${encodeURIComponent(detail.sessionId)}/actions/${action.number}`
  return (
    <>
      <h2>
        [{action.number}] {action.kind.toUpperCase()} <span class="quiet">{moment(action.timeMs)}, on commit {action.commit}</span>
      </h2>
      {action.error && (
        <p class="problem">
          <strong>{action.error.code}</strong> {action.error.message}
        </p>
      )}
      {ask && !exported() && <Choose session={detail.sessionId} action={action.number} />}
      {ask && <Answer ask={ask} />}
      {ask?.context && <Reask path={path} />}
      {search && <RecordedSearch key={path} search={search} path={path} isAsk={ask !== null} />}
      {frames.length > 0 && (
        <>
          <h3>Frames, as they stand now</h3>
          <Frames of={frames} />
        </>
      )}
      <details>
        <summary>Everything that was recorded</summary>
        <pre>{action.record === null ? 'not captured' : JSON.stringify(action.record, null, 2)}</pre>
      </details>
    </>
  )
})

/** Puts this answer next to others. */
function Choose({ session, action }: { session: string; action: number }) {
  const chosen = useChosen()
  return (
    <div class="bar">
      <label>
        <input type="checkbox" checked={isChosen(chosen, { session, action })} onChange={() => toggleChosen({ session, action })} /> Compare this answer
      </label>
      {chosen.length > 1 && (
        <a class="button" href={routeLink({ view: 'answers', asks: [...chosen] })}>
          Compare {chosen.length} answers
        </a>
      )}
    </div>
  )
}

export function Frames({ of }: { of: readonly FrameCheck[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Hash</th>
          <th>Frame</th>
          <th>URI</th>
          <th>State</th>
          <th>Remark</th>
        </tr>
      </thead>
      <tbody>
        {of.map((frame) => (
          <tr key={frame.frameId}>
            <td>
              <Tick isTrue={frame.hashMatches} yes="the bytes have the recorded hash" no="the bytes do not have the recorded hash" />
            </td>
            <td class="number">
              <a href={routeLink({ view: 'frame', frame: frame.frameId, asOf: null })}>{frame.frameId}</a>
            </td>
            <td>
              <Value of={frame.uri} />
            </td>
            <td>{frame.state}</td>
            <td>{frame.note ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
