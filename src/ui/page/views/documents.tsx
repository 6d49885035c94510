import { useEffect, useState } from 'preact/hooks'
import type { DocumentPage, FrameView } from '../../api.js'
import { useRoute } from '../client.js'
import { bytes, moment } from '../format.js'
import { Facts, Show, Value } from '../parts.js'
import { routeLink } from '../route.js'

/** What the file held, now or at a commit. */
export function Documents({ asOf }: { asOf: number | null }) {
  const [offset, setOffset] = useState(0)
  useEffect(() => setOffset(0), [asOf])
  const query = new URLSearchParams({ offset: String(offset), ...(asOf !== null && { asOf: String(asOf) }) })
  const page = useRoute<DocumentPage>(`/api/documents?${query}`)
  return (
    <main>
      <h1>{asOf === null ? 'Documents' : `Documents as of commit ${asOf}`}</h1>
      {asOf !== null && (
        <p>
          <a href={routeLink({ view: 'documents', asOf: null })}>Back to now</a>
        </p>
      )}
      <Show of={page}>
        {({ documents, next }) => (
          <>
            <table>
              <thead>
                <tr>
                  <th class="number">Frame</th>
                  <th>Document</th>
                  <th>Time</th>
                  <th class="number">Size</th>
                  <th>Beginning</th>
                </tr>
              </thead>
              <tbody>
                {documents.map((row) => (
                  <tr key={row.frameId}>
                    <td class="number">
                      <a href={routeLink({ view: 'frame', frame: row.frameId, asOf })}>{row.frameId}</a>
                    </td>
                    <td>{row.title ?? row.uri}</td>
                    <td>{moment(row.timestampMs)}</td>
                    <td class="number">{bytes(row.sizeBytes)}</td>
                    <td class="preview">{row.preview}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {documents.length === 0 && <p>There are none.</p>}
            <div class="bar">
              {offset > 0 && <button onClick={() => setOffset(0)}>First</button>}
              {next !== null && <button onClick={() => setOffset(next)}>More</button>}
            </div>
          </>
        )}
      </Show>
    </main>
  )
}

export function Frame({ frame, asOf }: { frame: number; asOf: number | null }) {
  const loaded = useRoute<FrameView>(`/api/frames/${frame}${asOf === null ? '' : `?asOf=${asOf}`}`)
  return (
    <main>
      <h1>Frame {frame}</h1>
      <Show of={loaded}>
        {(view) => (
          <>
            <Facts
              of={[
                ['Title', <Value of={view.title} />],
                ['URI', view.uri],
                ['State', view.status],
                ['Time', moment(view.timestampMs)],
                ['Type', view.mimeType],
                ['Size', bytes(view.sizeBytes)],
                ['Tags', view.tags.join(', ') || 'none'],
                ['Content hash', <code>{view.contentHash}</code>],
              ]}
            />
            {view.text === undefined ? <p class="quiet">It is not text.</p> : <pre class="text">{view.text}</pre>}
          </>
        )}
      </Show>
    </main>
  )
}
