/** Why a document is in one list and not in the other, as far as records and file prove it. */

import type { Standing } from './miss-types.js'
import { finder, type SearchPair, type Side } from './miss/pair.js'
import { standingInPrompt } from './miss/prompt-list.js'
import { readFrame, standingOf } from './miss/standing.js'
import type { PromptReplay, RankChange } from './replay-types.js'

type Way = 'came' | 'went'

/** Of more changes than this in one list, the lower ranked ones are told about how much they would have needed. */
const EXACT_NEEDS = 100

interface Changes {
  came: RankChange[]
  went: RankChange[]
}

/** The documents that are in one list of results and not in the other. */
export async function rankChanges(pair: SearchPair, searched: 'today' | number): Promise<Changes> {
  const before = new Set(pair.old.list.kept)
  const now = new Set(pair.current.list.kept)
  const came: RankChange[] = []
  const went: RankChange[] = []
  const isExact = (list: RankChange[]) => list.length < EXACT_NEEDS
  for (const id of pair.current.list.kept) if (!before.has(id)) came.push(await change(pair, id, 'came', searched, isExact(came)))
  for (const id of pair.old.list.kept) if (!now.has(id)) went.push(await change(pair, id, 'went', searched, isExact(went)))
  return { came, went }
}

/** The prompts of an ask compared. What is in one of the lists only was explained with them; here are those that the prompt left out. */
export async function promptReplay(pair: SearchPair, searched: 'today' | number): Promise<PromptReplay | undefined> {
  const [old, current] = [pair.old.prompt, pair.current.prompt]
  if (!old || !current) return undefined
  const differing = (from: number[], to: number[], hits: number[]) => from.filter((id) => !to.includes(id) && hits.includes(id))
  const came: RankChange[] = []
  const went: RankChange[] = []
  for (const id of differing(current.frames, old.frames, pair.old.list.kept)) came.push(await change(pair, id, 'came', searched))
  for (const id of differing(old.frames, current.frames, pair.current.list.kept)) went.push(await change(pair, id, 'went', searched))
  return { oldFrames: old.frames, newFrames: current.frames, oldTokens: old.tokensEstimate, newTokens: current.tokensEstimate, came, went }
}

/** Where a document stands on one side, the prompt of an ask included. */
export async function standingOn(pair: SearchPair, { list, prompt }: Side, frameId: number, exact = true): Promise<Standing> {
  const standing = await standingOf(list, frameId, await readFrame(pair.store, frameId), exact)
  return prompt ? standingInPrompt(prompt, standing) : standing
}

async function change(pair: SearchPair, frameId: number, way: Way, searched: 'today' | number, exact = true): Promise<RankChange> {
  const missing = way === 'came' ? pair.old : pair.current
  const why = await standingOn(pair, missing, frameId, exact)
  const [before, now] = [pair.old.list.place(frameId), pair.current.list.place(frameId)]
  const inBoth = pair.old.list.kept.includes(frameId) && pair.current.list.kept.includes(frameId)
  // Of a hit of both searches only the prompt's budget, a setting, can have turned the lot.
  const cause = inBoth ? 'settings' : await pair.cause(frameId)
  return {
    frameId,
    uri: why.uri,
    oldRank: before?.rank ?? null,
    newRank: now?.rank ?? null,
    oldScore: before?.score ?? null,
    newScore: now?.score ?? null,
    reason: why.reason ?? 'unknown',
    note: way === 'came' ? cameNote(why, finder(cause, pair.overrides, searched)) : wentNote(why, before?.rank) + successorNote(pair, why),
    cause,
    why,
  }
}

/** Of a document whose content changed: where its new version stands. */
function successorNote({ current }: SearchPair, { supersededBy }: Standing): string {
  if (supersededBy === undefined) return ''
  const rank = current.list.kept.indexOf(supersededBy) + 1
  return rank === 0 ? '; its new version is not in the list' : `; its new version is at rank ${rank}`
}

/** `Document existed at rank 12, adaptive found it`. */
export function cameNote(why: Standing, found: string): string {
  const { reason, rank, vector, filters, note } = why
  switch (reason) {
    case 'not-in-file-then':
      return `Document was ${note}`
    case 'deleted':
    case 'superseded':
      return `Document was ${note} by then, ${found} found it`
    case 'filtered':
      return `Document was filtered out by ${filters.join(', ')}, ${found} found it`
    case 'no-query-term':
      return `Document has no query term in it${vector ? ` and rank ${vector.rank} by vector` : ''}, ${found} found it`
    case 'token-budget':
      return `Document existed at rank ${rank}, left out of the prompt by the token budget, ${found} let it in`
    default:
      return rank === null ? `Document was ${note}, ${found} found it` : `Document existed at rank ${rank}, ${found} found it`
  }
}

export function wentNote({ reason, note }: Standing, oldRank?: number): string {
  switch (reason) {
    case 'deleted':
    case 'superseded':
      return `Document was ${note.replace(reason, `${reason} since`)}`
    case 'not-in-file-then':
      return `Document was ${note}`
    case 'missing':
      return `Document was at rank ${oldRank}; the file no longer holds it`
    case 'no-query-term':
      return `Document has ${note}`
    default:
      return `Document is ${note}`
  }
}
