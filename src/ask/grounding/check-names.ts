import { company, distanceFromNearest, held, type Witness } from './anchors.js'
import { namesMatch, type Name } from './names.js'
import type { PreparedContexts, PreparedSentence } from './prepare.js'
import { placeTaken, rolesSwapped } from './roles.js'

export interface NameCheck {
  /** Names that the evidence lacks where the claim has them, and those that no context holds. */
  missing: number
  absent: number
  /** 1 when the evidence has another name in the place of one, 0.5 when that one stands close before. */
  replaced: number
  /** 1 when two names changed places around the verb or their prepositions. */
  swapped: number
}

/** A name may stand this many sentences before its evidence, which then speaks of "he" or "the company". */
const SENTENCES_BACK = 2
/** … and farther back when the evidence says "he" or "she". */
const PRONOUN_SENTENCES_BACK = 6
const PRONOUNS = ['he', 'she']
const IN_PLACE = 4.5

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
      const other = !(pronoun && before) && hasOtherInPlace(claim, name, near, home)
      if (other) check.replaced = Math.max(check.replaced, before ? 0.5 : 1)
      check.missing += before ? (other ? 0.6 : 0.2) : 1
    } else if (placeTaken(claim, name, home)) check.replaced = 1
    if (!name.stems.some((part) => contexts.postings.has(part))) check.absent++
  }
  if (witnesses.some((witness) => rolesSwapped(claim, witness))) check.swapped = 1
  return check
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

function standsBefore(name: Name, home: Witness, contexts: PreparedContexts, sentencesBack: number): boolean {
  for (let index = home.index - 1; index >= Math.max(0, home.index - sentencesBack); index--) {
    const sentence = contexts.sentences[index]!
    if (sentence.context !== home.sentence.context) return false
    if (holds(sentence, name)) return true
  }
  return false
}

/** A name of the evidence that the claim does not use stands among the words that surround this name in the claim. */
function hasOtherInPlace(claim: PreparedSentence, name: Name, near: readonly number[], home: Witness): boolean {
  if (held(home, near) === 0) return false
  return home.sentence.names.some(
    (other) =>
      !claim.names.some((own) => own !== name && namesMatch(own, other)) &&
      distanceFromNearest(home, near, (other.from + other.to - 1) / 2) <= IN_PLACE
  )
}
