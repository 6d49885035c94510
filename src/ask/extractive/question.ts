import { LIGHT_STEMS } from '../text/lexicon.js'
import { isContent, tokenize, type Token } from '../text/tokens.js'

export type QuestionKind = 'person' | 'time' | 'place' | 'amount' | 'reason' | 'definition' | 'manner' | 'summary' | 'other'

export interface Question {
  kind: QuestionKind
  /** What the question asks about, words that only shape it left out. */
  terms: { key: string; name: boolean; weightFactor: number }[]
  /** The term without which no sentence is an answer: what is counted, the attribute asked for, what someone did. */
  focus?: string
  /** Asks how old something is. */
  age?: boolean
}

/** Words that shape a question without naming its subject, in stemmed form where that differs. */
const SHAPE = new Set(
  `mani much tell describ explain give list name happen kind type sort exactli pleas document context text memori accord specif say said
  mean reason main sum defin definit summar summari overview key point find import detail know`.split(/\s+/)
)
const SUMMARY = new RegExp(
  '\\b(?:summari[sz]e|summary|overview|key (?:findings|points|takeaways)|main (?:points|ideas|topics)' +
    '|what (?:is|are) (?:this|these|the (?:document|report|file|text)s?) about|tl;?dr)\\b|总结|概述|摘要',
  'i'
)
const AMOUNT = new RegExp(
  '\\b(?:what (?:percentage|percent|share|proportion|amount|sum|number)|how (?:much|many|large|big|high|long|far|tall|old|often|fast)' +
    '|what (?:was|is|were|are) the (?:\\w+ ){0,3}?(?:price|cost|value|amount|number|total|rate|percentage|percent|share|revenue|income' +
    '|population|size|budget|deficit|debt|salary|sum|valuation|age|height|length|distance|temperature))\\b|多少|几',
  'i'
)
const TIME = /\b(?:when|(?:what|which) (?:year|date|day|month|time|century|decade)|how long ago|since when)\b|什么时候|何时|哪一年/i
const PLACE = /\b(?:where|(?:what|which) (?:place|city|country|state|location|town|region|continent))\b|哪里|在哪/i
const PERSON =
  /\b(?:who|whom|whose|(?:what|which) (?:person|man|woman|people|president|company|nation|leader|general|organi[sz]ation)s?)\b|谁/i
const REASON = /\b(?:why|what (?:caused|led to)|for what reason|what (?:is|was) the (?:reason|cause|purpose))\b|为什么/i
const MANNER = /^\s*how (?:do|does|did|is|are|was|were|can|could|should|will|would|to)\b|怎么|如何/i
const DEFINITION = /^\s*(?:what(?:['’]s| is| are| was| were)|define|what does .* mean)\s+(?:an? |the )?[\p{L}\s'’-]{2,40}\??\s*$/iu

/** The first that fits decides. */
const KINDS: readonly [QuestionKind, RegExp][] = [
  ['summary', SUMMARY],
  ['reason', REASON],
  ['amount', AMOUNT],
  ['time', TIME],
  ['place', PLACE],
  ['person', PERSON],
  ['manner', MANNER],
  ['definition', DEFINITION]
]

/** Reads what kind of answer a question wants, and what it asks about. */
export function readQuestion(text: string): Question {
  const tokens = tokenize(text)
  const kind = KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other'
  const terms: Question['terms'] = []
  tokens.forEach((token, at) => {
    const key = termKey(tokens, at)
    if (key === undefined || terms.some((term) => term.key === key)) return
    // "CEO" and "GDP" name no one; initialisms with full stops ("U.S.") do.
    const name = token.capital && at > 0 && !(/^\p{Lu}+$/u.test(token.text) && token.text.length <= 4)
    if (SHAPE.has(key)) return
    // Further words of a name add little to its first.
    const continued = name && tokens[at - 1]!.capital && at > 1
    const weightFactor = isTypeWord(kind, key)
      ? 0.3
      : continued
        ? 0.6
        : name || token.kind === 'number'
          ? 1.4
          : LIGHT_STEMS.has(key)
            ? 0.5
            : 1
    terms.push({ key, name, weightFactor })
  })
  const question: Question = { kind, terms }
  if (/\bhow old\b/i.test(text)) question.age = true
  const focus = focusOf(text, tokens)
  if (focus !== undefined && terms.some((term) => term.key === focus && term.weightFactor >= 1)) question.focus = focus
  return question
}

const ATTRIBUTE =
  /^\s*(?:what|who|which)(?: is| was| are| were|['’]s) (?:the |an? )?((?:[\p{L}-]+ ){0,2}?)([\p{L}-]+) (?:of|for|in|at|on) /iu
const COUNTED = /\bhow (?:many|much) ([\p{L}-]+)/iu
const DONE = /^\s*who ([\p{L}-]+)/iu

/** What a question turns on, as far as its form tells: "the sculptor of", "how many horses", "who invented". */
function focusOf(text: string, tokens: readonly Token[]): string | undefined {
  const word = (ATTRIBUTE.exec(text)?.[2] ?? COUNTED.exec(text)?.[1] ?? DONE.exec(text)?.[1])?.toLowerCase()
  const token = word === undefined ? undefined : tokens.find((one) => one.lower === word)
  return token === undefined || token.stop ? undefined : token.stem
}

/** "Year" in "what year" says which kind of answer is wanted; its own place in a sentence says little. */
function isTypeWord(kind: QuestionKind, key: string): boolean {
  return kind === 'time'
    ? /^(year|date|dai|month|time|centuri|decad)$/.test(key)
    : kind === 'place'
      ? /^(place|citi|countri|state|locat|town|region|contin)$/.test(key)
      : kind === 'person'
        ? /^(person|man|woman|peopl|compani|nation|leader|organ)$/.test(key)
        : kind === 'amount'
          ? /^(amount|number|total|valu|price|cost|percentag|percent|long|larg|big|high|far|old|mani|much)$/.test(key)
          : kind === 'reason'
            ? /^(reason|caus|purpos|led|lead)$/.test(key)
            : false
}

/** Characters of Chinese that shape a sentence rather than say what it is about. */
const CJK_FUNCTION = new Set('的了是在和与及吗呢么什多少几谁哪怎为这那个有')

/** The key by which a content token is compared: its stem, or for CJK a pair of characters; undefined for all others. */
export function termKey(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at]!
  if (!isContent(token)) return undefined
  if (token.kind !== 'cjk') return token.stem
  const next = tokens[at + 1]
  if (next?.kind !== 'cjk' || next.start !== token.end || CJK_FUNCTION.has(token.text) || CJK_FUNCTION.has(next.text)) return undefined
  return token.text + next.text
}
