import type { Evidence, SentenceGrounding } from '../../../index.js'
import type { AnswerView, ContextView } from '../../api.js'
import { count, duration, share, usd } from '../format.js'
import { cutBySentences } from '../grounding.js'
import { Facts, GroundingBadge, Value } from '../parts.js'
import { routeLink } from '../route.js'
import { Frames } from './action.js'

export function Answer({ ask }: { ask: AnswerView }) {
  const { grounding, usage, cost } = ask
  return (
    <>
      <blockquote class="question">{ask.question}</blockquote>
      <Facts
        of={[
          ['Model', <Value of={ask.model} />],
          ['Answered by', <Value of={ask.responseModel} />],
          ['Tokens', usage ? `${count(usage.inputTokens)} + ${count(usage.outputTokens)}` : <Value of={null} />],
          ['Cost', cost ? usd(cost.usd) : <Value of={null} />],
          ['Latency', <Value of={duration(ask.latencyMs)} />],
          ['First token', <Value of={duration(ask.timeToFirstTokenMs)} />],
          ['Cached', ask.cached ? 'yes' : 'no'],
          ['Grounding', <GroundingBadge score={grounding?.score ?? null} label={grounding?.label ?? null} />],
        ]}
      />
      <h3>Answer</h3>
      {ask.answer === null ? (
        <p class="quiet">{ask.partialAnswer === null ? 'not captured' : `It failed after: ${ask.partialAnswer}`}</p>
      ) : (
        <p class="answer">
          {cutBySentences(ask.answer, grounding?.sentences ?? []).map(({ text, sentence }, i) =>
            sentence ? <Sentence key={i} text={text} sentence={sentence} context={ask.context} /> : <span key={i}>{text}</span>,
          )}
        </p>
      )}
      {grounding && grounding.sentences.length > 0 && <Evidences of={grounding.sentences} context={ask.context} />}
      {grounding?.abstained && <p>It abstained{grounding.answerMayExist ? ', although the context seems to hold an answer' : ''}.</p>}
      {ask.context ? <Context of={ask.context} /> : <p class="quiet">No context: nothing was found to ask about.</p>}
    </>
  )
}

/** A sentence in the colour of its verdict, with links to the passages that it cites. */
function Sentence({ text, sentence, context }: { text: string; sentence: SentenceGrounding; context: ContextView | null }) {
  const why = `${sentence.verdict}, ${share(sentence.score)}${sentence.reason ? `, ${sentence.reason}` : ''}`
  const cited = (sentence.citations ?? []).flatMap((n) => context?.frames[n]?.frameId ?? [])
  const frames = new Set([...(sentence.evidence?.frameId === undefined ? [] : [sentence.evidence.frameId]), ...cited])
  return (
    <span class={`sentence ${sentence.verdict.toLowerCase()}`} title={why}>
      {text}
      <span class="unseen"> ({why})</span>
      {[...frames].map((frame) => (
        <a key={frame} class="evidence" href={routeLink({ view: 'frame', frame, asOf: null })} aria-label={`Evidence: frame ${frame}`}>
          →{frame}
        </a>
      ))}
    </span>
  )
}

/** The words that a sentence rests on. A recording keeps their place only; they are read in the verified context. */
function quoted({ text, context: index, start, end }: Evidence, context: ContextView | null): string | null {
  return text || (context?.passages?.[index]?.text.slice(start, end) ?? null)
}

function Evidences({ of, context }: { of: readonly SentenceGrounding[]; context: ContextView | null }) {
  return (
    <details>
      <summary>What each sentence rests on</summary>
      <table>
        <thead>
          <tr>
            <th>Sentence</th>
            <th>Verdict</th>
            <th class="number">Score</th>
            <th>Best evidence</th>
          </tr>
        </thead>
        <tbody>
          {of.map(({ start, sentence, verdict, score, reason, evidence }) => (
            <tr key={start}>
              <td>{sentence}</td>
              <td>
                {verdict}
                {reason && <span class="quiet"> ({reason})</span>}
              </td>
              <td class="number">{share(score)}</td>
              <td>
                {evidence ? <Quote of={quoted(evidence, context)} /> : <span class="quiet">none found</span>}
                {evidence?.frameId !== undefined && <a href={routeLink({ view: 'frame', frame: evidence.frameId, asOf: null })}> frame {evidence.frameId}</a>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function Quote({ of }: { of: string | null }) {
  return of === null ? <Value of={null} /> : <q>{of}</q>
}

function Context({ of }: { of: ContextView }) {
  return (
    <>
      <h3>
        Frozen context: <span class={of.status === 'VERIFIED' ? 'tick' : 'cross'}>{of.status}</span>
      </h3>
      {of.problems.map((problem) => (
        <p key={problem} class="problem">
          {problem}
        </p>
      ))}
      <Frames of={of.frames} />
      {of.leftOut.length > 0 && <p class="quiet">Left out: {of.leftOut.map(({ rank, reason }) => `rank ${rank} (${reason})`).join(', ')}.</p>}
      <details>
        <summary>The prompt, as it was sent</summary>
        {of.prompt === null ? (
          <p class="quiet">not captured: it can be made again only from verified frames</p>
        ) : (
          of.prompt.map((message, i) => (
            <figure key={i}>
              <figcaption>{message.role}</figcaption>
              <pre>{message.content}</pre>
            </figure>
          ))
        )}
      </details>
    </>
  )
}
