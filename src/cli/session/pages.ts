import type { Memory, SessionView } from '../../index.js'
import type { SessionOption } from './session-option.js'

/** Actions are read and shown in pages, so that a session of any length takes little memory at a time. */
const PAGE = 100

export interface ActionRange extends SessionOption {
  /** Number of the first action. Default 0. */
  offset?: number
  /** Most actions. Default all. */
  limit?: number
  /** With each action's whole record. Default true. */
  records?: boolean
}

/** The wanted actions, page by page; at least one page, which may be empty. */
export async function* eachPage(memory: Memory, { session, offset = 0, limit = Infinity, records = true }: ActionRange): AsyncGenerator<SessionView> {
  const end = offset + limit
  let at = offset
  do {
    const page = await memory.sessionView(session, { offset: at, limit: Math.min(PAGE, end - at), records })
    yield page
    if (page.actions.length === 0) return
    at += page.actions.length
    if (at >= Math.min(end, page.actionCount)) return
  } while (true)
}
