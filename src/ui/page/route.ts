/** Where in the page one is, as it stands in the address: each view can be linked to. */

export type Route =
  | { view: 'sessions' }
  | { view: 'session'; session: string; action: number | null }
  | { view: 'compare'; sessions: string[] }
  | { view: 'answers'; asks: AskPlace[] }
  | { view: 'file' }
  | { view: 'documents'; asOf: number | null }
  | { view: 'frame'; frame: number; asOf: number | null }

/** One ask of a session. */
export interface AskPlace {
  session: string
  action: number
}

/** Reads a fragment such as `#/sessions/0198…/7`. What is not known leads to the list of sessions. */
export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split('?')
  const parts = path.split('/').filter(Boolean).map(decode)
  const asOf = whole(new URLSearchParams(query).get('asOf'))
  if (parts[0] === 'sessions' && parts[1]) return { view: 'session', session: parts[1], action: whole(parts[2] ?? null) }
  if (parts[0] === 'compare' && parts.length > 2) return { view: 'compare', sessions: parts.slice(1, 5) }
  if (parts[0] === 'answers') {
    const asks = pairs(parts.slice(1, 9)).flatMap(([session, action]) => (whole(action) === null ? [] : [{ session, action: Number(action) }]))
    if (asks.length > 1) return { view: 'answers', asks }
  }
  if (parts[0] === 'file') return { view: 'file' }
  if (parts[0] === 'documents') return { view: 'documents', asOf }
  const frame = whole(parts[1] ?? null)
  if (parts[0] === 'frames' && frame !== null) return { view: 'frame', frame, asOf }
  return { view: 'sessions' }
}

/** The fragment of a route; `parseRoute` reads it back. */
export function routeLink(route: Route): string {
  const at = (asOf: number | null) => (asOf === null ? '' : `?asOf=${asOf}`)
  switch (route.view) {
    case 'sessions':
      return '#/sessions'
    case 'session':
      return `#/sessions/${encodeURIComponent(route.session)}${route.action === null ? '' : `/${route.action}`}`
    case 'compare':
      return `#/compare/${route.sessions.map(encodeURIComponent).join('/')}`
    case 'answers':
      return `#/answers/${route.asks.map(({ session, action }) => `${encodeURIComponent(session)}/${action}`).join('/')}`
    case 'file':
      return '#/file'
    case 'documents':
      return `#/documents${at(route.asOf)}`
    case 'frame':
      return `#/frames/${route.frame}${at(route.asOf)}`
  }
}

/** What the command's address says: the launch token, and where to begin. Null where it is no such address. */
export function readLaunch(fragment: string): { token: string; route: Route } | null {
  const given = new URLSearchParams(fragment.replace(/^#/, ''))
  const token = given.get('token')
  if (!token || !/^[0-9a-f]{64}$/.test(token)) return null
  const session = given.get('session')
  if (!session) return { token, route: { view: 'sessions' } }
  return { token, route: { view: 'session', session, action: whole(given.get('action')) } }
}

function pairs(parts: readonly string[]): [string, string][] {
  return parts.flatMap((part, i) => (i % 2 === 0 && parts[i + 1] !== undefined ? [[part, parts[i + 1] as string]] : [])) as [string, string][]
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
