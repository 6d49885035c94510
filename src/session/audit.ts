import { hex } from '../memory/convert.js'
import type { Store } from '../memory/store.js'
import { PROMPT_TEMPLATE, renderPrompt, type RenderedPrompt } from '../ask/prompt.js'
import { requestMatches, sha256 } from '../ask/record.js'
import type { ContextPassage } from '../types.js'
import { hashAt, readFrames, type ReadFrame } from './frames.js'
import type { AskRecord, ContextRecord, RetrievalRecord } from './record.js'
import type { ContextStatus, FrameCheck } from './replay-types.js'

/** The frozen context of an ask, read again. */
export interface FrozenContext {
  status: ContextStatus
  /** What is not as recorded, one sentence each. Empty exactly when VERIFIED. */
  problems: string[]
  frames: FrameCheck[]
  /** The passages and the prompt as the model was sent them; absent unless VERIFIED. */
  verified?: { passages: ContextPassage[]; prompt: RenderedPrompt }
}

/**
 * Verifies that the file still proves what the model saw: every frame's content re-read and re-hashed, the context rendered again
 * and its hash compared, and the request put together again and its hash compared.
 */
export async function auditContext(store: Store, record: AskRecord, context: ContextRecord, commit: number): Promise<FrozenContext> {
  const read = await readFrames(store, contextFrames(context), commit)
  const frames = read.map(({ check }) => check)
  const frameProblems = problemsOf(frames)
  if (frameProblems.length > 0) return { status: statusOf(frames), problems: frameProblems, frames }
  if (context.template !== PROMPT_TEMPLATE) {
    const problem = `the context was rendered with template ${context.template}, this version has ${PROMPT_TEMPLATE}`
    return { status: 'UNVERIFIABLE', problems: [problem], frames }
  }
  const passages = contextPassages(context, read)
  const prompt = renderPrompt({ question: record.question, passages, delimiter: context.delimiter })
  const problems: string[] = []
  if (!sha256(prompt.contextText).equals(context.sha256)) problems.push('the context rendered again has another hash than was recorded')
  if (record.request && !requestMatches(record.request, prompt)) {
    problems.push('the request put together again has another hash than was recorded')
  }
  if (problems.length > 0) return { status: 'CHANGED', problems, frames }
  return { status: 'VERIFIED', problems, frames, verified: { passages, prompt } }
}

/** The frames that a recorded search had found, read again. */
export async function auditHits(store: Store, retrieval: RetrievalRecord, commit: number): Promise<Omit<FrozenContext, 'verified'>> {
  const { frameId, contentHash } = retrieval.candidates
  const recorded = frameId.slice(0, retrieval.cut.kept).map((id, index) => {
    return { frameId: id, contentHash: hashAt(contentHash, index), uri: retrieval.uris[index] ?? null }
  })
  const frames = (await readFrames(store, recorded, commit)).map(({ check }) => check)
  return { status: statusOf(frames), problems: problemsOf(frames), frames }
}

function contextFrames(context: ContextRecord) {
  return context.frameId.map((frameId, index) => ({
    frameId,
    contentHash: hashAt(context.contentHash, index),
    uri: context.uri[index] ?? null,
    start: context.start[index]!,
    length: context.length[index]!,
  }))
}

function contextPassages(context: ContextRecord, read: readonly ReadFrame[]): ContextPassage[] {
  return read.map(({ check: { frameId }, text = '' }, index) => {
    const title = context.title[index] ?? null
    const span = { start: context.start[index]!, length: context.length[index]! }
    const contentHash = hex(hashAt(context.contentHash, index))
    return { frameId, uri: context.uri[index]!, ...(title === null ? {} : { title }), text, ...span, contentHash }
  })
}

function statusOf(frames: readonly FrameCheck[]): ContextStatus {
  if (frames.some((frame) => frame.state === 'missing')) return 'MISSING'
  return frames.every((frame) => frame.hashMatches) ? 'VERIFIED' : 'CHANGED'
}

function problemsOf(frames: readonly FrameCheck[]): string[] {
  return frames.filter((frame) => !frame.hashMatches).map((frame) => `frame ${frame.frameId}: ${frame.note}`)
}
