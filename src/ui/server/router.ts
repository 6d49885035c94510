/** Which path is whose, with which method. */

import type { UiContext } from './context.js'
import { Refusal } from './problem.js'
import { actionDetail } from './routes/action.js'
import { compare } from './routes/compare.js'
import { exportPage } from './routes/export.js'
import { commitPage, documentPage, fileView, frameView } from './routes/file.js'
import { explainMiss, searchAgain } from './routes/knobs.js'
import { estimate, reask } from './routes/reask.js'
import { sessionDetail, sessionRows, timelineOf } from './routes/sessions.js'

export interface ApiRequest {
  /** Of the path, by the pattern's names. */
  session: string
  number: number
  query: URLSearchParams
  /** Of a POST. */
  body: unknown
}

export interface Route {
  method: 'GET' | 'POST'
  /** `:session` is any text, `:number` a whole number. */
  path: string
  /** Gives HTML text instead of a value that becomes JSON. */
  html?: true
  handle(context: UiContext, request: ApiRequest): Promise<unknown>
}

/** A GET changes nothing, and reads its query itself or takes none. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/api/file', handle: (context, { query }) => plain(query) ?? fileView(context) },
  { method: 'GET', path: '/api/commits', handle: (context, { query }) => commitPage(context, query) },
  { method: 'GET', path: '/api/documents', handle: (context, { query }) => documentPage(context, query) },
  { method: 'GET', path: '/api/frames/:number', handle: (context, { number, query }) => frameView(context, number, query) },
  { method: 'GET', path: '/api/sessions', handle: (context, { query }) => plain(query) ?? sessionRows(context) },
  { method: 'GET', path: '/api/sessions/:session', handle: (context, { session, query }) => plain(query) ?? sessionDetail(context, session) },
  { method: 'GET', path: '/api/sessions/:session/timeline', handle: (context, { session, query }) => plain(query) ?? timelineOf(context, session) },
  {
    method: 'GET',
    path: '/api/sessions/:session/actions/:number',
    handle: (context, { session, number, query }) => plain(query) ?? actionDetail(context, session, number),
  },
  {
    method: 'POST',
    path: '/api/sessions/:session/actions/:number/search',
    handle: (context, { session, number, body }) => searchAgain(context, session, number, body),
  },
  {
    method: 'POST',
    path: '/api/sessions/:session/actions/:number/miss',
    handle: (context, { session, number, body }) => explainMiss(context, session, number, body),
  },
  {
    method: 'POST',
    path: '/api/sessions/:session/actions/:number/estimate',
    handle: (context, { session, number, body }) => estimate(context, session, number, body),
  },
  {
    method: 'POST',
    path: '/api/sessions/:session/actions/:number/reask',
    handle: (context, { session, number, body }) => reask(context, session, number, body),
  },
  { method: 'POST', path: '/api/compare', handle: (context, { body }) => compare(context, body) },
  { method: 'GET', path: '/api/export', html: true, handle: (context, { query }) => exportPage(context, query) },
]

function plain(query: URLSearchParams): undefined {
  if (query.size > 0) throw new Refusal(400, 'InvalidInput', 'this route takes no parameters')
}

interface Found {
  route: Route
  session: string
  number: number
}

/** The route of a path. `NotFound`, or `MethodNotAllowed` where the path takes another method. */
export function findRoute(method: string, path: string): Found {
  const parts = path.split('/')
  const fitting = ROUTES.flatMap((route) => matched(route, parts) ?? [])
  const found = fitting.find(({ route }) => route.method === method)
  if (found) return found
  if (fitting.length > 0) throw new Refusal(405, 'MethodNotAllowed', `${method} is not for this path`)
  throw new Refusal(404, 'NotFound', 'there is nothing under this path')
}

function matched(route: Route, parts: readonly string[]): Found | undefined {
  const wanted = route.path.split('/')
  if (wanted.length !== parts.length) return undefined
  const found: Found = { route, session: '', number: 0 }
  for (const [index, name] of wanted.entries()) {
    const part = parts[index]!
    if (name === ':number') {
      if (!/^\d{1,15}$/.test(part)) return undefined
      found.number = Number(part)
    } else if (name === ':session') {
      if (part === '') return undefined
      found.session = decoded(part)
    } else if (name !== part) return undefined
  }
  return found
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal(400, 'InvalidInput', 'the path is not well formed')
  }
}
