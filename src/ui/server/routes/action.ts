/** One action in full: what was recorded, and what the file still proves of it. */

import type { ActionView, AskReplay, Cost, Cut, Grounding, RankedCandidate, ReplayStep, SearchMode, TokenUsage } from '../../../index.js'
import type { ActionDetail, AnswerView, ContextView, RecordedSearchView } from '../../api.js'
import type { UiContext } from '../context.js'
import { Refusal } from '../problem.js'

/** Of a find's or an ask's record (format-spec/07-sessions) what the views read; each part may be missing. */
interface SearchedRecord {
  query?: string
  question?: string
  parameters?: Record<string, unknown> | null
  retrieval?: {
    snapshot: RecordedSearchView['snapshot']
    embedder: string | null
    mode: SearchMode
    queryKind: string
    total: number
    cut: Cut
    latencyMs: number
  }
  model?: { label: string } | null
  answer?: string
  partialAnswer?: string
  response?: { responseModel: string | null; finish: string; usage: TokenUsage | null; latencyMs: number; timeToFirstTokenMs: number | null; retries: number }
  context?: { leftOut?: ContextView['leftOut']; tokensEstimate: number; maxContextTokens: number | null }
  cost?: Cost
  grounding?: Grounding
  cached?: boolean
}

export async function actionDetail({ memory, signal }: UiContext, session: string, number: number): Promise<ActionDetail> {
  const { sessionId, actions } = await memory.sessionView(session, { offset: number, limit: 1 })
  const [action] = actions
  if (!action) throw new Refusal(404, 'ActionNotFound', `the session has no action ${number}`)
  const { steps } = await memory.sessionReplay(sessionId, { action: number, audit: true, details: true, signal })
  const [step] = steps
  if (!step) throw new Refusal(503, 'Busy', 'the server is closing')
  const record = (action.record ?? {}) as SearchedRecord
  return {
    sessionId,
    action,
    search: searchView(record, step.candidates),
    ask: answerView(action, record, step.ask),
    frames: framesOf(step),
  }
}

function framesOf({ frozen, put }: ReplayStep): ActionDetail['frames'] {
  return frozen?.frames ?? put?.frames ?? []
}

function searchView({ query, question = '', parameters, retrieval }: SearchedRecord, candidates: RankedCandidate[] | undefined): RecordedSearchView | null {
  if (!retrieval || !candidates) return null
  const { snapshot, embedder, mode, queryKind, total, cut, latencyMs } = retrieval
  const { commit, timeMs, frameCount, liveFrameCount } = snapshot
  return {
    query: query ?? question,
    parameters: parameters ?? {},
    mode,
    embedder,
    queryKind,
    snapshot: { commit, timeMs, frameCount, liveFrameCount },
    latencyMs,
    total,
    cut,
    candidates,
  }
}

function answerView({ kind }: ActionView, record: SearchedRecord, audited: AskReplay | undefined): AnswerView | null {
  if (kind !== 'ask') return null
  const { question = '', model, response, answer, partialAnswer, cost, grounding, cached = false } = record
  return {
    question,
    model: model?.label ?? null,
    responseModel: response?.responseModel ?? null,
    answer: answer ?? null,
    partialAnswer: partialAnswer ?? null,
    finish: response?.finish ?? null,
    usage: response?.usage ?? null,
    cost: cost ?? null,
    latencyMs: response?.latencyMs ?? null,
    timeToFirstTokenMs: response?.timeToFirstTokenMs ?? null,
    retries: response?.retries ?? null,
    cached,
    grounding: grounding ?? null,
    context: contextView(record, audited),
  }
}

function contextView({ context }: SearchedRecord, audited: AskReplay | undefined): ContextView | null {
  if (!context || !audited?.context) return null
  return {
    status: audited.context,
    problems: audited.contextProblems ?? [],
    frames: audited.frames ?? [],
    passages: audited.frozenContext?.passages ?? null,
    prompt: audited.frozenContext?.messages ?? null,
    leftOut: context.leftOut ?? [],
    tokensEstimate: context.tokensEstimate,
    maxContextTokens: context.maxContextTokens,
  }
}
