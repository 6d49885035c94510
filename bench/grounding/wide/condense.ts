import type { SeededRandom } from '../random.js'
import type { WordNet } from './wordnet.js'

/** Shortens a sentence and says part of it in other words, without changing what it states. */
export function condense(sentence: string, words: WordNet, random: SeededRandom, share: number): string {
  let text = sentence.replace(/ \([^()]*\)/g, '')
  if (random.next() < 0.6) text = text.replace(/, (?:which|who|where)\b[^,;]*(?:,|(?=\.$))/, '')
  if (random.next() < 0.5)
    text = text.replace(/^(?:However|Moreover|In addition|Nevertheless|Nonetheless|Furthermore|Additionally), (\w)/, (_, first: string) =>
      first.toUpperCase()
    )
  if (random.next() < 0.5)
    text = text.replace(
      /^((?:In|On|During|Since|After|By|As of|Following) [^,]{4,50}), ([^;]{30,})\.$/,
      (_, opening: string, rest: string) => `${upper(rest)} ${lower(opening)}.`
    )
  text = text.replace(/\b(\d{1,3}),000,000\b/g, '$1 million').replace(/ percent\b/g, '%')
  return text.replace(/(?<![A-Z][a-z]* )\b[a-z]{4,}\b/g, (word) => (random.next() < share ? (replaced(word, words, random) ?? word) : word))
}

const ENDINGS: readonly [RegExp, 'noun' | 'verb' | 'adj' | 'adv', string][] = [
  [/^(.+[^s])s$/, 'noun', 's'],
  [/^(.+[^e])ed$/, 'verb', 'ed'],
  [/^(.+e)d$/, 'verb', 'd'],
  [/^(.+)$/, 'adj', ''],
  [/^(.+)$/, 'noun', ''],
  [/^(.+ly)$/, 'adv', '']
]

function replaced(word: string, words: WordNet, random: SeededRandom): string | undefined {
  for (const [pattern, part, ending] of ENDINGS) {
    const base = pattern.exec(word)?.[1]
    if (base === undefined) continue
    const found = words.synonyms(base, part)
    if (found.length === 0) continue
    const other = random.pick(found)
    if (ending === 's') return /(?:s|x|ch|sh|y)$/.test(other) ? undefined : `${other}s`
    if (ending === '') return other
    return other.endsWith('e') ? `${other}d` : /(?:[^aeiou][aeiou][^aeiouwxy]|y)$/.test(other) ? undefined : `${other}ed`
  }
  return undefined
}

export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Small first letter, unless the word looks like a name. */
export function lower(text: string): string {
  return /^(?:The|A|An|In|On|Its|It|This|These|Some|Several|Most|Many|After|During|Since|By|As|Following|There|Despite|Although|While|Half|People|Output|Newborns|Unemployment|Inflation|Consumer)\b/.test(
    text
  )
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text
}

export const withoutStop = (text: string): string => text.replace(/\.\s*$/, '')
