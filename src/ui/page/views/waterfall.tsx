/** The session's actions over time, drawn on a canvas: so many as fit around the one that is selected. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { CheckpointInfo } from '../../../index.js'
import type { Timeline } from '../../api.js'
import { duration } from '../format.js'
import { layOut, visibleRows, type Layout } from '../timeline-layout.js'

const ROW_PX = 18
const MAX_ROWS = 16
const LABEL_PX = 260

interface WaterfallProps {
  timeline: Timeline
  checkpoints: readonly CheckpointInfo[]
  selected: number
  onSelect: (action: number) => void
}

export function Waterfall({ timeline, checkpoints, selected, onSelect }: WaterfallProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const layout = useMemo(() => layOut(timeline), [timeline])
  const marks = useMemo(() => new Set(checkpoints.map(({ action }) => action)), [checkpoints])
  const [redraws, redraw] = useState(0)
  const look = useRef<Look | null>(null)
  const rows = Math.min(MAX_ROWS, timeline.actionCount)
  const { first } = visibleRows(timeline.actionCount, selected, rows)
  useEffect(() => {
    const again = () => {
      look.current = null
      redraw((n) => n + 1)
    }
    const media = matchMedia('(prefers-color-scheme: dark)')
    addEventListener('resize', again)
    addEventListener('memvid-theme', again)
    media.addEventListener('change', again)
    return () => {
      removeEventListener('resize', again)
      removeEventListener('memvid-theme', again)
      media.removeEventListener('change', again)
    }
  }, [])
  useEffect(() => {
    if (!canvas.current) return
    look.current ??= lookOf(canvas.current)
    draw(canvas.current, look.current, timeline, layout, marks, selected, rows)
  }, [timeline, layout, marks, selected, rows, redraws])
  const click = (event: MouseEvent) => {
    const row = Math.floor(event.offsetY / ROW_PX)
    if (row < rows) onSelect(first + row)
  }
  return (
    <figure class="waterfall">
      <canvas ref={canvas} style={{ height: `${rows * ROW_PX}px` }} role="img" aria-label={describe(timeline, checkpoints, layout)} onClick={click} />
      <figcaption class="quiet">
        {duration(layout.spanMs)} in all. Lighter: until the first token. ◆ a checkpoint. Keys: ← → Home End, space plays.
      </figcaption>
    </figure>
  )
}

function describe(timeline: Timeline, checkpoints: readonly CheckpointInfo[], layout: Layout): string {
  return `${timeline.actionCount} actions over ${duration(layout.spanMs)}, ${checkpoints.length} checkpoints. The slider above moves through them.`
}

/** What the page's style says of the canvas. Asked for when that may have changed, as each question costs a layout. */
interface Look {
  width: number
  color: (name: string) => string
  /** Labels cut to their column, by action. */
  labels: Map<number, string>
}

function lookOf(canvas: HTMLCanvasElement): Look {
  const style = getComputedStyle(canvas)
  const known = new Map<string, string>()
  const color = (name: string) => {
    const found = known.get(name) ?? style.getPropertyValue(name).trim()
    known.set(name, found)
    return found
  }
  return { width: canvas.clientWidth, color, labels: new Map() }
}

function draw(canvas: HTMLCanvasElement, { width, color, labels }: Look, timeline: Timeline, layout: Layout, marks: ReadonlySet<number>, selected: number, rows: number): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const scale = devicePixelRatio || 1
  const height = rows * ROW_PX
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale)
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale)
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  context.font = '12px system-ui, sans-serif'
  context.textBaseline = 'middle'
  const { first, end } = visibleRows(timeline.actionCount, selected, rows)
  const room = Math.max(40, width - LABEL_PX - 4)
  // The rows in sight are drawn on the time that they take, so that short ones can be told apart in a long session.
  let from = 1
  let to = 0
  for (let i = first; i < end; i++) {
    from = Math.min(from, layout.start[i] as number)
    to = Math.max(to, layout.end[i] as number)
  }
  const place = (at: number) => LABEL_PX + ((at - from) / Math.max(1e-9, to - from)) * room
  for (let i = first; i < end; i++) {
    const y = (i - first) * ROW_PX
    if (i === selected) {
      context.fillStyle = color('--selected')
      context.fillRect(0, y, width, ROW_PX)
    }
    context.fillStyle = color('--text')
    const label = labels.get(i) ?? clip(context, `${marks.has(i) ? '◆ ' : ''}${i} ${timeline.kind[i]}  ${timeline.label[i]}`, LABEL_PX - 12)
    labels.set(i, label)
    context.fillText(label, 4, y + ROW_PX / 2)
    const left = place(layout.start[i] as number)
    const right = Math.max(left + 2, place(layout.end[i] as number))
    context.fillStyle = timeline.error[i] ? color('--low') : color(`--kind-${timeline.kind[i]}`) || color('--kind-other')
    context.fillRect(left, y + 4, right - left, ROW_PX - 8)
    const token = layout.firstToken[i] as number
    if (!Number.isNaN(token)) {
      context.fillStyle = color('--veil')
      context.fillRect(left, y + 4, Math.max(0, place(token) - left), ROW_PX - 8)
    }
  }
}

function clip(context: CanvasRenderingContext2D, text: string, width: number): string {
  const short = text.slice(0, 60).replace(/\s+/g, ' ')
  if (context.measureText(short).width <= width) return short
  let end = short.length
  while (end > 1 && context.measureText(`${short.slice(0, end)}…`).width > width) end--
  return `${short.slice(0, end)}…`
}
