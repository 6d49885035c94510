/** Sessions as rows, and one of them as columns. */

import type { ActionMeasures, CheckpointInfo, SessionInfo } from '../../../index.js'
import type { SessionDetail, SessionRow, Timeline } from '../../api.js'
import type { UiContext } from '../context.js'

export async function sessionRows(context: UiContext): Promise<SessionRow[]> {
  const sessions = await context.memory.sessionList()
  const rows: SessionRow[] = []
  // One after the other: a long session takes much memory while it is measured.
  for (const { sessionId } of sessions) rows.push(await sessionRow(context, sessionId))
  return rows
}

export async function sessionDetail(context: UiContext, session: string): Promise<SessionDetail> {
  const row = await sessionRow(context, session)
  const { actions } = await context.measures.of(row.sessionId)
  return { session: row, checkpoints: await checkpointsOf(context, row.sessionId, actions) }
}

export async function sessionRow(context: UiContext, session: string): Promise<SessionRow> {
  const { actions: measured, totals, offset: _, ...info } = await context.measures.of(session)
  const actions: SessionRow['actions'] = {}
  for (const { kind } of measured) actions[kind] = (actions[kind] ?? 0) + 1
  const scores = measured.flatMap(({ grounding }) => grounding ?? [])
  return {
    ...(info satisfies SessionInfo),
    durationMs: (info.endedAtMs ?? Date.now()) - info.startedAtMs,
    models: [...new Set(measured.flatMap(({ model }) => model ?? []))],
    actions,
    totals,
    lowestGrounding: scores.length === 0 ? null : scores.reduce((least, score) => Math.min(least, score)),
  }
}

/** A checkpoint is an action whose record names the state; few of a session's actions are one. */
async function checkpointsOf({ memory }: UiContext, session: string, actions: readonly ActionMeasures[]): Promise<CheckpointInfo[]> {
  const found: CheckpointInfo[] = []
  for (const { number: action } of actions.filter(({ kind }) => kind === 'checkpoint')) {
    const [view] = (await memory.sessionView(session, { offset: action, limit: 1 })).actions
    const record = view?.record as { name: string; snapshot?: Omit<CheckpointInfo, 'sessionId' | 'number' | 'action' | 'name'> } | null | undefined
    if (!record?.snapshot) continue
    const { commit, chainHash, frameCount, liveFrameCount } = record.snapshot
    found.push({ sessionId: session, number: found.length + 1, action, name: record.name, commit, chainHash, frameCount, liveFrameCount })
  }
  return found
}

export async function timelineOf(context: UiContext, session: string): Promise<Timeline> {
  const { sessionId, actionCount, actions } = await context.measures.of(session)
  const column = <Name extends keyof ActionMeasures>(name: Name): ActionMeasures[Name][] => actions.map((action) => action[name])
  return {
    sessionId,
    actionCount,
    kind: column('kind'),
    timeMs: column('timeMs'),
    startMs: actions.map(({ timeMs, durationMs }) => timeMs - (durationMs ?? 0)),
    durationMs: column('durationMs'),
    latencyMs: column('latencyMs'),
    timeToFirstTokenMs: column('timeToFirstTokenMs'),
    costUsd: column('costUsd'),
    inputTokens: column('inputTokens'),
    outputTokens: column('outputTokens'),
    model: column('model'),
    grounding: column('grounding'),
    groundingLabel: column('groundingLabel'),
    cached: column('cached'),
    error: column('error'),
    label: column('about'),
  }
}
