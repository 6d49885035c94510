import type { FindResponse } from '../native/binding.js'
import { hashAt } from './frames.js'
import type { RetrievalRecord } from './record.js'

/** `REPRODUCED` when the engine gives the recorded ranking again: each candidate, its bytes, passage and score; else the first difference. */
export function firstDifference({ candidates: recorded, cut }: RetrievalRecord, response: FindResponse): string {
  const { candidates } = response
  for (let index = 0; index < Math.max(recorded.frameId.length, candidates.length); index++) {
    const before = recorded.frameId[index]
    const now = candidates[index]
    const rank = `rank ${index + 1}`
    if (before === undefined) return `${rank}: frame ${now?.frameId} came in addition`
    if (!now) return `${rank}: frame ${before} was recorded, nothing came now`
    if (now.frameId !== before) return `${rank}: frame ${before} was recorded, frame ${now.frameId} came now`
    if (!now.contentHash.equals(hashAt(recorded.contentHash, index))) return `${rank}: frame ${before} has another content hash`
    const sameSpan = now.start === recorded.start[index] && now.length === recorded.length[index]
    if (!sameSpan) return `${rank}: frame ${before} was found by another passage`
    if (now.score !== recorded.score[index]) return `${rank}: frame ${before} had score ${recorded.score[index]}, now ${now.score}`
  }
  if (response.cut.kept !== cut.kept) return `${cut.kept} results were kept, ${response.cut.kept} are now`
  return 'REPRODUCED'
}
