import { FEATURES, type FeatureName } from '../../src/ask/grounding/features.js'
import { prepareContexts, type PreparedContexts } from '../../src/ask/grounding/prepare.js'
import { fitLogistic, predict, type Model, type Row, type Sign } from './logistic.js'
import { areaUnderCurve, claimFeatures } from './measure.js'
import { readClaims, SETS, type LabelledClaim } from './set.js'

export const PENALTY = 0.0005

/** Features whose weight may only be positive; of all others it may only be negative. */
const HELPS: ReadonlySet<FeatureName> = new Set<FeatureName>(['coverage', 'coverageAnywhere', 'similarity'])
const SIGNS = FEATURES.map((name): Sign => (HELPS.has(name) ? 1 : -1))

export type SetRow = Row & Pick<LabelledClaim, 'set' | 'split'>

/** The features of every labelled claim that makes one statement. */
export function readRows(): SetRow[] {
  const prepared = new Map<string, PreparedContexts>()
  return readClaims().flatMap(({ set, split, claim, contexts, supported }): SetRow[] => {
    const key = contexts.join('\n')
    if (!prepared.has(key)) prepared.set(key, prepareContexts(contexts))
    const features = claimFeatures(claim, prepared.get(key)!)
    if (features === null) return []
    return [{ set, split, values: FEATURES.map((name) => features[name]), target: supported ? 1 : 0, weight: 1 }]
  })
}

/** Fits with sources counting by the square root of their size, for each label. */
export function fitRows(rows: readonly SetRow[]): Model {
  const counts = new Map<string, number>()
  for (const { set, target } of rows) counts.set(`${set} ${target}`, (counts.get(`${set} ${target}`) ?? 0) + 1)
  const weighed = rows.map((row) => ({ ...row, weight: 1 / Math.sqrt(counts.get(`${row.set} ${row.target}`)!) }))
  return fitLogistic(weighed, SIGNS, PENALTY)
}

export interface CrossSource {
  set: LabelledClaim['set']
  /** Fitted on the fit split of all sources, measured on the test split of this one. */
  within: number
  /** Fitted on all other sources, measured on this one. */
  across: number
}

/** What to expect on sources that the weights were fitted to, and on others. */
export function crossSources(rows: readonly SetRow[]): CrossSource[] {
  const model = fitRows(rows.filter(({ split }) => split === 'fit'))
  const auc = (by: Model, chosen: readonly SetRow[]) => {
    const scores = (target: 0 | 1) => chosen.filter((row) => row.target === target).map((row) => predict(by, row.values))
    return areaUnderCurve(scores(1), scores(0))
  }
  return SETS.map((set) => {
    const own = rows.filter((row) => row.set === set)
    const without = fitRows(rows.filter((row) => row.set !== set))
    return {
      set,
      within: auc(
        model,
        own.filter(({ split }) => split === 'test')
      ),
      across: auc(without, own)
    }
  })
}
