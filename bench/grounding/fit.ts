/**
 * Fits the weights of the grounding scorer on the fit split of all sources together: logistic regression with an L2 penalty and the
 * sign of each weight fixed beforehand, so that no feature can be turned against its meaning by a quirk of a source. Sources count
 * by the square root of their size. Also fits without each source and measures on it, which shows what to expect elsewhere.
 *
 * Writes src/ask/grounding/weights.ts.
 *
 *   node dist/bench/grounding/fit.js
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FEATURES, type FeatureName } from '../../src/ask/grounding/features.js'
import { prepareContexts, type PreparedContexts } from '../../src/ask/grounding/prepare.js'
import { fitLogistic, predict, type Model, type Row, type Sign } from './logistic.js'
import { areaUnderCurve, claimFeatures } from './measure.js'
import { readClaims, SETS, type LabelledClaim } from './set.js'

const PENALTY = 0.0005
/**
 * The penalty makes the model too unsure, and equal classes too strict: probabilities are spread and moved so that on the fit split the
 * label HIGH (0.70) parts supported from unsupported claims about best in all sources. Ranks do not change.
 */
const SPREAD = 1.2
const SHIFT = 0.5

/** Features whose weight may only be positive; of all others it may only be negative. */
const HELPS: ReadonlySet<FeatureName> = new Set<FeatureName>(['coverage', 'coverageAnywhere', 'similarity'])
const signs = FEATURES.map((name): Sign => (HELPS.has(name) ? 1 : -1))

type SetRow = Row & Pick<LabelledClaim, 'set' | 'split'>

const prepared = new Map<string, PreparedContexts>()
const rows = readClaims().flatMap(({ set, split, claim, contexts, supported }): SetRow[] => {
  const key = contexts.join('\n')
  if (!prepared.has(key)) prepared.set(key, prepareContexts(contexts))
  const features = claimFeatures(claim, prepared.get(key)!)
  if (features === null) return []
  return [{ set, split, values: FEATURES.map((name) => features[name]), target: supported ? 1 : 0, weight: 1 }]
})

/** Weighs the claims of one source and label by one over the square root of their number. */
function weighed(chosen: readonly SetRow[]): SetRow[] {
  const counts = new Map<string, number>()
  for (const { set, target } of chosen) counts.set(`${set} ${target}`, (counts.get(`${set} ${target}`) ?? 0) + 1)
  return chosen.map((row) => ({ ...row, weight: 1 / Math.sqrt(counts.get(`${row.set} ${row.target}`)!) }))
}

function auc(model: Model, chosen: readonly SetRow[]): string {
  const scores = (target: 0 | 1) => chosen.filter((row) => row.target === target).map((row) => predict(model, row.values))
  return areaUnderCurve(scores(1), scores(0)).toFixed(3)
}

const fitted = rows.filter(({ split }) => split === 'fit')
const model = fitLogistic(weighed(fitted), signs, PENALTY)
console.log(
  'AUC of single statements: fitted on the fit split, measured on the test split; fitted on all other sources, measured on this one'
)
for (const set of SETS) {
  const without = fitLogistic(weighed(rows.filter((row) => row.set !== set)), signs, PENALTY)
  const test = rows.filter((row) => row.set === set && row.split === 'test')
  console.log(
    `${set}: ${auc(model, test)}, ${auc(
      without,
      rows.filter((row) => row.set === set)
    )}`
  )
}

const supported = fitted.filter((row) => row.target === 1).length
const table = FEATURES.map((name, index) => `  ${name}: ${Number((SPREAD * model.weights[index]!).toFixed(3))}`).join(',\n')
const source = `import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (${fitted.length} claims of ${SETS.length} sources, ${supported} of them supported), L2 penalty ${PENALTY}, spread by ${SPREAD} and moved by ${SHIFT}.
 */
export const INTERCEPT = ${Number((SPREAD * model.intercept + SHIFT).toFixed(3))}

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
${table}
}
`
writeFileSync(fileURLToPath(new URL('../../../src/ask/grounding/weights.ts', import.meta.url)), source)
console.log(source)
