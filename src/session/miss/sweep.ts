/** Which settings would have found the expected document: every combination is searched with. */

import type { FindResponse } from '../../native/binding.js'
import { MemvidError } from '../../errors.js'
import { retrieve } from '../../memory/retrieve.js'
import type { ExpectedReplay, SweepRow } from '../miss-types.js'
import { replayedParameters, type RecordedSearch, type SearchOverrides } from '../search-overrides.js'
import { combinations, type SweepValues } from './sweep-settings.js'
import type { SearchPair } from './pair.js'
import { armDepth } from './probe.js'
import { promptOver } from './prompt-list.js'

export async function sweepRows(
  { store }: SearchPair,
  recorded: RecordedSearch,
  expected: ExpectedReplay,
  options: SearchOverrides,
  sweep: SweepValues,
): Promise<SweepRow[]> {
  const frameId = expected.replayed?.frameId
  const rows: SweepRow[] = []
  for (const settings of combinations(sweep)) rows.push(await row(settings))
  return rows

  async function row(settings: SearchOverrides): Promise<SweepRow> {
    const chosen = { ...options, ...settings }
    const parameters = replayedParameters(recorded, chosen)
    const budget = chosen.maxContextTokens ?? recorded.context?.maxContextTokens ?? null
    try {
      const candidates = Math.max(parameters.candidates, 2 * armDepth(parameters.k))
      const response = await retrieve(store, recorded.query, { ...parameters, candidates })
      const prompt = await promptOver(store, recorded, response, budget)
      const found = response.hits.some((hit) => hit.frameId === frameId)
      const inPrompt = frameId !== undefined && prompt.frames.includes(frameId)
      const place = placeOf(response, frameId)
      return { settings: { ...settings }, found, ...place, results: response.hits.length, inPrompt, contextTokens: prompt.tokensEstimate }
    } catch (error) {
      if (!(error instanceof MemvidError) || error.code === 'Aborted') throw error
      const { code, message } = error
      const nothing = { found: false, rank: null, score: null, results: 0, inPrompt: false, contextTokens: 0 }
      return { settings: { ...settings }, ...nothing, error: { code, message } }
    }
  }
}

function placeOf({ candidates }: FindResponse, frameId: number | undefined): Pick<SweepRow, 'rank' | 'score'> {
  const index = candidates.findIndex((candidate) => candidate.frameId === frameId)
  return index === -1 ? { rank: null, score: null } : { rank: index + 1, score: candidates[index]!.score }
}
