/** Up to four asks that were chosen to be compared, as long as the page is open. */
import { useEffect, useState } from 'preact/hooks'
import type { AskPlace } from './route.js'

const MOST = 4
let chosen: readonly AskPlace[] = []
const listeners = new Set<(asks: readonly AskPlace[]) => void>()

const isSame = (a: AskPlace) => (b: AskPlace) => a.session === b.session && a.action === b.action

export function useChosen(): readonly AskPlace[] {
  const [asks, setAsks] = useState(chosen)
  useEffect(() => {
    listeners.add(setAsks)
    return () => void listeners.delete(setAsks)
  }, [])
  return asks
}

/** Adds an ask, or takes it out again. The fifth takes the place of the first. */
export function toggleChosen(ask: AskPlace): void {
  chosen = chosen.some(isSame(ask)) ? chosen.filter((other) => !isSame(ask)(other)) : [...chosen, ask].slice(-MOST)
  for (const listener of listeners) listener(chosen)
}

export function isChosen(asks: readonly AskPlace[], ask: AskPlace): boolean {
  return asks.some(isSame(ask))
}
