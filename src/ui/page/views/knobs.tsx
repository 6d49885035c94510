import type { SearchMode } from '../../../index.js'
import type { RecordedSearchView, SearchKnobs } from '../../api.js'

const MODES: readonly SearchMode[] = ['hybrid', 'lex', 'vec']
const RULES = ['relative', 'absolute', 'knee', 'gap', 'cliff'] as const

interface KnobsProps {
  search: RecordedSearchView
  knobs: SearchKnobs
  onChange: (knobs: SearchKnobs) => void
}

/** One thing at a time: what is not turned stays as it was recorded. */
export function Knobs({ search, knobs, onChange }: KnobsProps) {
  const { parameters } = search
  const turn = (changes: { [K in keyof SearchKnobs]: SearchKnobs[K] | undefined }) => {
    const next = Object.fromEntries(Object.entries({ ...knobs, ...changes }).filter(([, value]) => value !== undefined))
    onChange(next as SearchKnobs)
  }
  const number = (text: string) => (text === '' ? undefined : Number(text))
  const adaptive = typeof knobs.adaptive === 'object' ? knobs.adaptive : null
  return (
    <fieldset class="knobs">
      <legend>Turn the knobs</legend>
      <label>
        Top-k
        <input type="number" min={1} max={10000} placeholder={String(parameters['k'] ?? '')} value={knobs.topK ?? ''} onInput={(event) => turn({ topK: number(event.currentTarget.value) })} />
      </label>
      <label>
        Mode
        <select value={knobs.mode ?? ''} onChange={(event) => turn({ mode: (event.currentTarget.value || undefined) as SearchMode | undefined })}>
          <option value="">as recorded ({search.mode})</option>
          {MODES.map((mode) => (
            <option key={mode}>{mode}</option>
          ))}
        </select>
      </label>
      <label>
        α (vectors)
        <input type="number" min={0} max={1} step={0.05} placeholder={String(parameters['alpha'] ?? '')} value={knobs.alpha ?? ''} onInput={(event) => turn({ alpha: number(event.currentTarget.value) })} />
      </label>
      <label>
        Adaptive
        <select
          value={knobs.adaptive === undefined ? '' : knobs.adaptive === false ? 'off' : (adaptive?.rule ?? 'relative')}
          onChange={(event) => {
            const rule = event.currentTarget.value
            turn({ adaptive: rule === '' ? undefined : rule === 'off' ? false : { ...adaptive, rule: rule as (typeof RULES)[number] } })
          }}
        >
          <option value="">as recorded ({parameters['adaptive'] ? 'on' : 'off'})</option>
          <option value="off">off</option>
          {RULES.map((rule) => (
            <option key={rule}>{rule}</option>
          ))}
        </select>
      </label>
      {adaptive && (
        <label>
          Threshold
          <input
            type="number"
            min={0}
            max={1}
            step={0.05}
            value={adaptive.threshold ?? ''}
            onInput={(event) => {
              const { threshold: _, ...rest } = adaptive
              const threshold = number(event.currentTarget.value)
              turn({ adaptive: threshold === undefined ? rest : { ...rest, threshold } })
            }}
          />
        </label>
      )}
      <label>
        As of
        <select
          value={knobs.asOf === undefined ? '' : typeof knobs.asOf === 'number' ? 'commit' : knobs.asOf}
          onChange={(event) => {
            const { value } = event.currentTarget
            turn({ asOf: value === '' ? undefined : value === 'commit' ? search.snapshot.commit : 'now' })
          }}
        >
          <option value="">the recorded commit ({search.snapshot.commit})</option>
          <option value="now">now</option>
          <option value="commit">a commit</option>
        </select>
      </label>
      {typeof knobs.asOf === 'number' && (
        <label>
          Commit
          <input type="number" min={0} value={knobs.asOf} onInput={(event) => turn({ asOf: number(event.currentTarget.value) ?? search.snapshot.commit })} />
        </label>
      )}
      <button disabled={Object.keys(knobs).length === 0} onClick={() => onChange({})}>
        As recorded
      </button>
    </fieldset>
  )
}
