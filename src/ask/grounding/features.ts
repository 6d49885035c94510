import { align, type Alignment, type Evidence } from './align.js'
import { anchorsIn, type Anchors } from './anchors.js'
import { checkNames } from './check-names.js'
import { checkNumbers } from './check-numbers.js'
import { checkAntonyms, checkNegation } from './check-polarity.js'
import { findNegations } from './polarity.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'

/** What the fitted weights are for. Each is 0–1. The order is part of no format; weights are kept by name. */
export const FEATURES = [
  'bestCoverage', 'coverage', 'coverageAnywhere', 'pairs', 'order', 'rarestMissing', 'missingShare', 'numbersMissing', 'numbersAbsent',
  'numberConflict', 'namesMissing', 'namesAbsent', 'nameReplaced', 'rolesSwapped', 'negation', 'negationCount', 'antonym', 'firstPerson', 'length'
] as const

export type FeatureName = (typeof FEATURES)[number]
export type Features = Record<FeatureName, number>

export interface Reading {
  features: Features
  /** The context sentences that were read as evidence; none when the claim shares no word with any. */
  evidence: Evidence | null
}

/** Alternatives almost as good as the best evidence are tried when the best contradicts the claim. */
const ALTERNATIVE = 0.85

/** Compares a claim with its evidence and describes the outcome in numbers. */
export function readClaim(claim: PreparedSentence, contexts: PreparedContexts): Reading {
  const alignment = align(claim, contexts)
  const best = alignment.candidates[0]
  if (best === undefined) return { features: describe(claim, contexts, alignment, null), evidence: null }
  let chosen: Reading = { features: describe(claim, contexts, alignment, best), evidence: best }
  for (const evidence of alignment.candidates.slice(1)) {
    if (conflictsOf(chosen.features) === 0) break
    if (evidence.bestCoverage < ALTERNATIVE * best.bestCoverage) continue
    const features = describe(claim, contexts, alignment, evidence)
    if (conflictsOf(features) < conflictsOf(chosen.features)) chosen = { features, evidence }
  }
  return chosen
}

export function conflictsOf(features: Features): number {
  return features.negation + features.antonym + features.numberConflict + features.rolesSwapped + features.nameReplaced
}

function describe(claim: PreparedSentence, contexts: PreparedContexts, alignment: Alignment, evidence: Evidence | null): Features {
  const indexes = evidence?.sentences ?? []
  const window = indexes.map((index) => ({ sentence: contexts.sentences[index]!, anchors: anchorsIn(claim, alignment.terms, contexts.sentences[index]!, index) }))
  const numbers = checkNumbers(claim, window, contexts.sentences)
  const names = checkNames(claim, window, contexts.postings)
  const { pairs, order } = sequence(claim, window)
  const missing = alignment.terms.filter((term) => !indexes.some((index) => term.matches.has(index)))
  const heaviest = Math.max(0, ...missing.map((term) => term.weight))
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
  const first = window[0]
  return {
    bestCoverage: evidence?.bestCoverage ?? 0,
    coverage: evidence?.coverage ?? 0,
    coverageAnywhere: alignment.coverageAnywhere,
    pairs,
    order,
    rarestMissing: Math.min(1, heaviest / 1.3),
    missingShare: share(missing.length, alignment.terms.length),
    numbersMissing: share(numbers.count - numbers.held, numbers.count),
    numbersAbsent: share(numbers.absent, numbers.count),
    numberConflict: numbers.conflicts > 0 ? 1 : 0,
    namesMissing: share(names.missing, names.count),
    namesAbsent: share(names.absent, names.count),
    nameReplaced: names.replaced > 0 ? 1 : 0,
    rolesSwapped: names.swapped,
    negation: first === undefined ? 0 : checkNegation(claim, first.sentence, first.anchors),
    negationCount: first === undefined ? 0 : Math.min(1, Math.abs(findNegations(claim.tokens).length - findNegations(first.sentence.tokens).length)),
    antonym: first === undefined ? 0 : checkAntonyms(claim, first.sentence, first.anchors),
    firstPerson: firstPerson(claim) && !window.some(({ sentence }) => firstPerson(sentence)) ? 1 : 0,
    length: Math.min(1, claim.terms.length / 30)
  }
}

const FIRST_PERSON = ['i', "i'm", "i've", "i'd", "i'll", 'my', 'me']

function firstPerson(sentence: PreparedSentence): boolean {
  return FIRST_PERSON.some((word) => sentence.positions.has(word))
}

/** Neighbouring content words of the claim that are neighbours in the evidence too, and how far their order is the same. */
function sequence(claim: PreparedSentence, window: readonly { anchors: Anchors }[]): { pairs: number; order: number } {
  const places = claim.terms.map((term) => term.at)
  if (places.length < 2) return { pairs: window.length > 0 && window[0]!.anchors.at.size > 0 ? 1 : 0, order: window.length > 0 ? 1 : 0 }
  let together = 0
  let ahead = 0
  let both = 0
  for (let index = 1; index < places.length; index++) {
    let near = 0
    for (const { anchors } of window) {
      const left = anchors.at.get(places[index - 1]!)
      const right = anchors.at.get(places[index]!)
      if (left === undefined || right === undefined) continue
      both++
      if (left.some((a) => right.some((b) => b > a && b - a <= 4))) near = 1
      else if (left.some((a) => right.some((b) => Math.abs(b - a) <= 6))) near = Math.max(near, 0.6)
      if (left.some((a) => right.some((b) => b > a))) ahead++
    }
    together += near
  }
  return { pairs: together / (places.length - 1), order: both === 0 ? 0 : ahead / both }
}
