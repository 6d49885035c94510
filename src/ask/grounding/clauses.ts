import type { PreparedSentence } from './prepare.js'

const JOINTS = new Set(['and', 'but', 'while', 'whereas', 'although', 'though'])
/** A clause needs this many content words and numbers to be read by itself. */
const CLAUSE_WORDS = 4

/** Splits a sentence at `;` and at `, and`, `, but`, `, while` …, as far as each piece says enough; else it comes back whole. */
export function splitClauses(claim: PreparedSentence): string[] {
  const { text, tokens } = claim
  const clauses: string[] = []
  let from = 0
  for (let at = 1; at < tokens.length - 1; at++) {
    const token = tokens[at]!
    const joint = token.text === ';' || (token.text === ',' && JOINTS.has(tokens[at + 1]!.lower))
    if (!joint || contentBetween(claim, from, at) < CLAUSE_WORDS || contentBetween(claim, at, tokens.length) < CLAUSE_WORDS) continue
    clauses.push(text.slice(tokens[from]!.start, token.start))
    from = token.text === ';' ? at + 1 : at + 2
    if (tokens[from]?.lower === 'also' || tokens[from]?.text === ',') from++
  }
  clauses.push(text.slice(tokens[from]?.start ?? 0))
  return clauses
}

function contentBetween(claim: PreparedSentence, from: number, to: number): number {
  const words = claim.terms.filter((term) => term.at >= from && term.at < to).length
  return words + claim.quantities.filter((quantity) => quantity.from >= from && quantity.to <= to).length
}
