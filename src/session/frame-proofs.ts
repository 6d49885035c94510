/** Every frame that actions name, read and hashed again, each once. */

import type { Store } from '../memory/store.js'
import { parseErrorData } from '../native/errors.js'
import type { Action } from './events.js'
import { hashAt, withOffset } from './frames.js'
import { isContext, isRetrieval } from './read-record.js'
import type { AskRecord, ContextRecord, FindRecord, RetrievalRecord } from './record.js'

/** A frame as an action names it. */
export interface NamedFrame {
  frameId: number
  contentHash: Uint8Array
}

/** Frames are read in groups, so that a session of any length needs little memory at a time. */
const GROUP = 1024

/** Frames of the envelope, of a search's ranked candidates, and of the context. */
export function namedFrames(action: Action): NamedFrame[] {
  const { retrieval, context } = searchOf(action)
  return [...action.frames, ...columns(retrieval?.candidates), ...columns(context)]
}

/** The part of a record that names frames by columns. */
export function searchOf({ record, left = {} }: Action): Pick<AskRecord, 'retrieval' | 'context'> {
  if (record) return record.kind === 'ask' || record.kind === 'find' ? (record as FindRecord | AskRecord) : {}
  const { retrieval, context } = left
  return {
    ...(isRetrieval(retrieval) && { retrieval: retrieval as RetrievalRecord }),
    ...(isContext(context) && { context: context as ContextRecord }),
  }
}

export function columns(named: { frameId: number[]; contentHash: Uint8Array } | undefined): NamedFrame[] {
  return named?.frameId.map((frameId, index) => ({ frameId, contentHash: hashAt(named.contentHash, index) })) ?? []
}

/** What became of each frame: its hash as hex, or why it can't be read. */
export class FrameProofs {
  readonly #found = new Map<number, { hash?: string; problem?: string }>()

  constructor(private readonly store: Store) {}

  get count(): number {
    return this.#found.size
  }

  /** Reads those of the frames that were not read before. */
  async read(frames: readonly NamedFrame[]): Promise<void> {
    const wanted = [...new Set(frames.map(({ frameId }) => frameId))].filter((id) => !this.#found.has(id)).sort((a, b) => a - b)
    for (let start = 0; start < wanted.length; start += GROUP) {
      const group = wanted.slice(start, start + GROUP)
      const spans = await this.store.native.readSpans(group.map((frameId) => ({ frameId, start: 0, length: 0 })))
      for (const [index, { contentHash, error }] of spans.entries()) {
        const found = error === undefined ? { hash: contentHash.toString('hex') } : { problem: withOffset(parseErrorData(error)) }
        this.#found.set(group[index]!, found)
      }
    }
  }

  /** Why a named frame, which was read, is not as it was named; undefined when it is. */
  problem({ frameId, contentHash }: NamedFrame): string | undefined {
    const { hash, problem } = this.#found.get(frameId) ?? { problem: 'it was not read' }
    if (problem !== undefined) return `frame ${frameId} can't be read: ${problem}`
    const isSame = hash === Buffer.from(contentHash).toString('hex')
    return isSame ? undefined : `frame ${frameId} has another hash than was recorded`
  }
}
