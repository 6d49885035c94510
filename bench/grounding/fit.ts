/**
 * Fits the weights of the grounding scorer: logistic regression on the fit split of fixtures/grounding, with an L2 penalty and
 * the sign of each weight fixed beforehand, so that no feature can be turned against its meaning by a quirk of the set.
 *
 * Writes src/ask/grounding/weights.ts.
 *
 *   node dist/bench/grounding/fit.js
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FEATURES, type FeatureName } from '../../src/ask/grounding/features.js'
import { claimFeatures } from './measure.js'
import { readClaims } from './set.js'

const STEPS = 15_000
const RATE = 0.8
const PENALTY = 0.0005
/** Hand-written claims are nearer to what models answer than rule-made ones. */
const HAND_WRITTEN_WEIGHT = 2

/** Features whose weight may only be positive; of all others it may only be negative, except where the sign is free. */
const HELPS: ReadonlySet<FeatureName> = new Set<FeatureName>(['coverage', 'coverageAnywhere', 'weakestStretch', 'order'])
const FREE: ReadonlySet<FeatureName> = new Set<FeatureName>(['length'])

interface Row {
  values: number[]
  target: 0 | 1
  weight: number
}

const rows = readClaims()
  .filter((claim) => claim.split === 'fit')
  .map((claim): Row => {
    const features = claimFeatures(claim.claim, claim.contexts)
    const handWritten = claim.set === 'everyday' || claim.kind === 'paraphrase'
    return {
      values: FEATURES.map((name) => features[name]),
      target: claim.supported ? 1 : 0,
      weight: handWritten ? HAND_WRITTEN_WEIGHT : 1
    }
  })

const sumOf = (target: 0 | 1) => rows.reduce((sum, row) => sum + (row.target === target ? row.weight : 0), 0)
const classWeight = [rows.length / 2 / sumOf(0), rows.length / 2 / sumOf(1)] as const
const weights = FEATURES.map(() => 0)
let intercept = 0
for (let step = 0; step < STEPS; step++) {
  const gradient = FEATURES.map(() => 0)
  let interceptGradient = 0
  for (const { values, target, weight } of rows) {
    let sum = intercept
    for (let index = 0; index < values.length; index++) sum += values[index]! * weights[index]!
    const error = (1 / (1 + Math.exp(-sum)) - target) * classWeight[target] * weight
    interceptGradient += error
    for (let index = 0; index < values.length; index++) gradient[index]! += error * values[index]!
  }
  intercept -= (RATE * interceptGradient) / rows.length
  FEATURES.forEach((name, index) => {
    const moved = weights[index]! - RATE * (gradient[index]! / rows.length + PENALTY * weights[index]!)
    weights[index] = FREE.has(name) ? moved : HELPS.has(name) ? Math.max(0, moved) : Math.min(0, moved)
  })
}

const supported = rows.filter((row) => row.target === 1)
const table = FEATURES.map((name, index) => `  ${name}: ${Number(weights[index]!.toFixed(3))}`).join(',\n')
const source = `import type { FeatureName } from './features.js'

/**
 * Made by bench/grounding/fit.ts; not edited by hand. Logistic regression on the fit split of fixtures/grounding
 * (${rows.length} claims, ${supported.length} of them supported), L2 penalty ${PENALTY}.
 */
export const INTERCEPT = ${Number(intercept.toFixed(3))}

export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
${table}
}
`
writeFileSync(fileURLToPath(new URL('../../../src/ask/grounding/weights.ts', import.meta.url)), source)
console.log(source)
