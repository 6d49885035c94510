import { MemvidError } from '../errors.js'
import { isMap } from './codec.js'
import type { AskRecord, CheckpointRecord, DeleteRecord, FindRecord, PutRecord, ToolCallRecord } from './record.js'

/** A recorded action whose shape was checked, or one of a kind that this version does not know. */
export type KnownRecord = PutRecord | DeleteRecord | FindRecord | AskRecord | CheckpointRecord | ToolCallRecord
export type AnyRecord = KnownRecord | ({ kind: 'unknown' } & Record<string, unknown>)

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number'
const flag: Check = (value) => typeof value === 'boolean'
const bytes: Check = (value) => value instanceof Uint8Array
const nullable = (check: Check): Check => (value) => value === null || check(value)
const optional = (check: Check): Check => (value) => value === undefined || check(value)
const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check)
const map = (fields: Record<string, Check>): Check => {
  const checks = Object.entries(fields)
  return (value) => isMap(value) && checks.every(([name, check]) => check(value[name]))
}
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0

/** Columns of the same length, `hashes` with 32 bytes an entry. */
const columns = (fields: Record<string, Check>, hashes: string): Check => {
  const checks = Object.entries(fields)
  return (value) => {
    if (!isMap(value)) return false
    const hash = value[hashes]
    if (!(hash instanceof Uint8Array)) return false
    return checks.every(([name, check]) => {
      const column = value[name]
      return Array.isArray(column) && column.length * 32 === hash.length && column.every(check)
    })
  }
}

const parameters = map({
  mode: text,
  k: count,
  candidates: count,
  alpha: number,
  fusion: text,
  adaptive: nullable(map({ rule: text, threshold: number, min: count, max: count })),
  asOf: nullable(count),
  scope: nullable(text),
  tags: list(text),
  afterMs: nullable(number),
  beforeMs: nullable(number),
  snippetChars: count,
  vector: nullable(bytes),
  exact: optional(flag),
})
const snapshot = map({ commit: count, chainHash: bytes, timeMs: number, frameCount: count, liveFrameCount: count })
const candidates = columns(
  {
    frameId: count,
    start: count,
    length: count,
    score: number,
    textScore: nullable(number),
    vectorScore: nullable(number),
    textRank: nullable(number),
    vectorRank: nullable(number),
  },
  'contentHash',
)
const retrievalFacts = {
  snapshot,
  embedder: nullable(text),
  mode: text,
  queryKind: text,
  total: count,
  cut: map({ kept: count, rule: text, threshold: nullable(number) }),
  uris: list(text),
  titles: list(nullable(text)),
  latencyMs: number,
}
const skimmedRetrieval = map(retrievalFacts)
const retrieval = map({ ...retrievalFacts, candidates })
const contextColumns = columns(
  { frameId: count, start: count, length: count, uri: text, title: nullable(text), rank: count },
  'contentHash',
)
const contextFields = map({ template: text, delimiter: text, sha256: bytes, tokensEstimate: number, maxContextTokens: nullable(number) })
const context: Check = (value) => contextColumns(value) && contextFields(value)
const usage = map({ inputTokens: count, outputTokens: count })
const cost = map({ usd: nullable(text), priceTable: nullable(text), priceDate: nullable(text) })
const error = map({ code: text, message: text })
const put = map({ durability: text, items: list(map({ uri: nullable(text), title: nullable(text), tags: list(text), sizeBytes: count })) })

/** Whether a value is what a search found, and whether it is the context of an ask. */
export const isRetrieval = retrieval
export const isContext = context

const checksOf = (search: Check): Record<KnownRecord['kind'], Check> => ({
  put,
  'put-many': put,
  update: put,
  delete: map({ uri: text }),
  find: map({ query: text, parameters, retrieval: optional(search) }),
  ask: map({
    question: text,
    parameters: nullable(parameters),
    model: nullable(map({ label: text, provider: text, model: text, apiModel: text, baseUrl: nullable(text) })),
    retrieval: optional(search),
    context: optional(context),
    request: optional(map({ body: text, sha256: bytes })),
    response: optional(map({ finish: text, usage: nullable(usage), latencyMs: number, retries: number })),
    answer: optional(text),
    cost: optional(cost),
    grounding: optional(map({ score: nullable(number), sentences: list(isMap) })),
    cached: flag,
    cache: optional(map({ timeMs: number, usage: nullable(usage), cost })),
  }),
  checkpoint: map({ name: text, snapshot }),
  'tool-call': map({ name: text, input: optional(text), output: optional(text), startedAtMs: optional(number) }),
})
const CHECKS = checksOf(retrieval)
const SKIMMED_CHECKS = checksOf(skimmedRetrieval)

/** The payload of action `number` as a record. `Corrupt` when it does not have the shape of its kind. `skimmed`: without candidates. */
export function readAction(payload: Record<string, unknown>, actionNumber: number, skimmed = false): AnyRecord {
  const kind = payload['kind']
  if (typeof kind !== 'string') throw new MemvidError('Corrupt', `action ${actionNumber} has no kind`)
  const checks = skimmed ? SKIMMED_CHECKS : CHECKS
  const check = Object.hasOwn(checks, kind) ? checks[kind as KnownRecord['kind']] : () => true
  const common = optional(error)(payload['error']) && optional(number)(payload['durationMs'])
  if (!check(payload) || !common) throw new MemvidError('Corrupt', `action ${actionNumber} is not a well-formed record of a ${kind}`)
  return payload as unknown as AnyRecord
}

/** Whether a payload is a cached answer. */
export const isCachedAnswer = map({
  question: optional(text),
  answer: text,
  model: map({ label: text }),
  response: map({ finish: text, finishReasons: list(text), usage: nullable(usage) }),
  cost,
})

/** Whether a value of a start's payload says what a fork goes on from. */
export const isForkRecord = map({
  session: (value) => value instanceof Uint8Array && value.length === 16,
  name: text,
  action: count,
  checkpoint: optional(text),
  commit: count,
  chainHash: bytes,
})

const answer = map({
  number: count,
  model: map({ label: text, provider: text, apiModel: text }),
  promptSha256: bytes,
  parameters: map({ maxOutputTokens: nullable(number), temperature: nullable(number), seed: nullable(number) }),
  response: map({ finish: text, usage: nullable(usage), latencyMs: number }),
  answer: text,
  cost,
  grounding: map({ score: nullable(number), sentences: list(isMap) }),
})

/** Whether a payload is a saved replay. */
export const isReplay = map({
  name: optional(text),
  timeMs: number,
  durationMs: number,
  snapshot,
  mode: (value) => value === 'standard' || value === 'audit',
  options: isMap,
  models: list(text),
  totalActions: count,
  stopped: optional(map({ reason: text, note: text })),
  steps: list(map({ number: count, kind: text, status: text, ok: flag, note: nullable(text) })),
  answers: list(answer),
})
