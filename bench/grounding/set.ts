import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Split = 'fit' | 'test'

/** A line of fixtures/grounding/pairs.jsonl. */
export interface Pair {
  id: string
  split: Split
  document: string
  /** Ids of lines of contexts.jsonl. */
  contexts: string[]
  claim: string
  supported: boolean
  /** `paraphrase` (hand-written), `reworded`, `summary`, or the perturbation: `negation`, `number`, `name`, `antonym`, `invention`,
   * or `unseen`: a true claim whose source is not among the contexts. */
  kind: string
}

/** A line of fixtures/grounding/everyday.jsonl: a text and hand-written claims about it. */
export interface Everyday {
  context: string
  supported: string[]
  unsupported: { kind: string; claim: string }[]
}

/** A line of fixtures/grounding/wide.jsonl: a long claim about a country profile, or a reply in a conversation over a snippet. */
export interface WidePair {
  set: 'profiles' | 'replies'
  split: Split
  kind: string
  supported: boolean
  claim: string
  /** Numbers of lines of wide-contexts.jsonl. */
  contexts: number[]
}

/**
 * A line of fixtures/grounding/articles.jsonl: texts with hand-written claims about them. `articles` are country profiles and long
 * claims in other words; `talk` are snippets and what people say about them in a conversation.
 */
export interface Article {
  set: 'articles' | 'talk'
  contexts: string[]
  supported: string[]
  unsupported: { kind: string; claim: string }[]
}

export const SETS = ['speeches', 'everyday', 'articles', 'talk', 'profiles', 'replies'] as const

export interface LabelledClaim {
  set: (typeof SETS)[number]
  split: Split
  kind: string
  supported: boolean
  claim: string
  contexts: string[]
}

export const FIXTURES = new URL('../../../fixtures/grounding/', import.meta.url)

export function readLines<Line>(name: string): Line[] {
  const text = readFileSync(fileURLToPath(new URL(name, FIXTURES)), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** All labelled claims with their contexts. Everyday texts go to the splits in turn. */
export function readClaims(): LabelledClaim[] {
  const contexts = new Map(readLines<{ id: string; text: string }>('contexts.jsonl').map(({ id, text }) => [id, text]))
  const speeches = readLines<Pair>('pairs.jsonl').map(({ split, kind, supported, claim, contexts: ids }): LabelledClaim => ({
    set: 'speeches',
    split,
    kind,
    supported,
    claim,
    contexts: ids.map((id) => contexts.get(id)!)
  }))
  const everyday = readLines<Everyday>('everyday.jsonl').flatMap((text, index) => {
    const split: Split = index % 2 === 0 ? 'fit' : 'test'
    const common = { set: 'everyday' as const, split, contexts: [text.context] }
    return [
      ...text.supported.map((claim): LabelledClaim => ({ ...common, kind: 'paraphrase', supported: true, claim })),
      ...text.unsupported.map(({ kind, claim }): LabelledClaim => ({ ...common, kind, supported: false, claim }))
    ]
  })
  const texts = readLines<string>('wide-contexts.jsonl')
  const wide = readLines<WidePair>('wide.jsonl').map((pair): LabelledClaim => ({
    ...pair,
    contexts: pair.contexts.map((at) => texts[at]!)
  }))
  const articles = readLines<Article>('articles.jsonl').flatMap(({ set, contexts, supported, unsupported }, index) => {
    const common = { set, split: index % 2 === 0 ? ('fit' as const) : ('test' as const), contexts }
    return [
      ...supported.map((claim): LabelledClaim => ({ ...common, kind: 'paraphrase', supported: true, claim })),
      ...unsupported.map(({ kind, claim }): LabelledClaim => ({ ...common, kind, supported: false, claim }))
    ]
  })
  return [...speeches, ...everyday, ...articles, ...wide]
}
