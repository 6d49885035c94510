import { useState } from 'preact/hooks'
import type { CommitPage, FileView, GrowthPoint } from '../../api.js'
import { useRoute } from '../client.js'
import { bytes, count, moment } from '../format.js'
import { Facts, Show, Value } from '../parts.js'
import { routeLink } from '../route.js'

export function File() {
  const file = useRoute<FileView>('/api/file')
  return (
    <main>
      <h1>The file</h1>
      <Show of={file}>{(view) => <Overview view={view} />}</Show>
      <h2>Commits</h2>
      <Commits />
    </main>
  )
}

function Overview({ view: { name, stats, snapshot, parts, growth, version } }: { view: FileView }) {
  const sizes = [
    ['Documents, sessions and history', parts.documentsAndHistory],
    ['Text index', parts.textIndex],
    ['Vector index', parts.vectorIndex],
    ['Tables', parts.tables],
  ] as const
  return (
    <>
      <Facts
        of={[
          ['Name', name],
          ['Size', bytes(stats.sizeBytes)],
          ['Documents', `${count(stats.liveFrameCount)} live of ${count(stats.frameCount)}`],
          ['Text', bytes(stats.textBytes)],
          ['Segments', `${stats.textSegments} of text, ${stats.vectorSegments} of vectors`],
          ['Vectors', stats.vectorDim === undefined ? 'none' : `${count(stats.vectorCount)} of ${stats.vectorDim} numbers`],
          ['Embedder', <Value of={stats.embedder} />],
          ['Newest commit', `${snapshot.commit}, ${moment(snapshot.timeMs)}`],
          ['Chain hash', <code>{snapshot.chainHash}</code>],
          ['Format', stats.formatVersion],
          ['Made', `${moment(stats.createdMs)} by ${stats.createdBy}`],
          ['Shown by', `memvid ${version}`],
        ]}
      />
      {stats.damages.map((damage) => (
        <p key={damage.offset} class="problem">
          Damage at byte {damage.offset}: {damage.message}
        </p>
      ))}
      <h2>What takes the space</h2>
      <table>
        <tbody>
          {sizes.map(([what, size]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td class="number">{bytes(size)}</td>
              <td class="meter">
                <meter aria-label={what} min={0} max={stats.sizeBytes} value={size} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>Growth</h2>
      <Growth of={growth} />
    </>
  )
}

function Growth({ of }: { of: readonly GrowthPoint[] }) {
  const most = Math.max(1, ...of.map(({ frameCount }) => frameCount))
  const last = of.at(-1)
  const line = (value: (point: GrowthPoint) => number) => of.map((point, i) => `${(100 * i) / Math.max(1, of.length - 1)},${40 - (38 * value(point)) / most}`).join(' ')
  return (
    <figure>
      <svg class="growth" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={`${of.length} commits of all; ${last?.frameCount ?? 0} documents at the end`}>
        <polyline class="all" points={line((point) => point.frameCount)} />
        <polyline class="live" points={line((point) => point.liveFrameCount)} />
      </svg>
      <figcaption class="quiet">Documents over commits: all that were ever stored, and those that are live.</figcaption>
    </figure>
  )
}

function Commits() {
  const [before, setBefore] = useState<number | null>(null)
  const page = useRoute<CommitPage>(`/api/commits${before === null ? '' : `?before=${before}`}`)
  return (
    <Show of={page}>
      {({ commits, next }) => (
        <>
          <table>
            <thead>
              <tr>
                <th class="number">Commit</th>
                <th>Time</th>
                <th class="number">Documents</th>
                <th>Chain hash</th>
              </tr>
            </thead>
            <tbody>
              {commits.map((commit) => (
                <tr key={commit.commit}>
                  <td class="number">
                    <a href={routeLink({ view: 'documents', asOf: commit.commit })}>{commit.commit}</a>
                  </td>
                  <td>{moment(commit.timeMs)}</td>
                  <td class="number">{count(commit.liveFrameCount)}</td>
                  <td>
                    <code>{commit.chainHash.slice(0, 16)}…</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <div class="bar">
            {before !== null && <button onClick={() => setBefore(null)}>Newest</button>}
            {next !== null && <button onClick={() => setBefore(next)}>Older</button>}
          </div>
        </>
      )}
    </Show>
  )
}
