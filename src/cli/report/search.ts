/** A search that was run again: both lists, and why each document came or went. */
import type { FindReplay, FrozenFind, RankChange } from '../../index.js'
import { expectedLines } from '../output/misses.js'
import { modeNames, overrideText } from '../output/replay.js'
import { sweepLines } from '../output/sweep.js'
import { html, type Html, type Part } from './html.js'
import { facts, frameTable, lines, table, titled } from './parts.js'

function frames(ids: readonly number[]): string {
  return ids.length === 0 ? 'none' : ids.join(', ')
}

function rank(value: number | null): Part {
  return value ?? '–'
}

function changeRows(way: string, changes: readonly RankChange[]): Part[][] {
  return changes.map(({ frameId, uri, oldRank, newRank, note, why, cause }) => {
    const said = note.includes(why.note) ? note : `${note}; ${why.note}`
    return [way, frameId, uri ?? '', rank(oldRank), rank(newRank), said, cause ?? '']
  })
}

const CHANGES = ['', 'frame', 'document', 'rank then', 'rank now', 'why', 'cause']

function topHit({ displacedTop }: FindReplay): string | null {
  if (!displacedTop) return null
  const { frameId, newRank, by } = displacedTop
  const now = newRank === null ? 'is gone' : `is at rank ${newRank} now`
  return `frame ${frameId} was first and ${now}${by === null ? '' : `; frame ${by} is first`}`
}

/** The search of a find, or of an ask. */
export function searchSection(find: FindReplay): Part[] {
  const { mode, searched, overrides, oldFrames, newFrames, status, retrieval, came, went, moved, prompt, expected, sweep } = find
  const changed = Object.entries(overrides).map(overrideText).join(', ')
  return [
    facts([
      ['Mode', modeNames[mode]],
      ['Searched', searched === 'today' ? "today's content" : `commit ${searched}`],
      ['Settings changed', changed],
      ['Frames then', frames(oldFrames)],
      ['Frames now', frames(newFrames)],
      ['Results', html`<b class="${status === 'IDENTICAL' ? 'good' : 'bad'}">${status}</b>`],
      ['Top hit', topHit(find)],
      ['Retrieval', retrieval],
    ]),
    titled('Came and went', table(CHANGES, [...changeRows('came', came), ...changeRows('went', went)])),
    titled('Moved', table(['frame', 'rank then', 'rank now'], moved.map(({ frameId, oldRank, newRank }) => [frameId, oldRank, newRank]))),
    prompt && titled('Prompt', promptSection(prompt)),
    expected && titled('Expected', lines(expectedLines(expected))),
    sweep && titled('Sweep', lines(sweepLines(sweep))),
  ]
}

function promptSection({ oldFrames, newFrames, oldTokens, newTokens, came, went }: NonNullable<FindReplay['prompt']>): Html {
  const sizes = facts([
    ['Then', `frames ${frames(oldFrames)}, about ${oldTokens} tokens`],
    ['Now', `frames ${frames(newFrames)}, about ${newTokens} tokens`],
  ])
  return html`${sizes}${table(CHANGES, [...changeRows('came', came), ...changeRows('went', went)])}`
}

/** A search of an audit: its frames read again. */
export function frozenSection({ frozenFrames, status, problems, frames: checks }: FrozenFind): Part[] {
  return [
    facts([
      ['Mode', 'audit, frozen retrieval'],
      ['Frozen frames', frames(frozenFrames)],
      ['Results', html`<b class="${status === 'VERIFIED' ? 'good' : 'bad'}">${status}</b>`],
    ]),
    lines(problems),
    titled('Frozen frames', frameTable(checks)),
  ]
}
