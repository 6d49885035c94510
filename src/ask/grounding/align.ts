import { areRelatives, FAMILY_PREFIX, groupsOfStem } from '../text/related.js'
import { agrees } from './agree.js'
import { baseWeight, type PreparedContexts, type PreparedSentence } from './prepare.js'

/** How much a soft match is worth next to the word itself. */
const SYNONYM_STRENGTH = 0.75
const RELATIVE_STRENGTH = 0.6
/** What a number says, next to a usual word. */
const NUMBER_WEIGHT = 1
const WINDOW_SENTENCES = 3
/** A further sentence joins the evidence only when it covers this much more of the claim. */
const MARGINAL_COVERAGE = 0.06
/** Neighbours of the evidence read on where it stops, so they join more easily. */
const NEIGHBOUR_BONUS = 0.03
const CANDIDATES = 4

/** A word or a number of the claim: its weight, and for each context sentence that holds it, how well. */
export interface WeighedTerm {
  key: string
  at: number
  weight: number
  matches: Map<number, { strength: number; key: string }>
}

export interface Evidence {
  /** Indexes of context sentences; the best first. */
  sentences: number[]
  /** Share of the claim's weight that the best sentence covers, and that all of them cover. */
  bestCoverage: number
  coverage: number
}

export interface Alignment {
  terms: WeighedTerm[]
  totalWeight: number
  /** The most promising evidence first. */
  candidates: Evidence[]
  /** Share of the claim's weight that stands anywhere in the contexts. */
  coverageAnywhere: number
}

/** Aligns a claim with the one to three sentences of the contexts that cover it best. */
export function align(claim: PreparedSentence, contexts: PreparedContexts): Alignment {
  const terms = weighTerms(claim, contexts)
  const totalWeight = terms.reduce((sum, term) => sum + term.weight, 0)
  const coverages = new Float64Array(contexts.sentences.length)
  let anywhere = 0
  for (const term of terms) {
    let best = 0
    for (const [sentence, { strength }] of term.matches) {
      coverages[sentence]! += term.weight * strength
      if (strength > best) best = strength
    }
    anywhere += term.weight * best
  }
  const order = [...coverages.keys()].filter((index) => coverages[index]! > 0).sort((a, b) => coverages[b]! - coverages[a]! || a - b)
  const candidates = order.slice(0, CANDIDATES).map((index) => growEvidence(index, order, terms, totalWeight, contexts))
  return { terms, totalWeight, candidates, coverageAnywhere: totalWeight === 0 ? 0 : anywhere / totalWeight }
}

function weighTerms(claim: PreparedSentence, contexts: PreparedContexts): WeighedTerm[] {
  const total = contexts.sentences.length
  const scale = Math.log(1 + total)
  const seen = new Set<string>()
  const terms: WeighedTerm[] = []
  for (const term of claim.terms) {
    if (seen.has(term.key)) continue
    seen.add(term.key)
    const found = contexts.postings.get(term.key)
    // A word that the contexts lack is taken to be as rare as one that they hold once: no rarer, or every slip would be decisive.
    const rarity = scale === 0 ? 1 : Math.log(1 + total / (found?.length ?? 1)) / Math.log(1 + total)
    terms.push({
      key: term.key,
      at: term.at,
      weight: baseWeight(claim, term) * (0.5 + 0.5 * rarity),
      matches: matchesOf(term.key, contexts)
    })
  }
  for (const quantity of claim.quantities) {
    const matches: WeighedTerm['matches'] = new Map()
    contexts.sentences.forEach(({ quantities }, index) => {
      if (quantities.some((other) => agrees(quantity, other))) matches.set(index, { strength: 1, key: '' })
    })
    terms.push({ key: `#${quantity.from}`, at: quantity.from, weight: NUMBER_WEIGHT, matches })
  }
  return terms
}

function matchesOf(key: string, contexts: PreparedContexts): WeighedTerm['matches'] {
  const matches: WeighedTerm['matches'] = new Map()
  const add = (other: string, strength: number) => {
    for (const sentence of contexts.postings.get(other) ?? []) {
      if ((matches.get(sentence)?.strength ?? 0) < strength) matches.set(sentence, { strength, key: other })
    }
  }
  add(key, 1)
  for (const group of groupsOfStem(key)) for (const other of contexts.byGroup.get(group) ?? []) add(other, SYNONYM_STRENGTH)
  if (key.length >= FAMILY_PREFIX) {
    for (const other of contexts.byPrefix.get(key.slice(0, FAMILY_PREFIX)) ?? [])
      if (areRelatives(key, other)) add(other, RELATIVE_STRENGTH)
  }
  return matches
}

function growEvidence(
  first: number,
  order: readonly number[],
  terms: readonly WeighedTerm[],
  totalWeight: number,
  contexts: PreparedContexts
): Evidence {
  const covered = terms.map((term) => term.matches.get(first)?.strength ?? 0)
  const share = () => (totalWeight === 0 ? 0 : terms.reduce((sum, term, index) => sum + term.weight * covered[index]!, 0) / totalWeight)
  const bestCoverage = share()
  const sentences = [first]
  while (sentences.length < WINDOW_SENTENCES) {
    let bestGain = MARGINAL_COVERAGE
    let best = -1
    for (const index of order.slice(0, 24)) {
      if (sentences.includes(index)) continue
      let gain = 0
      let words = 0
      terms.forEach((term, at) => {
        const strength = term.matches.get(index)?.strength ?? 0
        if (strength <= covered[at]!) return
        gain += term.weight * (strength - covered[at]!)
        words++
      })
      gain /= totalWeight || 1
      const neighbour = isNeighbour(contexts, first, index)
      // A single word found far away, such as another name put into the claim, is no evidence.
      if (words === 0 || (words === 1 && !neighbour)) continue
      if (neighbour) gain += NEIGHBOUR_BONUS
      if (gain > bestGain) {
        bestGain = gain
        best = index
      }
    }
    if (best < 0) break
    sentences.push(best)
    terms.forEach((term, at) => (covered[at] = Math.max(covered[at]!, term.matches.get(best)?.strength ?? 0)))
  }
  return { sentences, bestCoverage, coverage: share() }
}

function isNeighbour(contexts: PreparedContexts, a: number, b: number): boolean {
  return Math.abs(a - b) <= 2 && contexts.sentences[a]!.context === contexts.sentences[b]!.context
}
