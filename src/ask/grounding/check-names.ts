import { company, distanceFromNearest, held, type Witness } from './anchors.js'
import { FAMILY_PREFIX } from '../text/related.js'
import { namesMatch, wordsMatch, type Name } from './names.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'
import { placeTaken, rolesSwapped, sideLikeness, sideWorth } from './roles.js'

export interface NameCheck {
  /** Names that the evidence lacks where the claim has them, and those that no context holds. */
  missing: number
  absent: number
  /** How surely the evidence has another name in the place of one, 0 to 1. */
  replaced: number
  /** 1 when two names changed places around the verb or their prepositions. */
  swapped: number
}

/** A name may stand this many sentences before its evidence, which then speaks of "he" or "the company". */
const SENTENCES_BACK = 2
/** … and farther back when the evidence says "he" or "she". */
const PRONOUN_SENTENCES_BACK = 6
/** Sentences of one context that name its subject. */
const TOPIC_SENTENCES = 3
const PRONOUNS = ['he', 'she']
/** How sure another name in the place of one is when that one stands close before, so that the claim may only have moved it. */
const BEFORE_TOO = 0.75
/** How sure it is that a name which stands elsewhere in the evidence has another one's place in the claim. */
const PLACE_TAKEN = 0.6
const IN_PLACE = 7
/** Likeness of the surroundings from which on another name surely stands in the place of this one. */
const CERTAIN_LIKENESS = 1.5
/** Surroundings that are half alike are less than half as sure a sign. */
const SHARPNESS = 1.5
/** Fewer surroundings than this say little, however much alike they are. */
const LEAST_WORTH = 0.75

export function checkNames(claim: PreparedSentence, witnesses: readonly Witness[], contexts: PreparedContexts): NameCheck {
  const check: NameCheck = { missing: 0, absent: 0, replaced: 0, swapped: 0 }
  for (const name of claim.names) {
    const near = company(claim, name.from, name.to)
    const home = homeOf(near, witnesses)
    if (home === undefined) check.missing++
    else if (isAltered(claim, name, home.sentence)) check.replaced = 1
    else if (!holds(home.sentence, name)) {
      const pronoun = PRONOUNS.some((word) => home.sentence.positions.has(word))
      const before = standsBefore(name, home, contexts, pronoun ? PRONOUN_SENTENCES_BACK : SENTENCES_BACK)
      const other = pronoun && before ? 0 : otherInPlace(claim, name, near, home)
      check.replaced = Math.max(check.replaced, before ? BEFORE_TOO * other : other)
      check.missing += before || isTopic(name, home, contexts) || standsBeside(name, home, witnesses) ? 0.2 + 0.4 * other : 1
    } else if (placeTaken(claim, name, home)) check.replaced = Math.max(check.replaced, PLACE_TAKEN)
    if (!name.stems.some((part) => standsAnywhere(part, contexts))) check.absent++
  }
  if (witnesses.some((witness) => rolesSwapped(claim, witness))) check.swapped = 1
  return check
}

function standsAnywhere(part: string, { postings, byPrefix }: PreparedContexts): boolean {
  // A name of several words in one, such as a world war, is looked for as a whole.
  return (
    part.includes(' ') || postings.has(part) || (byPrefix.get(part.slice(0, FAMILY_PREFIX)) ?? []).some((other) => wordsMatch(part, other))
  )
}

/** The sentence that holds most of a name's company; the best evidence where several do. */
function homeOf(near: readonly number[], witnesses: readonly Witness[]): Witness | undefined {
  let home = witnesses[0]
  for (const witness of witnesses) if (held(witness, near) > held(home!, near)) home = witness
  return home
}

function holds(sentence: PreparedSentence, name: Name): boolean {
  const found = name.stems.filter((part) => sentence.positions.has(part)).length
  // A surname will do for the whole name.
  return (
    found * 2 > name.stems.length || sentence.positions.has(name.stems.at(-1)!) || sentence.names.some((other) => namesMatch(name, other))
  )
}

/** "Swedish Research Council" for "Norwegian Research Council": most words are the same, but each has one that the other lacks. */
function isAltered(claim: PreparedSentence, name: Name, sentence: PreparedSentence): boolean {
  if (name.stems.length < 2 || name.stems.every((part) => sentence.positions.has(part))) return false
  const alike = sentence.names.filter(
    (other) => 2 * other.stems.filter((part) => name.stems.includes(part)).length >= Math.max(other.stems.length, name.stems.length)
  )
  return alike.some((other) => other.stems.length === name.stems.length && other.stems.some((part) => !claim.positions.has(part)))
}

/** A text's own subject is seldom named in each of its sentences. */
function isTopic(name: Name, home: Witness, { sentences, postings }: PreparedContexts): boolean {
  const { context } = home.sentence
  const count = (part: string) => (postings.get(part) ?? []).filter((index) => sentences[index]!.context === context).length
  return Math.max(...name.stems.map(count)) >= TOPIC_SENTENCES
}

/** Evidence may go on in the next sentence. */
function standsBeside(name: Name, home: Witness, witnesses: readonly Witness[]): boolean {
  return witnesses.some(
    ({ sentence, index }) =>
      sentence.context === home.sentence.context &&
      Math.abs(index - home.index) <= SENTENCES_BACK &&
      index !== home.index &&
      holds(sentence, name)
  )
}

function standsBefore(name: Name, home: Witness, contexts: PreparedContexts, sentencesBack: number): boolean {
  for (let index = home.index - 1; index >= Math.max(0, home.index - sentencesBack); index--) {
    const sentence = contexts.sentences[index]!
    if (sentence.context !== home.sentence.context) return false
    if (holds(sentence, name)) return true
  }
  return false
}

/** How much alike the surroundings of this name in the claim and of one in the evidence that the claim does not use are, 0 to 1. */
function otherInPlace(claim: PreparedSentence, name: Name, near: readonly number[], home: Witness): number {
  if (near.length > 0 && held(home, near) === 0) return 0
  let likeness = 0
  for (const other of home.sentence.names) {
    if (isUsed(other, claim, name, home.sentence)) continue
    if (near.length > 0 && distanceFromNearest(home, near, (other.from + other.to - 1) / 2) > IN_PLACE) continue
    likeness = Math.max(likeness, sideLikeness(claim, name, home, other))
  }
  return Math.min(1, likeness / Math.min(CERTAIN_LIKENESS, Math.max(LEAST_WORTH, sideWorth(claim, name)))) ** SHARPNESS
}

/** True when the claim uses a name of the evidence as often as that does, this name of the claim aside. "American" does not use "United States". */
function isUsed(other: Name, claim: PreparedSentence, name: Name, sentence: PreparedSentence): boolean {
  const written = ({ from, to }: Name, { tokens }: PreparedSentence) => tokens.slice(from, to).map(({ lower }) => lower)
  const words = written(other, sentence)
  const uses = claim.names.filter(
    (own) => own !== name && namesMatch(own, other) && written(own, claim).some((word) => words.includes(word))
  )
  return uses.length > 0 && uses.length >= sentence.names.filter((same) => namesMatch(same, other)).length
}
