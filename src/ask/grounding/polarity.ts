import type { Token } from '../text/tokens.js'

const NEGATORS = new Set('not no never none nobody nothing nowhere neither nor without hardly scarcely barely seldom rarely'.split(' '))
/** Words that deny what follows them after `to`, `from` or `of`: "failed to approve", "incapable of". */
const DENYING = /^(fail|refus|declin|ceas|unabl|exclud|abstain|refrain|incap)/
const SCOPE_LIMIT = 9
const BOUNDARIES = new Set([',', ';', ':', '(', ')', '—', '–', '.', '?', '!'])
const TURNS = new Set(['nor', 'but', 'because', 'although', 'though', 'while', 'if', 'when', 'unless', 'which', 'who', 'until'])

/** A negation and the content words that it reaches, nearest first. */
export interface Negation {
  at: number
  scope: number[]
}

const CJK_NEGATORS = new Set(['不', '没', '無', '无', '未', '非'])

export function findNegations(tokens: readonly Token[]): Negation[] {
  const negations: Negation[] = []
  tokens.forEach((token, at) => {
    if (token.kind === 'cjk' && CJK_NEGATORS.has(token.text))
      negations.push({ at, scope: [at + 1].filter((next) => tokens[next]?.kind === 'cjk') })
    if (token.kind !== 'word') return
    const following = tokens[at + 1]?.lower ?? ''
    const denies = (DENYING.test(token.stem) && /^(to|from|of)$/.test(following)) || (token.lower === 'rather' && following === 'than')
    if (!denies && (!NEGATORS.has(token.lower) || !isNegating(tokens, at))) return
    const scope: number[] = []
    for (let next = at + 1, steps = 0; next < tokens.length && steps < SCOPE_LIMIT; next++, steps++) {
      const reached = tokens[next]!
      if (BOUNDARIES.has(reached.text) || TURNS.has(reached.lower)) break
      if (reached.kind !== 'symbol' && !reached.stop) scope.push(next)
    }
    negations.push({ at, scope })
  })
  return negations
}

/** "Not only", "no doubt", "No. 5", "no less than", "nothing but" do not deny. */
function isNegating(tokens: readonly Token[], at: number): boolean {
  const { lower } = tokens[at]!
  const next = tokens[at + 1]
  if (next === undefined) return true
  // "Nothing is more important than" puts it first, it does not deny.
  if (/^(nothing|no|none|never|nobody)$/.test(lower) && comparesAbove(tokens, at)) return false
  // "But not the lyrics" leaves its verb out: what it denies is not the noun.
  if (lower === 'not') {
    if (/^(only|just|merely|simply|least|until|alone)$/.test(next.lower)) return false
    return !/^(the|a|an|in|for|at)$/.test(next.lower) || /^(is|are|was|were|be|been)$/.test(tokens[at - 1]?.lower ?? '')
  }
  if (lower === 'no')
    return !/^(doubt|less|fewer|matter|wonder|sooner|more)$/.test(next.lower) && !(next.text === '.' && tokens[at + 2]?.kind === 'number')
  if (lower === 'nothing') return next.lower !== 'but' && next.lower !== 'less'
  return true
}

function comparesAbove(tokens: readonly Token[], at: number): boolean {
  const ahead = tokens.slice(at + 1, at + 9)
  return (
    ahead.some((token) => /^(?:more|less|better|worse|\p{L}{2,}er)$/u.test(token.lower)) && tokens.slice(at).some((token) => token.lower === 'than')
  )
}

/** Per token, whether an odd number of negations reach it. */
export function negatedTokens(tokens: readonly Token[], negations: readonly Negation[]): Uint8Array {
  const negated = new Uint8Array(tokens.length)
  for (const { scope } of negations) for (const at of scope) negated[at]! ^= 1
  return negated
}
