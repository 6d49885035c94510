/** Asks of one document why a search missed it. */

import { MemvidError } from '../../errors.js'
import { retrieve } from '../../memory/retrieve.js'
import type { Store } from '../../memory/store.js'
import type { ExpectedReplay, Standing } from '../miss-types.js'
import { cameNote, standingOn, wentNote } from '../rank-change.js'
import { finder, type SearchPair } from './pair.js'
import { readFrame } from './standing.js'

/** Hits that are read to find the one that holds an expected text. */
const TEXT_HITS = 200

/** Words of an expected text that are searched for; all of it is then compared. */
const TEXT_WORDS = 64

interface Target {
  frameId: number
  others: number
}

export async function expectedReplay(pair: SearchPair, asked: string | number, searched: 'today' | number): Promise<ExpectedReplay> {
  const commits = { old: pair.old.list.probe.commit, current: pair.current.list.probe.commit }
  const old = await resolve(pair.store, asked, commits.old, commits.current)
  const current = await resolve(pair.store, asked, commits.current, commits.old)
  const text = String(asked)
  if (!old || !current) {
    const note = 'No document of this file, then or now, is what was expected'
    return { asked: text, others: 0, recorded: null, replayed: null, cause: null, note }
  }
  const recorded = await standingOn(pair, pair.old, old.frameId)
  const replayed = await standingOn(pair, pair.current, current.frameId)
  const turned = recorded.found !== replayed.found
  const hitThen = pair.old.list.kept.includes(old.frameId)
  const hitNow = pair.current.list.kept.includes(current.frameId)
  // Hits of both searches differ by the prompt alone; two versions of a document by its content.
  const cause = !turned ? null : old.frameId !== current.frameId ? 'content' : hitThen && hitNow ? 'settings' : await pair.cause(old.frameId)
  const note = noteOf(recorded, replayed, finder(cause, pair.overrides, searched)) + versionNote(old.frameId, current.frameId)
  return { asked: text, others: current.others, recorded, replayed, cause, note }
}

function noteOf(recorded: Standing, replayed: Standing, found: string): string {
  if (replayed.found && !recorded.found) return cameNote(recorded, found)
  if (!replayed.found) return wentNote(replayed, recorded.rank ?? undefined)
  return `Document was found at rank ${recorded.rank}, and is at rank ${replayed.rank}`
}

/** Of a URI whose content changed: which frames the two searches could find. */
function versionNote(then: number, now: number): string {
  return then === now ? '' : `; its content changed: frame ${then} then, frame ${now} now`
}

/** The frame that is meant, as it was at `commit`; where it is not in the file then, as it was at the other commit, or is now. */
async function resolve(store: Store, asked: string | number, commit: number, other: number): Promise<Target | null> {
  const frameId = typeof asked === 'number' ? asked : /^\d+$/.test(asked) ? Number(asked) : undefined
  if (frameId !== undefined) return (await readFrame(store, frameId)) ? { frameId, others: 0 } : null
  const uri = String(asked)
  for (const moment of [commit, other, undefined]) {
    const named = await frameOfUri(store, uri, moment)
    if (named !== null) return { frameId: named, others: 0 }
  }
  return (await frameOfText(store, uri, commit)) ?? (await frameOfText(store, uri, other)) ?? (await frameOfText(store, uri, null))
}

async function frameOfUri(store: Store, uri: string, commit: number | undefined): Promise<number | null> {
  try {
    return (await store.native.get(uri, commit)).frameId
  } catch (error) {
    if (error instanceof MemvidError && error.code === 'FrameNotFound') return null
    throw error
  }
}

/** The document that holds this very text, whatever its white space and case; of several the one that its words find first. */
async function frameOfText(store: Store, text: string, commit: number | null): Promise<Target | null> {
  const wanted = plain(text)
  // Letters and numbers in lower case only: a query of plain words, whatever signs the text has.
  const query = wanted.replace(/[^\p{L}\p{N}]+/gu, ' ').trim().split(' ').slice(0, TEXT_WORDS).join(' ')
  if (query === '') return null
  const response = await retrieve(store, query, {
    mode: 'lex',
    k: TEXT_HITS,
    candidates: TEXT_HITS,
    alpha: 0,
    fusion: 'relative',
    adaptive: { rule: 'absolute', threshold: 0, min: 1, max: 1 },
    asOf: commit,
    scope: null,
    tags: [],
    afterMs: null,
    beforeMs: null,
    snippetChars: 0,
    vector: null,
  })
  const holding: number[] = []
  for (const { frameId } of response.candidates) {
    const frame = await readFrame(store, frameId)
    if (frame?.text !== undefined && plain(frame.text).includes(wanted)) holding.push(frameId)
  }
  const [frameId] = holding
  return frameId === undefined ? null : { frameId, others: holding.length - 1 }
}

function plain(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim()
}
