import { CONTRACTION_NEGATORS, isStopWord } from './lexicon.js'
import { stem } from './stems.js'

export type TokenKind = 'word' | 'number' | 'cjk' | 'symbol'

export interface Token {
  text: string
  lower: string
  /** Porter stem of a word; the text itself for everything else. */
  stem: string
  kind: TokenKind
  /** Offsets in the text, UTF-16 units. */
  start: number
  end: number
  /** Function words, which say little about what a sentence is about. */
  stop: boolean
  /** The word starts with a capital letter. */
  capital: boolean
}

// One alternative per kind: number, initialism (U.S.), CJK character, word with inner apostrophes and its closing ones, symbol.
const TOKEN = new RegExp(
  [
    '(\\d+(?:[.,]\\d+)*)',
    '((?:\\p{Lu}\\.){2,})',
    '([\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}])',
    "([\\p{L}\\p{M}]+(?:['’][\\p{L}]+)*)",
    '([$€£¥%.,;:!?()\\[\\]"“”«»—–\\-/。！？；，、])'
  ].join('|'),
  'gu'
)

/** Names of two words that are also written as an abbreviation; both get the abbreviation's stem. */
const LONG_NAMES = new Map([
  ['united states', 'u.s.'],
  ['united kingdom', 'u.k.'],
  ['great britain', 'u.k.'],
  ['united nations', 'u.n.'],
  ['european union', 'e.u.'],
  ['soviet union', 'u.s.s.r.']
])
const SHORT_NAMES = new Map([
  ['US', 'u.s.'],
  ['USA', 'u.s.'],
  ['U.S.A.', 'u.s.'],
  ['UK', 'u.k.'],
  ['UN', 'u.n.'],
  ['EU', 'e.u.'],
  ['USSR', 'u.s.s.r.']
])

/** Splits a text into words, numbers, CJK characters and the symbols that matter to meaning. Everything else is left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(TOKEN)) {
    const start = match.index
    const word = match[0]
    const kind: TokenKind = match[1] ? 'number' : match[3] ? 'cjk' : match[5] ? 'symbol' : 'word'
    if (kind === 'word') pushWord(tokens, word, start)
    else
      tokens.push({ text: word, lower: word, stem: word, kind, start, end: start + word.length, stop: kind === 'symbol', capital: false })
  }
  return tokens
}

/** What a written word comes to; kept, since words come again and again. */
interface WordForm {
  lower: string
  stem: string
  stop: boolean
  capital: boolean
  contraction: string | undefined
}

const forms = new Map<string, WordForm>()
const FORMS_LIMIT = 60_000

function formOf(word: string): WordForm {
  const known = forms.get(word)
  if (known !== undefined) return known
  const lower = word.toLowerCase().replaceAll('’', "'")
  const short = SHORT_NAMES.get(word) ?? (lower.endsWith('.') ? lower : undefined)
  const form = {
    lower: short ?? lower,
    stem: short ?? stem(lower),
    stop: short === undefined && isStopWord(lower),
    capital: /^\p{Lu}/u.test(word),
    contraction: CONTRACTION_NEGATORS.get(lower)
  }
  if (forms.size >= FORMS_LIMIT) forms.clear()
  forms.set(word, form)
  return form
}

function pushWord(tokens: Token[], word: string, start: number): void {
  const { lower, stem, stop, capital, contraction } = formOf(word)
  // "don't" is two words to anything that looks for a negation; both keep the span of the whole.
  if (contraction !== undefined) {
    for (const part of [contraction, 'not']) {
      const form = formOf(part)
      tokens.push({
        text: part,
        lower: form.lower,
        stem: form.stem,
        kind: 'word',
        start,
        end: start + word.length,
        stop: form.stop,
        capital
      })
    }
    return
  }
  const previous = tokens[tokens.length - 1]
  if (capital && previous?.capital && previous.end === start - 1) {
    const name = LONG_NAMES.get(`${previous.lower} ${lower}`)
    if (name !== undefined) {
      previous.text = `${previous.text} ${word}`
      previous.lower = name
      previous.stem = name
      previous.end = start + word.length
      return
    }
  }
  tokens.push({ text: word, lower, stem, kind: 'word', start, end: start + word.length, stop, capital })
}

/** True for tokens that carry content: words that are no function words, numbers, CJK characters. */
export function isContent(token: Token): boolean {
  return token.kind !== 'symbol' && !token.stop
}
