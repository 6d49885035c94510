/** What differs between two lists of results, and why a document is missing from one, as lines. */
import type { FindReplay, RankChange } from '../../index.js'
import { line } from './escape.js'

function change({ note, frameId, uri }: RankChange): string {
  return `${line(note)} (frame ${frameId}${uri === null ? '' : `, ${line(uri)}`})`
}

/** The first hit is what most readers look at, so its loss is said without `--verbose` too. */
function displacedTop({ displacedTop: displaced }: FindReplay): string[] {
  if (!displaced) return []
  const now = displaced.newRank === null ? 'is gone' : `is at rank ${displaced.newRank} now`
  const by = displaced.by === null ? '' : `; frame ${displaced.by} is first`
  return [`Top hit: displaced: frame ${displaced.frameId} was first and ${now}${by}`]
}

function details(find: FindReplay): string[] {
  const stayed = find.moved.map(({ frameId, oldRank, newRank }) => `Document moved from rank ${oldRank} to ${newRank} (frame ${frameId})`)
  return [
    ...[...find.came, ...find.went].map(change),
    ...stayed,
    ...find.otherContent.map((frameId) => `Document has another content hash than was recorded (frame ${frameId})`),
    ...find.otherPassage.map((frameId) => `Document was found by another passage (frame ${frameId})`),
  ]
}

/** All lines about what differs; with `verbose` each document's. */
export function differenceLines(find: FindReplay, verbose: boolean): string[] {
  return [...displacedTop(find), ...(verbose ? details(find) : [])]
}
