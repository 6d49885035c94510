import { align, type Alignment, type Evidence } from './align.js'
import { witness, type Witness } from './anchors.js'
import { checkNames } from './check-names.js'
import { checkNumbers } from './check-numbers.js'
import { checkAntonyms, checkNegation, deniesAlone } from './check-polarity.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'
import { similarityOf } from './similarity.js'

/**
 * What the fitted weights are for. Each is 0–1. Tried, and left out because they did nothing or harm on sources that the fit had not
 * seen: the order of words, neighbouring pairs, the weakest stretch of words or part of a sentence, the number of missing words, the
 * sentence that is most alike, the claim's length.
 */
export const FEATURES = [
  'coverage',
  'coverageAnywhere',
  'similarity',
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
  'firstPerson'
] as const

export type FeatureName = (typeof FEATURES)[number]
export type Features = Record<FeatureName, number>

export interface Reading {
  features: Features
  /** The context sentences that were read as evidence; none when the claim shares no word with any. */
  evidence: Evidence | null
  /** Of the neighbouring words of the claim that the evidence holds both, the share that has the same order there. */
  order: number
}

/** Alternatives almost as good as the best evidence are tried when the best contradicts the claim. */
const ALTERNATIVE = 0.85

/** Compares a claim with its evidence and describes the outcome in numbers. */
export function readClaim(claim: PreparedSentence, contexts: PreparedContexts): Reading {
  const alignment = align(claim, contexts)
  const best = alignment.candidates[0]
  let chosen = read(claim, contexts, alignment, best ?? null)
  for (const evidence of alignment.candidates.slice(1)) {
    if (conflictsOf(chosen.features) === 0) break
    if (evidence.bestCoverage < ALTERNATIVE * best!.bestCoverage) continue
    const reading = read(claim, contexts, alignment, evidence)
    if (conflictsOf(reading.features) < conflictsOf(chosen.features)) chosen = reading
  }
  return chosen
}

export function conflictsOf(features: Features): number {
  return features.negation + features.antonym + features.numberConflict + features.rolesSwapped + features.nameReplaced
}

function read(claim: PreparedSentence, contexts: PreparedContexts, alignment: Alignment, evidence: Evidence | null): Reading {
  const indexes = evidence?.sentences ?? []
  const terms = new Map(alignment.terms.map((term) => [term.key, term]))
  const witnesses = indexes.map((index) => witness(claim, terms, contexts.sentences[index]!, index))
  const numbers = checkNumbers(claim, witnesses, contexts, terms)
  const names = checkNames(claim, witnesses, contexts)
  const first = witnesses[0]
  const opposed = witnesses.map((one) => checkAntonyms(claim, one, false, first))
  const features: Features = {
    coverage: evidence?.coverage ?? 0,
    coverageAnywhere: alignment.coverageAnywhere,
    similarity: similarityOf(claim, contexts, indexes),
    numbersAbsent: Math.min(1, numbers.absent),
    numberConflict: numbers.conflicts > 0 ? 1 : 0,
    namesMissing: Math.min(1, names.missing),
    namesAbsent: Math.min(1, names.absent),
    nameReplaced: names.replaced,
    rolesSwapped: names.swapped,
    negation: first === undefined ? 0 : checkNegation(claim, first),
    negationAdded: deniesAlone(claim, witnesses) ? 1 : 0,
    antonym: Math.max(0, ...opposed),
    antonymNear: Math.max(0, ...opposed) === 0 ? Math.max(0, ...witnesses.map((one) => checkAntonyms(claim, one, true, first))) : 0,
    firstPerson: firstPerson(claim) && !witnesses.some(({ sentence }) => firstPerson(sentence)) ? 1 : 0
  }
  return { features, evidence, order: orderKept(claim, witnesses) }
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
