import { useState } from 'preact/hooks'
import type { AnswerPairView, AnswerSide, CompareView, SessionPairView } from '../../api.js'
import { useRequest } from '../client.js'
import { duration, usd } from '../format.js'
import { GroundingBadge, Show, Value, WordDiff } from '../parts.js'
import { routeLink, type AskPlace } from '../route.js'

/** Two to four sessions; the first one is what the others are compared with. The worst regression comes first. */
export function Compare({ sessions }: { sessions: string[] }) {
  const loaded = useRequest<CompareView>('/api/compare', { sessions }, 0)
  const [onlyDifferences, setOnlyDifferences] = useState(true)
  return (
    <main>
      <h1>Compare</h1>
      <label>
        <input type="checkbox" checked={onlyDifferences} onChange={(event) => setOnlyDifferences(event.currentTarget.checked)} /> Differences only
      </label>
      <Show of={loaded}>
        {(view) => (
          <>
            {(view.sessions ?? []).map((pair) => (
              <Pair key={pair.comparison.b.sessionId} pair={pair} onlyDifferences={onlyDifferences} />
            ))}
          </>
        )}
      </Show>
    </main>
  )
}

/** Two to four answers; the first one is what the others are compared with. */
export function CompareAnswers({ asks }: { asks: AskPlace[] }) {
  const loaded = useRequest<CompareView>('/api/compare', { asks }, 0)
  return (
    <main>
      <h1>Compare answers</h1>
      <Show of={loaded}>
        {(view) => (
          <>
            {(view.answers ?? []).map((pair) => (
              <AnswerPair key={`${pair.b.session} ${pair.b.action}`} pair={pair} />
            ))}
          </>
        )}
      </Show>
    </main>
  )
}

function Pair({ pair: { comparison, answers }, onlyDifferences }: { pair: SessionPairView; onlyDifferences: boolean }) {
  const { a, b, totals } = comparison
  const shown = onlyDifferences ? answers.filter(({ identical }) => !identical) : answers
  const link = (session: string, text: string) => <a href={routeLink({ view: 'session', session, action: null })}>{text}</a>
  return (
    <section>
      <h2>
        {link(a.sessionId, a.name || a.sessionId)} and {link(b.sessionId, b.name || b.sessionId)}
      </h2>
      <p role="status">
        {comparison.identical ? 'The sessions are identical. ' : ''}
        {comparison.identicalPairs} of {comparison.pairs.length} pairs are identical; {comparison.onlyA.length} actions are only in the first, {comparison.onlyB.length} only
        in the second. Cost {usd(totals.a.costUsd)} and {usd(totals.b.costUsd)}.
      </p>
      {shown.map((answer) => (
        <AnswerPair key={`${answer.a.action} ${answer.b.action}`} pair={answer} />
      ))}
      {shown.length === 0 && <p class="quiet">No answer differs.</p>}
      {comparison.pairs.some(({ retrieval, identical }) => retrieval && !identical) && (
        <table>
          <caption>Searches that differ</caption>
          <thead>
            <tr>
              <th>About</th>
              <th>Status</th>
              <th>Came</th>
              <th>Went</th>
            </tr>
          </thead>
          <tbody>
            {comparison.pairs.map(({ a: at, about, retrieval, identical }) =>
              retrieval && !identical ? (
                <tr key={at}>
                  <td>{about}</td>
                  <td>{retrieval.status}</td>
                  <td>{retrieval.came.join(', ')}</td>
                  <td>{retrieval.went.join(', ')}</td>
                </tr>
              ) : null,
            )}
          </tbody>
        </table>
      )}
    </section>
  )
}

function AnswerPair({ pair }: { pair: AnswerPairView }) {
  return (
    <article class="pair">
      <h3>
        {pair.a.question}
        {pair.b.question !== pair.a.question && <span class="quiet"> — {pair.b.question}</span>}
      </h3>
      <p class="quiet">
        Δ cost {difference(pair.costUsd, (value) => usd(value))} · Δ latency {difference(pair.latencyMs, duration)} · Δ grounding{' '}
        {difference(pair.grounding, (value) => `${Math.round(value * 100)} points`)}
      </p>
      <div class="sides">
        <Side of={pair.a} />
        <Side of={pair.b} />
      </div>
      {!pair.identical && <WordDiff of={pair.wordDiff} />}
    </article>
  )
}

function Side({ of }: { of: AnswerSide }) {
  return (
    <div>
      <p class="quiet">
        <a href={routeLink({ view: 'session', session: of.session, action: of.action })}>[{of.action}]</a> <Value of={of.model} /> · {usd(of.costUsd)} · <Value of={duration(of.latencyMs)} /> ·{' '}
        <GroundingBadge score={of.grounding} label={of.groundingLabel} />
      </p>
      <p>
        <Value of={of.answer} />
      </p>
    </div>
  )
}

function difference<T extends number | string>(value: T | null, say: (value: T) => string): string {
  if (value === null) return 'not captured'
  return Number(value) > 0 ? `+${say(value)}` : say(value)
}
