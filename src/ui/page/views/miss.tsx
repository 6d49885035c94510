import { useEffect, useRef, useState } from 'preact/hooks'
import type { MissRequest, MissView, SearchKnobs } from '../../api.js'
import { request, RouteError } from '../client.js'
import { score } from '../format.js'

const SWEEP = 'top-k=4..64,mode,adaptive'

/** Why a document was not among the results, and which settings find it. */
export function Miss({ path, knobs, expected }: { path: string; knobs: SearchKnobs; expected: number | null }) {
  const [expect, setExpect] = useState('')
  const details = useRef<HTMLDetailsElement>(null)
  const [state, setState] = useState<MissView | RouteError | 'asking' | null>(null)
  const ask = async (wanted: string) => {
    setState('asking')
    const body: MissRequest = { ...knobs, expect: /^\d+$/.test(wanted) ? Number(wanted) : wanted, sweep: SWEEP }
    setState(await request<MissView>(`${path}/miss`, body).catch((error: unknown) => (error instanceof RouteError ? error : new RouteError('Internal', String(error)))))
  }
  useEffect(() => {
    if (expected === null || !details.current) return
    details.current.open = true
    details.current.scrollIntoView({ block: 'nearest' })
    setExpect(String(expected))
    void ask(String(expected))
  }, [expected])
  return (
    <details class="miss" ref={details}>
      <summary>Which setting would have found a document?</summary>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault()
          void ask(expect)
        }}
      >
        <label>
          Frame, URI or text in it <input value={expect} required onInput={(event) => setExpect(event.currentTarget.value)} />
        </label>
        <button disabled={expect.trim() === '' || state === 'asking'}>Find out</button>
      </form>
      {state === 'asking' && <p class="quiet">Searching with each setting …</p>}
      {state instanceof RouteError && (
        <p class="problem" role="alert">
          <strong>{state.code}</strong> {state.message} {state.hint}
        </p>
      )}
      {state !== null && state !== 'asking' && !(state instanceof RouteError) && <Explained view={state} />}
    </details>
  )
}

function Explained({ view: { expected, sweep } }: { view: MissView }) {
  const found = (sweep ?? []).filter((row) => row.found)
  return (
    <div role="status">
      <p>{expected.note}</p>
      {expected.recorded && <p>Recorded search: {expected.recorded.note}</p>}
      {expected.replayed && <p>With these settings: {expected.replayed.note}</p>}
      {sweep && found.length === 0 && <p>None of {sweep.length} settings finds it.</p>}
      {found.length > 0 && (
        <table>
          <caption>Settings that find it, of {sweep?.length} tried</caption>
          <thead>
            <tr>
              <th>Settings</th>
              <th class="number">Rank</th>
              <th class="number">Score</th>
              <th class="number">Results</th>
            </tr>
          </thead>
          <tbody>
            {found.map((row, i) => (
              <tr key={i}>
                <td>
                  <code>{JSON.stringify(row.settings)}</code>
                </td>
                <td class="number">{row.rank ?? '–'}</td>
                <td class="number">{score(row.score)}</td>
                <td class="number">{row.results}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
