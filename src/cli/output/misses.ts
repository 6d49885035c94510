/** What differs between two lists of results, and why a document is missing from one, as lines. */
import type { ArmPlace, ExpectedReplay, FindReplay, MissCause, PromptReplay, RankChange, Standing } from '../../index.js'
import { line } from './escape.js'

const causes: Record<NonNullable<MissCause>, string> = {
  settings: 'changed settings',
  content: 'changed content',
  either: 'changed settings, and changed content alone too',
  both: 'changed settings and changed content together',
  engine: "today's engine ranks otherwise than the recorded one",
}

/** A name and its frame in brackets: `mv2://a (frame 9)`. */
function named({ frameId, uri }: Pick<Standing, 'frameId' | 'uri'>): string {
  return uri === null ? `frame ${frameId}` : `${line(uri)} (frame ${frameId})`
}

function arm(name: string, place: ArmPlace | null): string {
  return place ? `${name} ${place.score.toFixed(3)} (rank ${place.rank})` : `${name} -`
}

/** `Scores: 0.412, text 5.120 (rank 3), vector -`, and whether it has the query's words; nothing where there are none. */
function scores({ score, text, vector, hasQueryTerm, reason }: Standing): string[] {
  if (score === null && !text && !vector) return []
  // Where it is the reason, the note has said it.
  const byVector = hasQueryTerm === false && vector && reason !== 'no-query-term' ? [`No query term in it, rank ${vector.rank} by vector`] : []
  return [`Scores: ${score === null ? '-' : score.toFixed(3)}, ${arm('text', text)}, ${arm('vector', vector)}`, ...byVector]
}

function cause(of: MissCause): string[] {
  return of === null ? [] : [`Cause: ${causes[of]}`]
}

function indented(lines: string[]): string[] {
  return lines.map((text) => `  ${text}`)
}

/** A document that came or went; below it what the list that lacks it says of it. */
function changeLines({ note, frameId, uri, oldRank, newRank, why, cause: of }: RankChange): string[] {
  const head = `${line(note)} (frame ${frameId}${uri === null ? '' : `, ${line(uri)}`})`
  const said = note.includes(why.note) ? [] : [`Was missed: ${line(why.note)}`]
  const ranks = `Rank: ${oldRank ?? 'none'} then, ${newRank ?? 'none'} now`
  return [head, ...indented([...said, ranks, ...scores(why), ...cause(of)])]
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
    ...[...find.came, ...find.went].flatMap(changeLines),
    ...stayed,
    ...find.otherContent.map((frameId) => `Document has another content hash than was recorded (frame ${frameId})`),
    ...find.otherPassage.map((frameId) => `Document was found by another passage (frame ${frameId})`),
    ...(find.prompt ? promptLines(find.prompt) : []),
  ]
}

function promptLines({ oldFrames, newFrames, oldTokens, newTokens, came, went }: PromptReplay): string[] {
  if (oldFrames.join() === newFrames.join()) return []
  const sizes = `Prompt: ${oldFrames.length} documents in ${oldTokens} tokens, now ${newFrames.length} in ${newTokens}`
  return [sizes, ...[...came, ...went].flatMap(changeLines)]
}

/** All lines about what differs; with `verbose` each document's. */
export function differenceLines(find: FindReplay, verbose: boolean): string[] {
  return [...displacedTop(find), ...(verbose ? details(find) : [])]
}

/** What became of the one document that was expected. */
export function expectedLines({ asked, others, recorded, replayed, cause: of, note }: ExpectedReplay): string[] {
  if (!recorded || !replayed) return [`Expected: ${line(asked)}`, line(note)]
  const missing = [recorded, replayed].find(({ found }) => !found)
  const more = others === 0 ? '' : `, the first of ${others + 1} documents that hold this text`
  return [
    `Expected: ${named(replayed)}${more}`,
    line(note),
    ...indented([
      // Where both say the same, the sentence above has said it.
      ...(recorded.note === replayed.note ? [] : [`Recorded: ${line(recorded.note)}`, `Replayed: ${line(replayed.note)}`]),
      ...(missing ? scores(missing) : []),
      ...cause(of),
    ]),
  ]
}
