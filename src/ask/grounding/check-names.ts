import { meanDistance, nearbyAnchors, type Anchors } from './anchors.js'
import { namesMatch, type Name } from './names.js'
import type { PreparedSentence } from './prepare.js'

export interface NameCheck {
  count: number
  /** Names that the evidence lacks, and those that no context holds. */
  missing: number
  absent: number
  /** Names in whose place the evidence has another. */
  replaced: number
  /** 1 when two names (or nouns) changed places around the verb or their prepositions. */
  swapped: number
}

export function checkNames(
  claim: PreparedSentence,
  evidence: readonly { sentence: PreparedSentence; anchors: Anchors }[],
  everywhere: ReadonlyMap<string, number[]>
): NameCheck {
  const check: NameCheck = { count: claim.names.length, missing: 0, absent: 0, replaced: 0, swapped: 0 }
  for (const name of claim.names) {
    if (evidence.some(({ sentence }) => holds(sentence, name))) continue
    check.missing++
    if (!name.stems.some((part) => everywhere.has(part))) check.absent++
    if (evidence.some(({ sentence, anchors }) => hasOtherInPlace(claim, name, sentence, anchors))) check.replaced++
  }
  if (evidence.some(({ sentence, anchors }) => rolesSwapped(claim, sentence, anchors))) check.swapped = 1
  return check
}

function holds(sentence: PreparedSentence, name: Name): boolean {
  return name.stems.some((part) => sentence.positions.has(part)) || sentence.names.some((other) => namesMatch(name, other))
}

/** A name of the evidence that the claim does not use stands among the words that surround this name in the claim. */
function hasOtherInPlace(claim: PreparedSentence, name: Name, evidence: PreparedSentence, anchors: Anchors): boolean {
  const near = nearbyAnchors(anchors, name.from, name.to)
  if (near.length === 0) return false
  return evidence.names.some(
    (other) => !claim.names.some((own) => namesMatch(own, other)) && meanDistance(anchors, near, (other.from + other.to - 1) / 2) <= 4.5
  )
}

const PREPOSITIONS = new Set('from to by of against over for with in at into on under between'.split(' '))
const LINKS = new Set(['and', 'or', 'between', 'with'])

interface Actor {
  at: number
  /** The preposition before it, `by` made the agent of a passive. */
  role: string
}

/** Pairs of names that both sentences hold, in changed roles: who did it to whom, from where to where. */
function rolesSwapped(claim: PreparedSentence, evidence: PreparedSentence, anchors: Anchors): boolean {
  for (let left = 0; left < claim.names.length; left++) {
    for (let right = left + 1; right < claim.names.length; right++) {
      const a = claim.names[left]!
      const b = claim.names[right]!
      if (namesMatch(a, b) || symmetric(claim, a.to, b.from)) continue
      const placesA = evidence.names.filter((name) => namesMatch(a, name) && !namesMatch(b, name))
      const placesB = evidence.names.filter((name) => namesMatch(b, name) && !namesMatch(a, name))
      if (placesA.length !== 1 || placesB.length !== 1) continue
      const verb = verbBetween(claim, a, b, anchors)
      const mine = [actor(claim, a), actor(claim, b)] as const
      const theirs = [actor(evidence, placesA[0]!), actor(evidence, placesB[0]!)] as const
      if (prepositionsSwapped(mine, theirs)) return true
      if (verb !== undefined && verbSwapped(verb, anchors, mine, theirs)) return true
    }
  }
  return false
}

function actor(sentence: PreparedSentence, name: Name): Actor {
  for (let at = name.from - 1; at >= Math.max(0, name.from - 3); at--) {
    const token = sentence.tokens[at]!
    if (PREPOSITIONS.has(token.lower)) return { at: name.from, role: token.lower }
    if (token.kind === 'symbol' || (token.stop && !/^(the|a|an|our|its|his|their|her)$/.test(token.lower))) break
  }
  return { at: name.from, role: '' }
}

/** "A and B" changes nothing when it becomes "B and A". */
function symmetric(sentence: PreparedSentence, from: number, to: number): boolean {
  const between = sentence.tokens.slice(from, to)
  return between.length <= 3 && between.every((token) => token.kind === 'symbol' || LINKS.has(token.lower) || token.lower === 'the')
}

function prepositionsSwapped(mine: readonly [Actor, Actor], theirs: readonly [Actor, Actor]): boolean {
  const [a, b] = mine
  return a.role !== b.role && a.role !== '' && b.role !== '' && theirs[0].role === b.role && theirs[1].role === a.role
}

/** The content word between two names that the evidence has between or around them too. */
function verbBetween(claim: PreparedSentence, a: Name, b: Name, anchors: Anchors): number | undefined {
  for (let at = a.to; at < b.from; at++) {
    if (anchors.at.has(at) && !claim.tokens[at]!.capital) return at
  }
  return undefined
}

function verbSwapped(
  verb: number,
  anchors: Anchors,
  mine: readonly [Actor, Actor],
  theirs: readonly [Actor, Actor]
): boolean {
  const there = anchors.at.get(verb)![0]!
  const agentOf = (at: number, pair: readonly [Actor, Actor]): number | undefined => {
    const passive = pair.findIndex((one) => one.role === 'by' && one.at > at)
    if (passive >= 0) return passive
    const before = pair.map((one) => one.at < at)
    if (before[0] === before[1]) return undefined
    return before[0] ? 0 : 1
  }
  const claimed = agentOf(verb, mine)
  const stated = agentOf(there, theirs)
  return claimed !== undefined && stated !== undefined && claimed !== stated
}
