/** The Time Machine: a page over the JSON routes of `memvid ui`, or over what an export holds. It shows what was recorded, and nothing else. */
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { exported, keepToken } from './client.js'
import { moment } from './format.js'
import { parseRoute, readLaunch, routeLink, type Route } from './route.js'
import './style.css'
import { startTheme, switchTheme } from './theme.js'
import { Compare, CompareAnswers } from './views/compare.js'
import { Documents, Frame } from './views/documents.js'
import { File } from './views/file.js'
import { Session } from './views/session.js'
import { Sessions } from './views/sessions.js'

function App() {
  const [route, setRoute] = useState<Route>(() => firstRoute())
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const data = exported()
  return (
    <>
      <header>
        <strong>memvid</strong>
        <nav aria-label="Views">
          <a href={data ? routeLink({ view: 'session', session: data.sessionId, action: null }) : routeLink({ view: 'sessions' })}>{data ? 'Session' : 'Sessions'}</a>
          {!data && <a href={routeLink({ view: 'documents', asOf: null })}>Documents</a>}
          <a href={routeLink({ view: 'file' })}>The file</a>
        </nav>
        {data && <span class="quiet">exported {moment(data.exportedMs)}</span>}
        <button class="plain" onClick={switchTheme}>
          Dark or light
        </button>
      </header>
      <View route={route} />
    </>
  )
}

function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'sessions':
      return <Sessions />
    case 'session':
      return <Session key={route.session} session={route.session} action={route.action} />
    case 'compare':
      return <Compare sessions={route.sessions} />
    case 'answers':
      return <CompareAnswers asks={route.asks} />
    case 'file':
      return <File />
    case 'documents':
      return <Documents asOf={route.asOf} />
    case 'frame':
      return <Frame frame={route.frame} asOf={route.asOf} />
  }
}

function firstRoute(): Route {
  const data = exported()
  if (data) {
    const route = parseRoute(location.hash)
    return route.view === 'sessions' ? { view: 'session', session: data.sessionId, action: null } : route
  }
  const launch = readLaunch(location.hash)
  keepToken(launch?.token ?? null)
  if (!launch) return parseRoute(location.hash)
  // The token must not stand in the address, where a screenshot or a copied link would give it away.
  history.replaceState(null, '', routeLink(launch.route))
  return launch.route
}

startTheme()
const root = document.getElementById('app')
if (root) render(<App />, root)
