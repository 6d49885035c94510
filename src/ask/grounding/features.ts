import { align, type Alignment, type Evidence, type WeighedTerm } from './align.js'
import { witness, type Witness } from './anchors.js'
import { checkNames } from './check-names.js'
import { checkNumbers } from './check-numbers.js'
import { checkAntonyms, checkNegation, deniesAlone } from './check-polarity.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'

/**
 * What the fitted weights are for. Each is 0–1. Tried, and left out because the fit gave them no weight: coverage by the best
 * sentence alone, neighbouring pairs, the heaviest missing word, the share of missing words, words in a changed place.
 */
export const FEATURES = [
  'coverage',
  'coverageAnywhere',
  'weakestStretch',
  'order',
  'numbersAbsent',
  'numberConflict',
  'namesMissing',
  'namesAbsent',
  'nameReplaced',
  'rolesSwapped',
  'negation',
  'negationAdded',
  'antonym',
  'antonymNear',
  'firstPerson',
  'length'
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
  const terms = new Map(alignment.terms.map((term) => [term.key, term]))
  const witnesses = indexes.map((index) => witness(claim, terms, contexts.sentences[index]!, index))
  const numbers = checkNumbers(claim, witnesses, contexts)
  const names = checkNames(claim, witnesses, contexts)
  const first = witnesses[0]
  const opposed = witnesses.map((one) => checkAntonyms(claim, one, false))
  return {
    coverage: evidence?.coverage ?? 0,
    coverageAnywhere: alignment.coverageAnywhere,
    weakestStretch: weakestStretch(claim, terms, indexes),
    order: orderKept(claim, witnesses),
    numbersAbsent: Math.min(1, numbers.absent),
    numberConflict: numbers.conflicts > 0 ? 1 : 0,
    namesMissing: Math.min(1, names.missing),
    namesAbsent: Math.min(1, names.absent),
    nameReplaced: names.replaced,
    rolesSwapped: names.swapped,
    negation: first === undefined ? 0 : checkNegation(claim, first),
    negationAdded: deniesAlone(claim, witnesses) ? 1 : 0,
    antonym: Math.max(0, ...opposed),
    antonymNear: Math.max(0, ...opposed) === 0 ? Math.max(0, ...witnesses.map((one) => checkAntonyms(claim, one, true))) : 0,
    firstPerson: firstPerson(claim) && !witnesses.some(({ sentence }) => firstPerson(sentence)) ? 1 : 0,
    length: Math.min(1, claim.terms.length / 30)
  }
}

const STRETCH = 5

/** The least share of any five words in a row that the evidence covers: a false half of a long claim cannot hide behind the other. */
function weakestStretch(claim: PreparedSentence, terms: ReadonlyMap<string, WeighedTerm>, indexes: readonly number[]): number {
  const covered = claim.terms.map(({ key }) => {
    const term = terms.get(key)!
    return { weight: term.weight, strength: Math.max(0, ...indexes.map((index) => term.matches.get(index)?.strength ?? 0)) }
  })
  if (covered.length === 0) return 0
  let weakest = 1
  for (let from = 0; from === 0 || from + STRETCH <= covered.length; from++) {
    let weight = 0
    let held = 0
    for (const term of covered.slice(from, from + STRETCH)) {
      weight += term.weight
      held += term.weight * term.strength
    }
    weakest = Math.min(weakest, held / weight)
  }
  return weakest
}

const FIRST_PERSON = ['i', "i'm", "i've", "i'd", "i'll", 'my', 'me']

function firstPerson(sentence: PreparedSentence): boolean {
  return FIRST_PERSON.some((word) => sentence.positions.has(word))
}

/** Of the neighbouring content words of the claim that a sentence of evidence holds both, the share that has the same order there. */
function orderKept(claim: PreparedSentence, witnesses: readonly Witness[]): number {
  let ahead = 0
  let both = 0
  for (let index = 1; index < claim.terms.length; index++) {
    for (const { places } of witnesses) {
      const left = places.get(claim.terms[index - 1]!.at)
      const right = places.get(claim.terms[index]!.at)
      if (left === undefined || right === undefined) continue
      both++
      if (left.some((a) => right.some((b) => b > a))) ahead++
    }
  }
  if (claim.terms.length < 2) return witnesses.length > 0 ? 1 : 0
  return both === 0 ? 0 : ahead / both
}
