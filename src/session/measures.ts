import { OptionReader } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { readActions, type Action } from './events.js'
import { findSession } from './lookup.js'
import type { AnyRecord } from './read-record.js'
import type { AskRecord } from './record.js'
import { Tally } from './totals.js'
import type { ActionMeasures, SessionMeasures, SessionMeasuresOptions } from './types.js'

const MOST = 100_000
/** Records are let go of page by page: a session may be long, an answer large. */
const PAGE = 256

/** Every action in a few numbers. The candidates of searches are not read. */
export async function measureSession(store: Store, text: string, given: SessionMeasuresOptions): Promise<SessionMeasures> {
  const options = new OptionReader('sessionMeasures', given, ['offset', 'limit'])
  const offset = options.integer('offset', 0, Number.MAX_SAFE_INTEGER) ?? 0
  const end = offset + (options.integer('limit', 0, MOST) ?? MOST)
  const found = await findSession(store, text)
  const actions: ActionMeasures[] = []
  const tally = new Tally()
  for (let from = offset; from < Math.min(end, found.info.actionCount); from += PAGE) {
    const page = await readActions(store, found, from, Math.min(PAGE, end - from), true)
    for (const action of page) tally.add(action)
    actions.push(...page.map(measuresOf))
  }
  return { ...found.info, offset, totals: tally.totals(), actions }
}

const NONE = {
  durationMs: null,
  about: '',
  model: null,
  latencyMs: null,
  timeToFirstTokenMs: null,
  inputTokens: null,
  outputTokens: null,
  costUsd: null,
  cached: null,
  grounding: null,
  groundingLabel: null,
} satisfies Partial<ActionMeasures>

function measuresOf({ number, kind, timeMs, record, error }: Action): ActionMeasures {
  const base = { number, kind: record?.kind ?? kind ?? 'unknown', timeMs, ...NONE, error: error?.code ?? null }
  if (!record) return base
  const failed = 'error' in record ? (record.error as { code: string } | undefined) : undefined
  const { durationMs } = record as { durationMs?: number }
  const measured = { ...base, durationMs: durationMs ?? null, about: aboutOf(record), error: failed?.code ?? null }
  if (record.kind === 'find') return { ...measured, latencyMs: record.retrieval?.latencyMs ?? null }
  return record.kind === 'ask' ? { ...measured, ...askMeasures(record) } : measured
}

function askMeasures({ model, response, cost, cached, grounding }: AskRecord): Partial<ActionMeasures> {
  return {
    model: model?.label ?? null,
    latencyMs: response?.latencyMs ?? null,
    timeToFirstTokenMs: response?.timeToFirstTokenMs ?? null,
    inputTokens: response?.usage?.inputTokens ?? null,
    outputTokens: response?.usage?.outputTokens ?? null,
    costUsd: cost?.usd ?? null,
    cached,
    grounding: grounding?.score ?? null,
    groundingLabel: grounding?.label ?? null,
  }
}

function aboutOf(record: AnyRecord): string {
  switch (record.kind) {
    case 'find':
      return record.query
    case 'ask':
      return record.question
    case 'delete':
      return record.uri
    case 'put':
    case 'put-many':
    case 'update':
      return record.items[0]?.uri ?? record.items[0]?.title ?? ''
    default:
      return String(record['name'] ?? '')
  }
}
