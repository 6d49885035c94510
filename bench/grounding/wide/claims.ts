import { namesIn, negate, numbersIn, swapAntonym, swapName, swapNumber } from '../perturb.js'
import type { SeededRandom } from '../random.js'
import { condense, lower, upper, withoutStop } from './condense.js'
import type { Fact, Profile } from './profiles.js'
import type { WordNet } from './wordnet.js'

/** A claim about a profile; `without` are indexes of prose sentences and `withoutFacts` keys of facts that its contexts must lack. */
export interface MadeClaim {
  kind: string
  claim: string
  supported: boolean
  without: number[]
  withoutFacts: string[]
}

/** Long claims such as an encyclopedia makes, each supported by one to three sentences, in part, or not at all. */
export class ClaimMaker {
  constructor(
    readonly profile: Profile,
    readonly others: readonly Profile[],
    readonly words: WordNet,
    readonly random: SeededRandom
  ) {}

  make(): MadeClaim[] {
    const { prose } = this.profile
    const picked = shuffled([...prose.keys()], this.random)
    const claims: MadeClaim[] = []
    const add = (kind: string, claim: string | null, supported: boolean, without: number[] = [], withoutFacts: string[] = []) => {
      if (claim !== null && claim.length < 700)
        claims.push({ kind, claim: upper(withoutStop(claim.trim())) + '.', supported, without, withoutFacts })
    }
    const say = (index: number, share = 0.3) => condense(prose[index]!, this.words, this.random, share)
    for (const index of picked.slice(0, 3)) add('condensed', say(index, 0.45), true)
    for (const index of picked.slice(3, 5))
      add('merged', this.join(say(index), say(picked[(picked.indexOf(index) + 4) % picked.length]!)), true)
    for (let count = 0; count < 2; count++) add('facts', this.factClaim(2 + count), true)
    add('mixed', this.join(say(picked[1]!), this.factClaim(1)), true)

    for (const index of picked.slice(5, 7)) add('half-foreign', this.join(say(index), this.foreign()), false)
    add('half-foreign', this.join(this.foreign(), this.factClaim(1)), false)
    for (const index of picked.slice(0, 3)) add('detail', this.detail(say(index)), false)
    for (const index of picked.slice(7, 9)) add('unseen', say(index), false, this.alike(index))
    add(
      'unseen-half',
      this.join(say(picked[2]!), say(picked[9]!)),
      false,
      this.alike(picked[9]!).filter((index) => index !== picked[2])
    )
    add('foreign', this.foreign(), false)
    for (let count = 0; count < 2; count++) add('fact-swap', this.factClaim(2 + count, true), false)
    const [hidden] = shuffled([...this.profile.facts], this.random)
    add('fact-unseen', this.sayFact(hidden!), false, [], [hidden!.key])
    const source = { names: namesIn(prose.join(' ')), numbers: numbersIn(prose.join(' ')), foreign: '' }
    for (const [kind, perturb] of [
      ['negation', negate],
      ['number', swapNumber],
      ['name', swapName],
      ['antonym', swapAntonym]
    ] as const) {
      for (const index of picked.slice(0, 8)) {
        const base = say(index)
        const changed = perturb(base, source, this.random)
        if (changed === null || changed === base) continue
        add(kind, changed, false)
        break
      }
    }
    return claims
  }

  join(first: string, second: string): string {
    return `${withoutStop(first)}${this.random.pick([', and ', '; ', ', while '])}${lower(second)}`
  }

  /** Two or three facts in one sentence; with `altered` one of them has another country's value. */
  factClaim(count: number, altered = false): string {
    const facts = shuffled([...this.profile.facts], this.random).slice(0, count)
    const parts = facts.map((fact) => this.sayFact(fact))
    if (altered) {
      const { key, value } = facts[0]!
      const other = this.others.flatMap(({ facts }) => facts.filter((fact) => fact.key === key && fact.value !== value))[0]
      parts[0] = this.random.pick(facts[0]!.claims).replace('#', () => other?.value ?? '77')
    }
    const [first, ...rest] = shuffled(parts, this.random)
    return upper([first, ...rest].join(rest.length > 1 ? ', ' : ' and ').replace(/, ([^,]+)$/, rest.length > 1 ? ', and $1' : ', $1'))
  }

  /** A fact in the words of an answer, its number rounded now and then. */
  sayFact({ claims, value }: Fact): string {
    return this.random.pick(claims).replace('#', () => (this.random.next() < 0.4 ? rounded(value) : value))
  }

  /** What another profile says of its country, said of this one. */
  foreign(): string {
    const other = this.random.pick(this.others)
    const fitting = other.prose.filter((sentence) => sentence.includes(other.name))
    const sentence = this.random.pick(fitting.length > 0 ? fitting : other.prose)
    return condense(sentence, this.words, this.random, 0.2).replaceAll(other.name, this.profile.name)
  }

  /** One detail more than the profile says. */
  detail(claim: string): string {
    const other = this.random.pick(this.others).prose.join(' ')
    const names = namesIn(other)
    const name = names.length > 0 ? this.random.pick(names) : 'Anders Holm'
    const year = String(1900 + this.random.below(115))
    const added = this.random.pick([
      ` in ${year}`,
      `, at a cost of $${2 + this.random.below(90)} million`,
      `, according to ${name}`,
      `, with the help of ${name}`,
      `, to the surprise of most observers`,
      `, and thousands of people were hurt`,
      `, which is the largest of its kind in the region`,
      `, for the first time since ${year}`,
      ` near ${name}`
    ])
    return `${withoutStop(claim)}${added}.`
  }

  /** Indexes of the sentences that say about the same as one, that one included. */
  alike(index: number): number[] {
    const wordsOf = (sentence: string) => new Set(sentence.toLowerCase().match(/[a-z]{4,}|\d+/g) ?? [])
    const own = wordsOf(this.profile.prose[index]!)
    return [...this.profile.prose.keys()].filter((other) => {
      const shared = [...wordsOf(this.profile.prose[other]!)].filter((word) => own.has(word)).length
      return other === index || shared / own.size > 0.4
    })
  }
}

/** About the same number with fewer digits: `643,801` as `about 644,000`. */
function rounded(value: string): string {
  const digits = value.replaceAll(',', '')
  if (!/^\d{4,}$/.test(digits)) return value
  const size = 10 ** Math.max(0, digits.length - 3)
  const near = Math.round(Number(digits) / size) * size
  return near >= 1e6 ? `about ${Number((near / 1e6).toFixed(2))} million` : `about ${near.toLocaleString('en-US')}`
}

export function shuffled<Item>(items: Item[], random: SeededRandom): Item[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    ;[items[index], items[other]] = [items[other]!, items[index]!]
  }
  return items
}
