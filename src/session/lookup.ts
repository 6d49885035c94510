import type { SessionSummary as NativeSummary } from '../native/binding.js'
import { MemvidError } from '../errors.js'
import { requiredText } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { decodePayload } from './codec.js'
import { sessionIdText } from './id.js'
import { isForkRecord } from './read-record.js'
import type { ForkRecord } from './record.js'
import type { ForkOrigin, SessionInfo } from './types.js'

/** A session of the file as the API shows it. */
export function sessionInfo(summary: NativeSummary): SessionInfo {
  const { session, status, actionCount, startedCommit = 0 } = summary
  const start = payloadOf(summary.startPayload)
  const end = payloadOf(summary.endPayload)
  return {
    sessionId: sessionIdText(session),
    name: String(start?.['name'] ?? '(the start of the session is damaged)'),
    status: status === 'active' ? 'active' : 'ended',
    actionCount,
    // The id was made of the time when the session started.
    startedAtMs: Number(start?.['timeMs'] ?? session.readUIntBE(0, 6)),
    endedAtMs: end ? Number(end['timeMs'] ?? 0) : null,
    startedCommit,
    ...forkOrigin(start?.['forkedFrom']),
  }
}

/** A fork's origin; one that is not well formed says nothing. */
function forkOrigin(value: unknown): { forkedFrom?: ForkOrigin } {
  if (!isForkRecord(value)) return {}
  const { session, name, action, checkpoint = null, commit, chainHash } = value as ForkRecord
  const origin = { sessionId: sessionIdText(session), name, action, checkpoint, commit, chainHash: Buffer.from(chainHash).toString('hex') }
  return { forkedFrom: origin }
}

/** A damaged start or end hides what it says, not the session, and none of the other sessions. */
function payloadOf(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  try {
    return bytes && decodePayload(bytes, 'an event of a session')
  } catch (error) {
    if (error instanceof MemvidError) return undefined
    throw error
  }
}

export interface FoundSession {
  session: Buffer
  info: SessionInfo
}

/**
 * The session that `text` names: its id, any unambiguous beginning of its id (with or without hyphens), or its name.
 * Throws `SessionNotFound`, or `AmbiguousSession` with the candidates.
 */
export async function findSession(store: Store, text: string): Promise<FoundSession> {
  const wanted = requiredText('the session', text).trim()
  store.refresh()
  const sessions = (await store.native.sessions()).map((summary) => ({ session: summary.session, info: sessionInfo(summary) }))
  const digits = wanted.toLowerCase().replaceAll('-', '')
  const exact = sessions.find(({ session }) => session.toString('hex') === digits)
  if (exact) return exact
  const isPrefix = /^[0-9a-f]+$/.test(digits)
  const matches = sessions.filter(({ session, info }) => info.name === wanted || (isPrefix && session.toString('hex').startsWith(digits)))
  const [match] = matches
  if (!match) {
    throw new MemvidError('SessionNotFound', `there is no session "${wanted}" in this file`, {
      hint: sessions.length === 0 ? 'The file has no sessions.' : 'List them with `memvid session list <file>`.',
      path: store.path,
    })
  }
  if (matches.length > 1) {
    const candidates = matches.map(({ info }) => ({ sessionId: info.sessionId, name: info.name }))
    const ids = candidates.map((candidate) => candidate.sessionId).join(', ')
    throw new MemvidError('AmbiguousSession', `"${wanted}" fits ${matches.length} sessions: ${ids}`, {
      hint: 'Give more of the id.',
      path: store.path,
      details: { candidates },
    })
  }
  return match
}
