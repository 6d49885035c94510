import type { Witness } from './anchors.js'
import { namesMatch, type Name } from './names.js'
import type { PreparedSentence } from './prepare.js'

const LINKS = new Set(['and', 'or', 'between', 'with'])
const BESIDE = 3
/** How much more alike the surroundings must be after the exchange. */
const MARGIN = 0.8
/** A word that stands on the other side of the name counts less. */
const OTHER_SIDE = 0.4

/** True when two names that both sentences hold changed roles: who did it to whom, from where to where. */
export function rolesSwapped(claim: PreparedSentence, witness: Witness): boolean {
  const { sentence } = witness
  for (let left = 0; left < claim.names.length; left++) {
    for (let right = left + 1; right < claim.names.length; right++) {
      const a = claim.names[left]!
      const b = claim.names[right]!
      if (namesMatch(a, b) || isSymmetric(claim, a.to, b.from)) continue
      const placesA = sentence.names.filter((name) => namesMatch(a, name) && !namesMatch(b, name))
      const placesB = sentence.names.filter((name) => namesMatch(b, name) && !namesMatch(a, name))
      if (placesA.length === 0 || placesB.length === 0) continue
      if (placesA.some((one) => placesB.some((other) => isSymmetric(sentence, Math.min(one.to, other.to), Math.max(one.from, other.from)))))
        continue
      if (isPassive(claim, a, b) !== placesA.some((one) => placesB.some((other) => isPassive(sentence, one, other)))) {
        if (agentChanged(claim, witness, a, b, placesA[0]!, placesB[0]!)) return true
        continue
      }
      const likeness = (own: Name, others: readonly Name[]) => Math.max(...others.map((other) => sideLikeness(claim, own, witness, other)))
      const straight = likeness(a, placesA) + likeness(b, placesB)
      const crossed = likeness(a, placesB) + likeness(b, placesA)
      if (crossed >= straight + MARGIN) return true
    }
  }
  return false
}

/** True when a name that the claim does not use stands in the evidence where the claim has this one, which stands elsewhere there. */
export function placeTaken(claim: PreparedSentence, name: Name, witness: Witness): boolean {
  const { names } = witness.sentence
  const own = names.filter((other) => namesMatch(name, other))
  const strangers = names.filter((other) => !claim.names.some((mine) => namesMatch(mine, other)))
  if (own.length === 0 || strangers.length === 0) return false
  const likeness = (others: readonly Name[]) => Math.max(...others.map((other) => sideLikeness(claim, name, witness, other)))
  return likeness(strangers) >= likeness(own) + 2 * MARGIN
}

/** "A and B" changes nothing when it becomes "B and A". */
function isSymmetric(sentence: PreparedSentence, from: number, to: number): boolean {
  const between = sentence.tokens.slice(from, to)
  return between.length <= 3 && between.every((token) => token.kind === 'symbol' || LINKS.has(token.lower) || token.lower === 'the')
}

/** How many of the words left and right of a name stand on the same side of the other; a preposition right before counts too. */
export function sideLikeness(claim: PreparedSentence, own: Name, { sentence, places }: Witness, other: Name): number {
  let alike = 0
  for (const { at, before: left, worth } of sidesOf(claim, own)) {
    const token = claim.tokens[at]!
    const found = places.get(at) ?? (token.stop ? sentence.positions.get(token.stem) : undefined)
    if (found === undefined) continue
    const before = found.some((place) => place < other.from && place >= other.from - BESIDE - 1)
    const behind = found.some((place) => place >= other.to && place < other.to + BESIDE + 1)
    if (left ? before : behind) alike += worth
    else if (!token.stop && (before || behind)) alike += OTHER_SIDE * worth
  }
  return alike
}

/** The most that the surroundings of a name can be alike. */
export function sideWorth(claim: PreparedSentence, name: Name): number {
  return sidesOf(claim, name).reduce((sum, { worth }) => sum + worth, 0)
}

/** The words left and right of a name with what each is worth; names and marks are worth nothing, and articles are looked through. */
function sidesOf(claim: PreparedSentence, { from, to }: Name): { at: number; before: boolean; worth: number }[] {
  const sides: { at: number; before: boolean; worth: number }[] = []
  for (const before of [true, false]) {
    let at = before ? from - 1 : to
    for (let step = 1; step <= BESIDE; at += before ? -1 : 1) {
      const token = claim.tokens[at]
      if (token === undefined) break
      if (ARTICLES.has(token.lower)) continue
      if (token.kind !== 'symbol' && !token.capital)
        sides.push({ at, before, worth: token.stop ? (step === 1 ? 0.75 : 0.25) : 1 / Math.sqrt(step) })
      step++
    }
  }
  return sides
}

const ARTICLES = new Set(['the', 'a', 'an'])

/** One of the two names is the agent of a passive: "was attacked by France". */
function isPassive(sentence: PreparedSentence, a: Name, b: Name): boolean {
  return [a, b].some((name) => byBefore(sentence, name))
}

function byBefore(sentence: PreparedSentence, name: Name): boolean {
  const before = sentence.tokens.slice(Math.max(0, name.from - 3), name.from).filter((token) => token.lower !== 'the')
  return before.some((token) => token.lower === 'by')
}

/** Between an active and a passive sentence, the one who acts is the name behind "by" there and the one before the verb here. */
function agentChanged(claim: PreparedSentence, { sentence, places }: Witness, a: Name, b: Name, thereA: Name, thereB: Name): boolean {
  let verb: number | undefined
  for (let at = a.to; at < b.from; at++) if (places.has(at) && !claim.tokens[at]!.capital) verb ??= at
  if (verb === undefined) return false
  const claimed = agentOf(claim, verb, a, b)
  const stated = agentOf(sentence, places.get(verb)![0]!, thereA, thereB)
  return claimed !== undefined && stated !== undefined && claimed !== stated
}

function agentOf(sentence: PreparedSentence, verb: number, a: Name, b: Name): 'a' | 'b' | undefined {
  if (byBefore(sentence, a) && a.from > verb) return 'a'
  if (byBefore(sentence, b) && b.from > verb) return 'b'
  if (a.from < verb === b.from < verb) return undefined
  return a.from < verb ? 'a' : 'b'
}
