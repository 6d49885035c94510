import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { areaUnderCurve, detection } from '../../bench/grounding/measure.js'
import { readClaims } from '../../bench/grounding/set.js'
import { scoreGrounding } from '../../src/ask/grounding/index.js'

/** The test split, by document apart from the one that the weights were fitted on. */
const claims = readClaims().filter(({ split }) => split === 'test')
const speeches = claims.filter(({ set }) => set === 'speeches')
const scored = speeches.map((claim) => {
  const grounding = scoreGrounding(claim.claim, claim.contexts)
  return { kind: claim.kind, supported: claim.supported, score: grounding.sentences[0]!.score, answerScore: grounding.score! }
})
const positives = scored.filter(({ supported }) => supported)
const negatives = scored.filter(({ supported }) => !supported)

describe('the test split of the shipped set', () => {
  it('has at least 600 pairs in both splits together, and five kinds of perturbation', () => {
    assert.ok(readClaims().filter(({ set }) => set === 'speeches').length >= 600)
    for (const kind of ['negation', 'number', 'name', 'antonym', 'invention'])
      assert.ok(negatives.filter((claim) => claim.kind === kind).length >= 40, kind)
  })

  it('is told apart with an AUC of 0.90 or more, by the sentence and by the answer', () => {
    assert.ok(
      areaUnderCurve(
        positives.map(({ score }) => score),
        negatives.map(({ score }) => score)
      ) >= 0.9
    )
    assert.ok(
      areaUnderCurve(
        positives.map(({ answerScore }) => answerScore),
        negatives.map(({ answerScore }) => answerScore)
      ) >= 0.9
    )
  })

  for (const kind of ['negation', 'number', 'name']) {
    it(`has its ${kind} swaps detected in 85 % at 10 % false alarms`, () => {
      const swapped = negatives.filter((claim) => claim.kind === kind).map(({ score }) => score)
      const { detected } = detection(
        positives.map(({ score }) => score),
        swapped,
        0.1
      )
      assert.ok(detected >= 0.85, `${kind}: ${detected.toFixed(3)}`)
    })
  }
})

describe('the other sources', () => {
  for (const [set, least] of [
    ['everyday', 0.85],
    ['articles', 0.84],
    ['talk', 0.95]
  ] as const) {
    it(`${set}, written by hand: AUC of ${least} or more, and a supported claim is hardly ever LOW`, () => {
      const own = claims.filter((claim) => claim.set === set)
      const scores = (supported: boolean) =>
        own.filter((claim) => claim.supported === supported).map(({ claim, contexts }) => scoreGrounding(claim, contexts).score ?? 0)
      const auc = areaUnderCurve(scores(true), scores(false))
      assert.ok(auc >= least, `${auc}`)
      assert.ok(scores(true).filter((score) => score < 0.4).length <= 0.15 * scores(true).length)
    })
  }
})
