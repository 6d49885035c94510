/** Whether answers agree in what can be checked without a model: their numbers, dates and names. */

import { agrees } from '../ask/grounding/agree.js'
import { withoutMarkers } from '../ask/grounding/citations.js'
import { namesMatch, type Name } from '../ask/grounding/names.js'
import { prepareContexts } from '../ask/grounding/prepare.js'
import type { Quantity } from '../ask/grounding/quantities.js'
import { CURRENCY_SIGNS } from '../ask/grounding/units.js'
import type { Token } from '../ask/text/tokens.js'
import type { Agreement } from './replay-control-types.js'

export interface LabelledAnswer {
  label: string
  text: string
}

interface Fact<T> {
  text: string
  fact: T
}

/**
 * Numbers and names of the answers, each with the answers that hold it. `$2B` and `2 billion dollars` are one number; a surname and the
 * whole name are one name. `texts` are what the answers speak of, in which names are told from words that open a sentence.
 */
export function compareFacts(answers: readonly LabelledAnswer[], texts: readonly string[]): { numbers: Agreement; names: Agreement } {
  const { sentences } = prepareContexts([...answers.map(({ text }) => withoutMarkers(text)), ...texts])
  const spoken = sentences.filter(({ kind }) => kind !== 'code')
  const factsOf = <T>(read: (sentence: (typeof spoken)[number]) => Fact<T>[]) =>
    answers.map(({ label }, index) => ({
      label,
      facts: spoken.filter(({ context }) => context === index).flatMap(read),
    }))
  const numbers = factsOf<Quantity>(({ tokens, text, quantities }) =>
    quantities.map((fact) => ({ fact, text: written(text, tokens, signBefore(tokens, fact), fact.to) })),
  )
  const names = factsOf<Name>(({ tokens, text, names }) =>
    names.map((fact) => ({ fact, text: written(text, tokens, fact.from, fact.to) })),
  )
  return { numbers: agreement(numbers, (a, b) => agrees(a, b) || agrees(b, a)), names: agreement(names, namesMatch) }
}

function agreement<T>(answers: readonly { label: string; facts: Fact<T>[] }[], same: (a: T, b: T) => boolean): Agreement {
  const groups: { text: string; fact: T; answers: string[] }[] = []
  for (const { label, facts } of answers) {
    for (const { text, fact } of facts) {
      const group = groups.find((known) => same(known.fact, fact))
      if (!group) groups.push({ text, fact, answers: [label] })
      else if (!group.answers.includes(label)) group.answers.push(label)
    }
  }
  return {
    agreed: groups.filter((group) => group.answers.length === answers.length).length,
    total: groups.length,
    items: groups.map(({ text, answers: holders }) => ({ text, answers: holders })),
  }
}

function written(text: string, tokens: readonly Token[], from: number, to: number): string {
  return text.slice(tokens[from]!.start, tokens[to - 1]!.end)
}

/** Where a quantity begins as it is written: at its currency sign. */
function signBefore(tokens: readonly Token[], { from }: Quantity): number {
  return CURRENCY_SIGNS.has(tokens[from - 1]?.text ?? '') ? from - 1 : from
}
