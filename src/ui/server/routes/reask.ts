/** Asking models again over a frozen context: first what it costs at most, then, with that confirmed, the call. */

import type { EstimateView, ReaskView } from '../../api.js'
import type { UiContext } from '../context.js'
import { readBody } from '../input.js'
import { Refusal } from '../problem.js'
import { sumUsd } from '../money.js'

const DEFAULT_OUTPUT_TOKENS = 1024

export async function estimate(context: UiContext, session: string, action: number, body: unknown): Promise<EstimateView> {
  refuseWhereReadOnly(context)
  const { models, maxOutputTokens = DEFAULT_OUTPUT_TOKENS } = readBody('estimate', body)
  const { memory, signal, confirmations } = context
  const { sessionId, steps } = await memory.sessionReplay(session, { action, audit: true, useModel: models, maxOutputTokens, dryRun: true, signal })
  const ask = steps[0]?.ask
  if (!ask) throw new Refusal(409, 'NotAnAsk', 'this action asked no model')
  if (ask.context !== 'VERIFIED') {
    throw new Refusal(409, 'NotVerified', `the context is ${ask.context ?? 'empty'}: there is nothing that a model could be asked over`)
  }
  const each = (ask.estimates ?? []).map(({ model, costUsd, maxCostUsd }) => {
    if (typeof maxCostUsd !== 'string') throw new Refusal(409, 'UnknownPrice', `the price of ${model} is unknown, so its cost has no limit`)
    return { model, maxCostUsd, expectedCostUsd: costUsd }
  })
  const maxCostUsd = sumUsd(each.map((model) => model.maxCostUsd))
  const confirmation = confirmations.add({ session: sessionId, action, models, maxOutputTokens, maxCostUsd })
  return { maxCostUsd, models: each, confirmation }
}

export async function reask(context: UiContext, session: string, action: number, body: unknown): Promise<ReaskView> {
  refuseWhereReadOnly(context)
  const { confirmation } = readBody('reask', body)
  const { memory, signal, confirmations } = context
  const { sessionId } = await memory.sessionView(session, { limit: 0 })
  const { models, maxOutputTokens, maxCostUsd } = confirmations.take(confirmation, sessionId, action)
  const replay = await memory.sessionReplay(sessionId, {
    action,
    audit: true,
    useModel: models,
    maxOutputTokens,
    maxCost: maxCostUsd,
    diff: true,
    signal,
  })
  const ask = replay.steps[0]?.ask
  if (!ask) throw new Refusal(409, 'NotAsked', replay.stopped?.note ?? 'no model was asked')
  return { ask, models: replay.models ?? null, stopped: replay.stopped?.note ?? null }
}

function refuseWhereReadOnly({ canAsk }: UiContext): void {
  if (canAsk) return
  throw new Refusal(403, 'ReadOnly', 'no model is asked from here', 'Start `memvid ui` with --allow-ask.')
}
