import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { SessionDetail, Timeline } from '../../api.js'
import { exported, useRoute } from '../client.js'
import { downloadExport } from '../download.js'
import { count, duration, moment, usd } from '../format.js'
import { labelOf } from '../grounding.js'
import { Facts, GroundingBadge, Show, Value } from '../parts.js'
import { routeLink } from '../route.js'
import { stepTo } from '../timeline-layout.js'
import { ActionPanel } from './action.js'
import { Charts } from './charts.js'
import { Waterfall } from './waterfall.js'

const PLAY_STEP_MS = 400
const ADDRESS_REST_MS = 100

export function Session({ session, action }: { session: string; action: number | null }) {
  const path = `/api/sessions/${encodeURIComponent(session)}`
  const detail = useRoute<SessionDetail>(path)
  const timeline = useRoute<Timeline>(`${path}/timeline`)
  return (
    <main>
      <Show of={detail}>{(data) => <Head detail={data} />}</Show>
      <Show of={timeline}>
        {(data) =>
          data.actionCount === 0 ? <p>Nothing was recorded in this session.</p> : <Steps timeline={data} detail={detail.data} session={session} first={action ?? 0} />
        }
      </Show>
    </main>
  )
}

function Head({ detail: { session } }: { detail: SessionDetail }) {
  return (
    <>
      <h1>{session.name || 'Session'}</h1>
      <Facts
        of={[
          ['Id', <code>{session.sessionId}</code>],
          ['Status', session.status],
          ['Started', moment(session.startedAtMs)],
          ['Duration', duration(session.durationMs)],
          ['Actions', count(session.actionCount)],
          ['Models', <Value of={session.models.join(', ') || null} />],
          ['Tokens', `${count(session.totals.inputTokens)} + ${count(session.totals.outputTokens)}`],
          ['Cost', `${usd(session.totals.costUsd)}${session.totals.unknownCosts > 0 ? ` + ${session.totals.unknownCosts} unknown` : ''}`],
          ['Lowest grounding', <GroundingBadge score={session.lowestGrounding} label={labelOf(session.lowestGrounding)} />],
          ...(exported() ? [] : [['Export', <ExportButton session={session.sessionId} name={session.name} />] as const]),
        ]}
      />
    </>
  )
}

/** The page with this session in it, as one file. */
function ExportButton({ session, name }: { session: string; name: string }) {
  const [state, setState] = useState('Save as one page')
  const save = async () => {
    setState('Writing …')
    try {
      await downloadExport(session, name)
      setState('Save as one page')
    } catch (error) {
      setState(error instanceof Error ? error.message : String(error))
    }
  }
  return <button onClick={() => void save()}>{state}</button>
}

interface StepsProps {
  timeline: Timeline
  detail: SessionDetail | null
  session: string
  first: number
}

/** The scrubber with its keys, and the action that it stands on. */
function Steps({ timeline, detail, session, first }: StepsProps) {
  const last = timeline.actionCount - 1
  const [selected, setSelected] = useState(Math.min(first, last))
  const [isPlaying, setPlaying] = useState(false)
  const selectedNow = useRef(selected)
  selectedNow.current = selected
  const address = useRef<ReturnType<typeof setTimeout>>(undefined)
  const select = useCallback(
    (action: number) => {
      setSelected(action)
      // Browsers take only so many changes of the address in a second. A link that was followed meanwhile has the last word.
      const { hash } = location
      clearTimeout(address.current)
      address.current = setTimeout(() => {
        if (location.hash === hash) history.replaceState(null, '', routeLink({ view: 'session', session, action }))
      }, ADDRESS_REST_MS)
    },
    [session],
  )
  useEffect(() => () => clearTimeout(address.current), [session])
  useEffect(() => setSelected(Math.min(first, last)), [first, session])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.altKey || event.ctrlKey || event.metaKey) return
      const target = stepTo(event.key, selectedNow.current, timeline.actionCount)
      if (target !== null) select(target)
      else if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) setPlaying((is) => !is)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [timeline, session])
  useEffect(() => {
    if (!isPlaying) return
    const timer = setInterval(() => {
      if (selectedNow.current >= last) setPlaying(false)
      else select(selectedNow.current + 1)
    }, PLAY_STEP_MS)
    return () => clearInterval(timer)
  }, [isPlaying, timeline])
  return (
    <>
      <div class="bar">
        <button onClick={() => setPlaying(!isPlaying)} aria-pressed={isPlaying}>
          {isPlaying ? 'Pause' : 'Play'}
        </button>
        <input
          type="range"
          class="scrubber"
          aria-label="Action"
          aria-valuetext={`${selected}: ${timeline.kind[selected]} ${timeline.label[selected]}`}
          min={0}
          max={last}
          value={selected}
          onInput={(event) => select(Number(event.currentTarget.value))}
        />
        <output class="number">
          {selected} of {last}
        </output>
      </div>
      <Waterfall timeline={timeline} checkpoints={detail?.checkpoints ?? []} selected={selected} onSelect={select} />
      <Charts timeline={timeline} onSelect={select} />
      <ActionPanel session={session} number={selected} />
    </>
  )
}

function isTyping(target: EventTarget | null): boolean {
  return (target instanceof HTMLInputElement && target.type !== 'range' && target.type !== 'checkbox') || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

