/** What the page may send, checked field by field; a field that nobody knows is refused. */

import { z } from 'zod'
import type { CommitQuery, CompareRequest, DocumentQuery, EstimateRequest, MissRequest, ReaskRequest, SearchKnobs } from '../api.js'
import { Refusal } from './problem.js'

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const text = (most: number) => z.string().min(1).max(most)
const MODES = z.enum(['hybrid', 'lex', 'vec'])
const adaptive = z.strictObject({
  rule: z.enum(['relative', 'absolute', 'knee', 'gap', 'cliff']).optional(),
  threshold: z.number().min(0).max(1).optional(),
  min: count.optional(),
  max: count.max(10_000).optional(),
})
const knobs = {
  topK: count.min(1).max(10_000).optional(),
  mode: MODES.optional(),
  alpha: z.number().min(0).max(1).optional(),
  fusion: z.enum(['auto', 'relative', 'rrf']).optional(),
  adaptive: z.union([z.boolean(), adaptive]).optional(),
  asOf: z.union([z.enum(['recorded', 'now']), count]).optional(),
  filters: z.boolean().optional(),
  maxContextTokens: count.min(1).max(100_000_000).optional(),
}
const session = text(500)

const SHAPES = {
  search: z.strictObject(knobs) as z.ZodType<SearchKnobs>,
  miss: z.strictObject({ ...knobs, expect: z.union([text(2000), count]), sweep: text(500).optional() }) as z.ZodType<MissRequest>,
  estimate: z.strictObject({
    models: z.array(text(200)).min(1).max(4),
    maxOutputTokens: count.min(1).max(100_000).optional(),
  }) as z.ZodType<EstimateRequest>,
  reask: z.strictObject({ confirmation: z.string().regex(/^[0-9a-f]{32}$/) }) as z.ZodType<ReaskRequest>,
  compare: z.union([
    z.strictObject({ sessions: z.array(session).min(2).max(4) }),
    z.strictObject({ asks: z.array(z.strictObject({ session, action: count })).min(2).max(4) }),
  ]) as z.ZodType<CompareRequest>,
}

type Shapes = { [Name in keyof typeof SHAPES]: z.infer<(typeof SHAPES)[Name]> }

export function readBody<Name extends keyof Shapes>(name: Name, body: unknown): Shapes[Name] {
  const read = SHAPES[name].safeParse(body)
  if (read.success) return read.data as Shapes[Name]
  const [issue] = read.error.issues
  const place = issue?.path.join('.')
  throw new Refusal(400, 'InvalidInput', `${place ? `${place}: ` : ''}${issue?.message ?? 'the body is not as it should be'}`)
}

/** The numbers of a query string. */
export function readNumbers<Name extends string>(query: URLSearchParams, names: readonly Name[], limit: number): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {}
  for (const [name, value] of query) {
    const known = names.find((each) => each === name)
    if (known === undefined) throw new Refusal(400, 'InvalidInput', `there is no parameter ${JSON.stringify(name.slice(0, 50))} here`)
    if (!/^\d{1,15}$/.test(value)) throw new Refusal(400, 'InvalidInput', `${known} is a whole number`)
    found[known] = Number(value)
  }
  const { limit: wanted } = found as { limit?: number }
  if (wanted !== undefined && (wanted < 1 || wanted > limit)) throw new Refusal(400, 'InvalidInput', `limit is from 1 to ${limit}`)
  return found
}

export const readCommitQuery = (query: URLSearchParams): CommitQuery => readNumbers(query, ['before', 'limit'], 500)
export const readDocumentQuery = (query: URLSearchParams): DocumentQuery => readNumbers(query, ['asOf', 'offset', 'limit'], 500)
