import { agrees } from './agree.js'
import type { WeighedTerm } from './align.js'
import { company, distanceFrom, witness, type Witness } from './anchors.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'
import type { Quantity } from './quantities.js'

export interface NumberCheck {
  /** Numbers for which the evidence has another of the same kind in the same place. */
  conflicts: number
  /** Numbers that no context holds. */
  absent: number
}

/** Words by which a differing number must be nearer before the agreeing one is taken to belong elsewhere. */
const MARGIN = 1.75
const LIST_MARGIN = 2.5
/** What a number gains when it counts the same thing. */
const COUNTED_BONUS = 3
/** What it gains behind the same preposition: "from 3 to 5". */
const PREPOSITION_BONUS = 1.5

/** Sentences outside the evidence that are looked at because they hold a number of the claim. */
const HOMES = 3

/** Compares the numbers of a claim with those of its evidence, and failing that with those of all contexts. */
export function checkNumbers(
  claim: PreparedSentence,
  witnesses: readonly Witness[],
  contexts: PreparedContexts,
  terms: ReadonlyMap<string, WeighedTerm>
): NumberCheck {
  const check: NumberCheck = { conflicts: 0, absent: 0 }
  for (const quantity of claim.quantities) {
    const holders = holdersOf(quantity, contexts)
    const homes = bestHomes(holders, witnesses, terms).map((index) => witness(claim, terms, contexts.sentences[index]!, index))
    const verdict = checkOne(quantity, claim, [...witnesses, ...homes])
    if (verdict === 'conflict' && !isSpan(quantity, witnesses)) check.conflicts++
    if (verdict !== 'held' && holders.length === 0 && !isSpan(quantity, witnesses)) check.absent++
  }
  return check
}

/** Indexes of the sentences of the contexts that hold a number which bears the claim's out. */
function holdersOf(quantity: Quantity, { sentences }: PreparedContexts): number[] {
  const holders: number[] = []
  sentences.forEach(({ quantities }, index) => {
    if (quantities.some((other) => agrees(quantity, other))) holders.push(index)
  })
  return holders
}

/** Of the sentences that hold a number, those that share most with the claim: a long claim's numbers need not all stand in its evidence. */
function bestHomes(holders: readonly number[], witnesses: readonly Witness[], terms: ReadonlyMap<string, WeighedTerm>): number[] {
  if (witnesses.length === 0) return []
  return holders
    .filter((index) => !witnesses.some((witness) => witness.index === index))
    .map((index) => ({
      index,
      shared: [...terms.values()].reduce((sum, { weight, matches }) => sum + weight * (matches.get(index)?.strength ?? 0), 0)
    }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared || a.index - b.index)
    .slice(0, HOMES)
    .map(({ index }) => index)
}

/** "Ten years" is borne out by two years of the evidence that lie so far apart. */
function isSpan({ dimension, value }: Quantity, witnesses: readonly Witness[]): boolean {
  if (dimension !== 'calendar' || value % 12 !== 0) return false
  const years = witnesses.flatMap(({ sentence }) =>
    sentence.quantities.map(({ date, dimension, value }) => date?.year ?? (dimension === 'year' ? value : Number.NaN))
  )
  return years.some((from) => years.some((to) => to - from === value / 12))
}

/** Compares by place: of all numbers of its kind in the evidence, the one in the claim's company must be the claim's. */
function checkOne(quantity: Quantity, claim: PreparedSentence, witnesses: readonly Witness[]): 'held' | 'conflict' | 'missing' {
  const near = company(claim, quantity.from, quantity.to)
  let agreeing = Number.POSITIVE_INFINITY
  let differing = Number.POSITIVE_INFINITY
  for (const witness of witnesses) {
    for (const other of witness.sentence.quantities) {
      const distance = distanceFrom(witness, near, (other.from + other.to - 1) / 2) - bonus(quantity, claim, other, witness.sentence)
      if (agrees(quantity, other)) agreeing = Math.min(agreeing, distance)
      else if (sameKind(quantity, other)) {
        // In a list of years each stands near the words of all; another number of the claim's must be much nearer to count.
        const taken = claim.quantities.some((own) => own !== quantity && agrees(own, other))
        differing = Math.min(differing, distance + (taken ? LIST_MARGIN : 0))
      }
    }
  }
  if (agreeing <= differing + MARGIN) return agreeing === Number.POSITIVE_INFINITY ? 'missing' : 'held'
  return 'conflict'
}

function bonus(own: Quantity, claim: PreparedSentence, other: Quantity, sentence: PreparedSentence): number {
  const before = prepositionBefore(claim, own.from)
  const same = before !== undefined && before === prepositionBefore(sentence, other.from)
  return (sharesCounted(own, other) ? COUNTED_BONUS : 0) + (same ? PREPOSITION_BONUS : 0)
}

function prepositionBefore({ tokens }: PreparedSentence, at: number): string | undefined {
  for (let index = at - 1; index >= Math.max(0, at - 2); index--)
    if (/^(from|to|by|of|in|against|at)$/.test(tokens[index]!.lower)) return tokens[index]!.lower
  return undefined
}

function sharesCounted(a: Quantity, b: Quantity): boolean {
  return a.counted[0] !== undefined && b.counted[0] !== undefined && (b.counted.includes(a.counted[0]) || a.counted.includes(b.counted[0]))
}

function sameKind(a: Quantity, b: Quantity): boolean {
  if (a.dimension === b.dimension) return true
  const calendar = (quantity: Quantity) => quantity.dimension === 'date' || quantity.dimension === 'year'
  return calendar(a) && calendar(b)
}
