import { sha256 } from '../ask/record.js'
import type { Store } from '../memory/store.js'
import { align, type Alignable } from './align.js'
import { wordDiff } from './diff.js'
import { eachAction, type Action } from './events.js'
import { findSession, type FoundSession } from './lookup.js'
import { findStatus, keptFrames } from './replay-find.js'
import { Tally } from './totals.js'
import type { ActionPair, ActionView, SessionComparison } from './types.js'
import { actionView } from './view.js'

/** What is kept of an action for the comparison: a session may be long, its records large. */
interface Digest extends Alignable {
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

/** Aligns two sessions by what their actions are about and what came of them, not by where they stand. */
export async function compareSessions(store: Store, a: string, b: string): Promise<SessionComparison> {
  const first = await digestSession(store, await findSession(store, a))
  const second = await digestSession(store, await findSession(store, b))
  const aligned = align(first.digests, second.digests)
  const pairs = aligned.pairs.map(({ a, b, moved }): ActionPair => ({ ...comparePair(a, b), ...(moved ? { moved } : {}) }))
  const onlyA = aligned.onlyA.map((digest) => digest.view)
  const onlyB = aligned.onlyB.map((digest) => digest.view)
  const identicalPairs = pairs.filter((pair) => pair.identical).length
  return {
    a: first.found.info,
    b: second.found.info,
    pairs,
    onlyA,
    onlyB,
    identicalPairs,
    totals: { a: first.tally.totals(), b: second.tally.totals() },
    identical: onlyA.length === 0 && onlyB.length === 0 && pairs.every((pair) => pair.identical && !pair.moved),
  }
}

async function digestSession(store: Store, found: FoundSession): Promise<DigestedSession> {
  const digests: Digest[] = []
  const tally = new Tally()
  for await (const action of eachAction(store, found)) {
    tally.add(action)
    digests.push(aligned(digestOf(action)))
  }
  return { found, digests, tally }
}

function digestOf(action: Action): Omit<Digest, keyof Alignable> {
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
    case 'tool-call': {
      const contents = sha256(JSON.stringify([record.input ?? null, record.output ?? null])).toString('hex')
      return { ...base, kind: record.kind, about: record.name, contents }
    }
    default:
      return { ...base, kind: record?.kind ?? 'unknown', about: record ? String(record['name'] ?? '') : '' }
  }
}

function hashOf(action: Action, index: number): string {
  return action.frames[index]?.contentHash.toString('hex') ?? ''
}

/** Two actions about the same have one key; of two with one content, everything that is compared is equal. */
function aligned(digest: Omit<Digest, keyof Alignable>): Digest {
  const { kind, about, frames, answer, contents } = digest
  return { ...digest, key: JSON.stringify([kind, about]), content: JSON.stringify([kind, about, frames, answer?.text, contents]) }
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
