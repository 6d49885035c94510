/** Answers and sessions side by side, what got worse first. */

import { wordDiff } from '../../../index.js'
import type { AnswerPairView, AnswerSide, CompareRequest, CompareView, SessionPairView } from '../../api.js'
import type { UiContext } from '../context.js'
import { readBody } from '../input.js'
import { compareUsd, differenceUsd } from '../money.js'
import { Refusal } from '../problem.js'

export async function compare(context: UiContext, body: unknown): Promise<CompareView> {
  const request: CompareRequest = readBody('compare', body)
  if ('sessions' in request) {
    const [first, ...others] = request.sessions
    const sessions: SessionPairView[] = []
    for (const other of others) sessions.push(await compareSessions(context, first!, other))
    return { sessions, asks: null, answers: null }
  }
  const asks = await Promise.all(request.asks.map(({ session, action }) => answerSide(context, session, action)))
  const [first, ...others] = asks
  return { sessions: null, asks, answers: others.map((other) => answerPair(first!, other)).sort(byRegression) }
}

async function compareSessions(context: UiContext, a: string, b: string): Promise<SessionPairView> {
  const comparison = await context.memory.sessionCompare(a, b)
  const answers: AnswerPairView[] = []
  for (const pair of comparison.pairs.filter(({ kind }) => kind === 'ask')) {
    const [sideA, sideB] = [await answerSide(context, comparison.a.sessionId, pair.a), await answerSide(context, comparison.b.sessionId, pair.b)]
    answers.push(answerPair(sideA, sideB))
  }
  return { comparison, answers: answers.sort(byRegression) }
}

async function answerSide({ memory, measures }: UiContext, session: string, number: number): Promise<AnswerSide> {
  const { sessionId, actions } = await memory.sessionView(session, { offset: number, limit: 1 })
  const [action] = actions
  if (action?.kind !== 'ask') throw new Refusal(409, 'NotAnAsk', `action ${number} is no ask`)
  const record = (action.record ?? {}) as { question?: string; answer?: string; context?: { frameId?: number[] } }
  const { model = null, costUsd = null, latencyMs = null, grounding = null, groundingLabel = null } = (await measures.of(sessionId)).actions[number] ?? {}
  return {
    session: sessionId,
    action: number,
    question: record.question ?? '',
    model,
    answer: record.answer ?? null,
    costUsd,
    latencyMs,
    grounding,
    groundingLabel,
    frames: record.context?.frameId ?? [],
  }
}

export function answerPair(a: AnswerSide, b: AnswerSide): AnswerPairView {
  const less = (x: number | null, y: number | null) => (x === null || y === null ? null : y - x)
  const identical = a.answer === b.answer
  return {
    a,
    b,
    identical,
    wordDiff: identical ? [] : wordDiff(a.answer ?? '', b.answer ?? ''),
    costUsd: differenceUsd(a.costUsd, b.costUsd),
    latencyMs: less(a.latencyMs, b.latencyMs),
    grounding: less(a.grounding, b.grounding),
  }
}

/** Lost grounding first, then higher cost, then higher latency; what is not known counts as no difference. */
export function byRegression(a: AnswerPairView, b: AnswerPairView): number {
  return (a.grounding ?? 0) - (b.grounding ?? 0) || compareUsd(b.costUsd, a.costUsd) || (b.latencyMs ?? 0) - (a.latencyMs ?? 0)
}
