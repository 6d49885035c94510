import type { Store } from '../memory/store.js'
import { wordDiff } from './diff.js'
import { eachAction, type Action } from './events.js'
import { findSession, type FoundSession } from './lookup.js'
import { findStatus, keptFrames } from './replay-find.js'
import { Tally } from './totals.js'
import type { ActionPair, ActionView, SessionComparison } from './types.js'
import { actionView } from './view.js'

/** What is kept of an action for the comparison: a session may be long, its records large. */
interface Digest {
  number: number
  kind: ActionPair['kind']
  about: string
  frames?: number[]
  answer?: { text: string | null; model: string }
  contents?: string
  view: ActionView
}

interface DigestedSession {
  found: FoundSession
  digests: Digest[]
  tally: Tally
}

/** Aligns two sessions by what their actions are about: the n-th search for a query with the n-th search for it, wherever they stand. */
export async function compareSessions(store: Store, a: string, b: string): Promise<SessionComparison> {
  const first = await digestSession(store, await findSession(store, a))
  const second = await digestSession(store, await findSession(store, b))
  const waiting = new Map<string, Digest[]>()
  for (const digest of second.digests) {
    const key = keyOf(digest)
    const queue = waiting.get(key)
    if (queue) queue.push(digest)
    else waiting.set(key, [digest])
  }
  const pairs: ActionPair[] = []
  const onlyA: Digest[] = []
  const paired = new Set<number>()
  for (const digest of first.digests) {
    const partner = waiting.get(keyOf(digest))?.shift()
    if (!partner) {
      onlyA.push(digest)
      continue
    }
    paired.add(partner.number)
    pairs.push(comparePair(digest, partner))
  }
  const onlyB = second.digests.filter((digest) => !paired.has(digest.number))
  const identicalPairs = pairs.filter((pair) => pair.identical).length
  return {
    a: first.found.info,
    b: second.found.info,
    pairs,
    onlyA: onlyA.map((digest) => digest.view),
    onlyB: onlyB.map((digest) => digest.view),
    identicalPairs,
    totals: { a: first.tally.totals(), b: second.tally.totals() },
    identical: identicalPairs === pairs.length && onlyA.length === 0 && onlyB.length === 0,
  }
}

async function digestSession(store: Store, found: FoundSession): Promise<DigestedSession> {
  const digests: Digest[] = []
  const tally = new Tally()
  for await (const action of eachAction(store, found)) {
    tally.add(action)
    digests.push(digestOf(action))
  }
  return { found, digests, tally }
}

function digestOf(action: Action): Digest {
  const { record, number } = action
  // Without the full record: it would keep every candidate of every search in memory.
  const base = { number, view: { ...actionView(action), record: null } }
  const contents = action.frames.map((frame) => frame.contentHash.toString('hex')).join(' ')
  switch (record?.kind) {
    case 'find':
      return { ...base, kind: record.kind, about: record.query, frames: record.retrieval ? keptFrames(record.retrieval) : [] }
    case 'ask': {
      const answer = { text: record.answer ?? null, model: record.model?.label ?? 'unknown' }
      return { ...base, kind: record.kind, about: record.question, frames: record.context?.frameId ?? [], answer }
    }
    case 'put':
    case 'put-many':
    case 'update':
      return { ...base, kind: record.kind, about: record.items.map((item, index) => item.uri ?? hashOf(action, index)).join(' '), contents }
    case 'delete':
      return { ...base, kind: record.kind, about: record.uri, contents }
    case 'checkpoint':
      return { ...base, kind: record.kind, about: record.name }
    default:
      return { ...base, kind: record?.kind ?? 'unknown', about: record ? String(record['name'] ?? '') : '' }
  }
}

function hashOf(action: Action, index: number): string {
  return action.frames[index]?.contentHash.toString('hex') ?? ''
}

function keyOf({ kind, about }: Digest): string {
  return `${kind}\0${about}`
}

function comparePair(a: Digest, b: Digest): ActionPair {
  const pair: ActionPair = { a: a.number, b: b.number, kind: a.kind, about: a.about, identical: true }
  if (a.frames && b.frames) {
    const status = findStatus(a.frames, b.frames)
    const came = b.frames.filter((frameId) => !a.frames!.includes(frameId))
    const went = a.frames.filter((frameId) => !b.frames!.includes(frameId))
    pair.retrieval = { status, came, went, oldFrames: a.frames, newFrames: b.frames }
    pair.identical &&= status === 'IDENTICAL'
  }
  if (a.answer && b.answer) {
    const status = a.answer.text === b.answer.text ? 'IDENTICAL' : 'CHANGED'
    const diff = status === 'IDENTICAL' ? [] : wordDiff(a.answer.text ?? '', b.answer.text ?? '')
    pair.answer = { status, modelA: a.answer.model, modelB: b.answer.model, wordDiff: diff }
    pair.identical &&= status === 'IDENTICAL'
  }
  if (a.contents !== undefined && b.contents !== undefined) {
    pair.sameContent = a.contents === b.contents
    pair.identical &&= pair.sameContent
  }
  return pair
}
