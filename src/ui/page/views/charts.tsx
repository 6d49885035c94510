/** Cost, tokens, latency and grounding of a session, by action and by model. */
import { memo } from 'preact/compat'
import { useMemo } from 'preact/hooks'
import type { Timeline } from '../../api.js'
import { count, duration, share, usd } from '../format.js'
import { byModel, histogram, series, type Series } from '../chart-data.js'

interface ChartsProps {
  timeline: Timeline
  onSelect: (action: number) => void
}

export const Charts = memo(function Charts({ timeline, onSelect }: ChartsProps) {
  const data = useMemo(
    () => ({
      cost: series(timeline.costUsd.map((cost) => (cost === null ? null : Number(cost)))),
      tokens: series(timeline.inputTokens.map((input, i) => (input === null ? null : input + (timeline.outputTokens[i] ?? 0)))),
      latency: series(timeline.latencyMs),
      grounding: histogram(timeline.grounding),
      models: byModel(timeline),
    }),
    [timeline],
  )
  return (
    <details class="charts">
      <summary>Charts</summary>
      <div class="grid">
        <Bars title="Cost by action" of={data.cost} say={(value) => usd(value.toFixed(6))} onSelect={onSelect} />
        <Bars title="Tokens by action" of={data.tokens} say={(value) => count(Math.round(value))} onSelect={onSelect} />
        <Bars title="Latency by action" of={data.latency} say={duration} onSelect={onSelect} />
        <figure>
          <figcaption>Grounding of answers</figcaption>
          <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={`Grounding: ${data.grounding.map((n, i) => `${i * 10} to ${i * 10 + 10} percent: ${n}`).join(', ')}`}>
            {data.grounding.map((n, i) => {
              const high = (38 * n) / Math.max(1, ...data.grounding)
              return <rect key={i} class={i < 4 ? 'low' : i < 7 ? 'medium' : 'high'} x={i * 10 + 0.5} width={9} y={40 - high} height={high} />
            })}
          </svg>
          <span class="quiet">{share(0)} to {share(1)}</span>
        </figure>
      </div>
      {data.models.length > 0 && (
        <table>
          <caption>By model</caption>
          <thead>
            <tr>
              <th>Model</th>
              <th class="number">Asks</th>
              <th class="number">Input tokens</th>
              <th class="number">Output tokens</th>
              <th class="number">Known cost</th>
              <th class="number">Unknown costs</th>
            </tr>
          </thead>
          <tbody>
            {data.models.map((row) => (
              <tr key={row.model}>
                <th scope="row">{row.model}</th>
                <td class="number">{count(row.asks)}</td>
                <td class="number">{count(row.inputTokens)}</td>
                <td class="number">{count(row.outputTokens)}</td>
                <td class="number">{usd(row.costUsd.toFixed(6))}</td>
                <td class="number">{count(row.unknownCosts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  )
})

interface BarsProps {
  title: string
  of: Series
  say: (value: number) => string
  onSelect: (action: number) => void
}

/** Bars of the captured values; where there are more actions than bars, each bar is the greatest of its actions. */
function Bars({ title, of, say, onSelect }: BarsProps) {
  return (
    <figure>
      <figcaption>
        {title} <span class="quiet">{of.captured === 0 ? 'not captured' : `most: ${say(of.most)}`}</span>
      </figcaption>
      <svg viewBox={`0 0 ${of.bars.length} 40`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${of.captured} values${of.captured ? `, most ${say(of.most)}` : ''}`}>
        {of.bars.map((bar, i) => {
          const high = of.most > 0 ? (38 * bar.value) / of.most : 0
          return <rect key={i} x={i + 0.05} width={0.9} y={40 - high} height={high} onClick={() => onSelect(bar.action)} />
        })}
      </svg>
    </figure>
  )
}
