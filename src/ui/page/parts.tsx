/** Small parts that several views are made of. */
import type { ComponentChildren } from 'preact'
import type { GroundingLabel, WordDiffPart } from '../../index.js'
import type { Loaded } from './client.js'
import { NOT_CAPTURED, share } from './format.js'

/** Shows what was loaded, or why it was not. */
export function Show<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  if (of.error) {
    return (
      <div class="problem" role="alert">
        <strong>{of.error.code}</strong> {of.error.message} {of.error.hint && <span class="quiet">{of.error.hint}</span>}
      </div>
    )
  }
  if (of.data === null) return <p class="quiet" aria-busy="true">Loading …</p>
  return <div aria-busy={of.isLoading}>{children(of.data)}</div>
}

/** A value, or the words for one that the file does not hold. */
export function Value({ of }: { of: string | number | null | undefined }) {
  return of === null || of === undefined || of === NOT_CAPTURED ? <span class="quiet">{NOT_CAPTURED}</span> : <>{of}</>
}

export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function GroundingBadge({ score, label }: { score: number | null; label: GroundingLabel | null }) {
  if (score === null || label === null) return <Value of={null} />
  return (
    <span class={`badge ${label.toLowerCase()}`}>
      {share(score)} {label}
    </span>
  )
}

/** A cross or a tick with its meaning in words for those who do not see it. */
export function Tick({ isTrue, yes, no }: { isTrue: boolean; yes: string; no: string }) {
  return (
    <span class={isTrue ? 'tick' : 'cross'} title={isTrue ? yes : no}>
      <span aria-hidden="true">{isTrue ? '✓' : '✗'}</span>
      <span class="unseen">{isTrue ? yes : no}</span>
    </span>
  )
}

/** Two texts as one, with what only one of them has. */
export function WordDiff({ of }: { of: readonly WordDiffPart[] }) {
  return (
    <p class="diff">
      {of.map(({ change, value }, i) => (change === 'added' ? <ins key={i}>{value}</ins> : change === 'removed' ? <del key={i}>{value}</del> : <span key={i}>{value}</span>))}
    </p>
  )
}
