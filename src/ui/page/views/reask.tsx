/** Asking other models over the frozen context. Nothing is sent before a person has confirmed the most that it can cost. */
import { useState } from 'preact/hooks'
import type { EstimateView, FileView, ReaskView } from '../../api.js'
import { exported, request, RouteError, useRoute } from '../client.js'
import { usd } from '../format.js'
import { Value, WordDiff } from '../parts.js'

type State = { step: 'models' } | { step: 'busy' } | { step: 'confirm'; estimate: EstimateView } | { step: 'done'; result: ReaskView } | { step: 'failed'; error: RouteError }

export function Reask({ path }: { path: string }) {
  const file = useRoute<FileView>(exported() ? null : '/api/file')
  const [models, setModels] = useState('')
  const [state, setState] = useState<State>({ step: 'models' })
  if (!file.data?.canAsk) return null
  const run = (work: Promise<State>) => {
    setState({ step: 'busy' })
    work.then(setState, (error: unknown) => setState({ step: 'failed', error: error instanceof RouteError ? error : new RouteError('Internal', String(error)) }))
  }
  const estimate = async (): Promise<State> => {
    const names = models.split(/[\s,]+/).filter(Boolean)
    return { step: 'confirm', estimate: await request<EstimateView>(`${path}/estimate`, { models: names }) }
  }
  const ask = async (confirmation: string): Promise<State> => ({ step: 'done', result: await request<ReaskView>(`${path}/reask`, { confirmation }) })
  return (
    <details>
      <summary>Ask other models over this context</summary>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault()
          run(estimate())
        }}
      >
        <label>
          Models <input value={models} required placeholder="openai:gpt-4o" onInput={(event) => setModels(event.currentTarget.value)} />
        </label>
        <button disabled={models.trim() === '' || state.step === 'busy'}>What would it cost?</button>
      </form>
      <div role="status">
        {state.step === 'busy' && <p class="quiet">One moment …</p>}
        {state.step === 'failed' && (
          <p class="problem">
            <strong>{state.error.code}</strong> {state.error.message} {state.error.hint}
          </p>
        )}
        {state.step === 'confirm' && (
          <div class="bar">
            <span>
              At most <strong>{usd(state.estimate.maxCostUsd)}</strong>: {state.estimate.models.map(({ model, maxCostUsd }) => `${model} ${usd(maxCostUsd)}`).join(', ')}
            </span>
            <button onClick={() => run(ask(state.estimate.confirmation))}>Ask, for at most {usd(state.estimate.maxCostUsd)}</button>
            <button onClick={() => setState({ step: 'models' })}>Don’t ask</button>
          </div>
        )}
        {state.step === 'done' && <Result of={state.result} />}
      </div>
    </details>
  )
}

function Result({ of: { ask, models, stopped } }: { of: ReaskView }) {
  return (
    <>
      <p>
        {ask.answerStatus}
        {stopped && `, stopped early: ${stopped}`}
      </p>
      {ask.newError && <p class="problem">{ask.newError.message}</p>}
      {ask.wordDiff ? (
        <WordDiff of={ask.wordDiff} />
      ) : (
        <p>
          <Value of={ask.newAnswer} />
        </p>
      )}
      {(ask.answers ?? []).map((answer) => (
        <article key={answer.model} class="pair">
          <h4>{answer.model}</h4>
          <p>
            <Value of={answer.answer} />
          </p>
        </article>
      ))}
      {models && <p class="quiet">Models asked: {models.length - 1}.</p>}
    </>
  )
}
