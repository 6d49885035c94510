import type { Span } from '../memory/span-reader.js'
import type { Store } from '../memory/store.js'
import { readActions, type Action } from './events.js'
import type { FoundSession } from './lookup.js'
import { keptFrames } from './replay-find.js'

/** Two pages are in memory at a time: the one that is worked on and the next. */
const PAGE = 64

export interface WhatToRead {
  asks: boolean
  finds: boolean
}

/**
 * The actions of a session in order, like `eachAction`, for an audit: the frames that a page of them names are read in one call, and
 * the next page is on its way meanwhile.
 */
export async function* eachActionReadAhead(store: Store, found: FoundSession, from: number, what: WhatToRead): AsyncGenerator<Action> {
  const load = async (offset: number) => {
    const actions = await readActions(store, found, offset, PAGE)
    const ahead = await store.spans.readAhead(actions.flatMap((action) => spansOf(action, what)))
    return { actions, ahead }
  }
  let next: ReturnType<typeof load> | undefined
  for (let offset = from; offset < found.info.actionCount; offset += PAGE) {
    const { actions, ahead } = await (next ?? load(offset))
    next = offset + PAGE < found.info.actionCount ? load(offset + PAGE) : undefined
    // Who stops in the middle never asks for it, and then nobody waits for its failure.
    next?.catch(() => {})
    ahead.use()
    yield* actions
  }
  store.spans.forget()
}

/** The spans that an audit of this action reads. One that is forgotten here is read when it is asked for. */
function spansOf({ record, frames }: Action, what: WhatToRead): Span[] {
  switch (record?.kind) {
    case 'ask': {
      const { frameId = [], start = [], length = [] } = (what.asks ? record.context : undefined) ?? {}
      return frameId.map((id, index) => ({ frameId: id, start: start[index]!, length: length[index]! }))
    }
    case 'find':
      return what.finds && record.retrieval ? keptFrames(record.retrieval).map(wholeFrame) : []
    case 'put':
    case 'put-many':
    case 'update':
    case 'delete':
      return frames.map(({ frameId }) => wholeFrame(frameId))
    default:
      return []
  }
}

/** Its content is hashed; none of its text is wanted. */
function wholeFrame(frameId: number): Span {
  return { frameId, start: 0, length: 0 }
}
