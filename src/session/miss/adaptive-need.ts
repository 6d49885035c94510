/** What of an adaptive rule would have kept a document that it cut. */

import type { SearchParameters } from '../record.js'
import type { MissNeed } from '../miss-types.js'
import type { Place } from './probe.js'
import type { RankedList } from './ranked-list.js'

type Adaptive = NonNullable<SearchParameters['adaptive']>
type AdaptiveNeed = Pick<MissNeed, 'threshold' | 'min' | 'max'>

/** The first of the settings that could do which does, when the search is run with it; null when none does. */
export async function adaptiveNeed(list: RankedList, adaptive: Adaptive, frameId: number, place: Place): Promise<MissNeed | null> {
  const { probe } = list
  for (const need of await proposals(list, adaptive, frameId, place)) {
    const changed = { ...adaptive, ...need }
    const settings = { adaptive: { ...changed, min: Math.min(changed.min, changed.max) }, k: changed.max }
    if (await probe.finds(frameId, settings)) return need
  }
  return null
}

async function proposals(list: RankedList, adaptive: Adaptive, frameId: number, place: Place): Promise<AdaptiveNeed[]> {
  if (place.k === list.probe.parameters.k && place.rank <= adaptive.max) {
    return [...thresholds(adaptive.rule, list.scores, place), { min: place.rank }]
  }
  // Beyond the most that the rule keeps: with a larger `max` both arms go deeper, and fused scores are others.
  const least = await list.probe.leastK(frameId, place)
  if (!least) return []
  const { candidates } = await list.probe.with({ k: least.k, adaptive: { ...adaptive, max: least.k } }).search()
  const scores = candidates.map((candidate) => candidate.score)
  const max = least.k
  return [{ max }, ...thresholds(adaptive.rule, scores, least).map((need) => ({ ...need, max })), { min: least.rank, max }]
}

/** The rule's own number that keeps this score. Knee and gap have none. */
function thresholds(rule: Adaptive['rule'], scores: readonly number[], { rank, score }: Place): AdaptiveNeed[] {
  const best = scores[0] ?? 0
  if (rule === 'relative' && best > 0) return [{ threshold: down(score / best) }]
  if (rule === 'absolute') return [{ threshold: down(score) }]
  if (rule !== 'cliff') return []
  const drops = scores.slice(1, rank).map((next, index) => (scores[index]! - next) / Math.abs(scores[index]!))
  const threshold = up(Math.max(0, ...drops))
  return threshold <= 1 ? [{ threshold }] : []
}

function down(value: number): number {
  return Math.max(0, Math.floor(value * 1000) / 1000)
}

function up(value: number): number {
  return Math.ceil(value * 1000) / 1000
}
