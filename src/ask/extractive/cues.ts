import { readQuantities } from '../grounding/quantities.js'
import { findNames } from '../grounding/names.js'
import type { Question } from './question.js'
import type { IndexedSentence } from './rank.js'

const PLACE_CUE = /\b(?:in|at|near|from|to|of|on|across|within)\s+(?:the\s+)?\p{Lu}/u
const REASON_CUE = new RegExp(
  '\\b(?:because|since|due to|owing to|so that|in order|as a result|reason|caused|led to|therefore|thus|on account|to avoid|to prevent' +
    '|for the purpose)\\b|因为|由于',
  'i'
)
const TIME_CUE = new RegExp(
  '\\b(?:yesterday|today|tomorrow|last|next|ago|century|spring|summer|autumn|winter|january|february|march|april|june|july|august' +
    '|september|october|november|december)\\b',
  'i'
)
const MANNER_CUE = /\b(?:by \w+ing|through|using|with the|by means|via)\b/i
const AGE_CUE = /\b(?:old|age|aged|born|years)\b/i
const PERSON_CUE = /\b(?:he|she|president|secretary|general|minister|mr|mrs|senator|king|queen|founder|ceo|company)\b/i

const NO_NAMES: ReadonlySet<string> = new Set()

/** How well a sentence holds the kind of thing that a question asks for, 0 to 1; -1 when it cannot be an answer. */
export function cueScore(question: Question, sentence: IndexedSentence): number {
  const { text, tokens } = sentence
  switch (question.kind) {
    case 'amount':
      if (question.age && !AGE_CUE.test(text)) return -1
      return readQuantities(tokens).some(({ dimension }) => dimension !== 'year' && dimension !== 'date') ? 1 : 0
    case 'time': {
      const quantities = readQuantities(tokens)
      if (quantities.some(({ dimension }) => dimension === 'year' || dimension === 'date')) return 1
      return TIME_CUE.test(text) ? 0.6 : 0
    }
    case 'person':
      return namesOther(question, sentence) ? 1 : PERSON_CUE.test(text) ? 0.5 : 0
    case 'place':
      return PLACE_CUE.test(text) ? 1 : namesOther(question, sentence) ? 0.6 : 0
    case 'reason':
      return REASON_CUE.test(text) ? 1 : 0.2
    case 'manner':
      return MANNER_CUE.test(text) ? 1 : 0.4
    case 'definition':
      return defines(question, sentence) ? 1 : 0.3
    default:
      return 0.5
  }
}

/** The sentence names someone or something that the question does not. */
function namesOther(question: Question, { tokens }: IndexedSentence): boolean {
  const asked = new Set(question.terms.map((term) => term.key))
  return findNames(tokens, [], NO_NAMES).some((name) => !name.stems.some((part) => asked.has(part)))
}

/** "X is a …", "X means …", with the subject of the question near the beginning. */
function defines(question: Question, { text, positions }: IndexedSentence): boolean {
  const first = Math.min(...question.terms.flatMap(({ key }) => positions.get(key) ?? []))
  return first <= 5 && /\b(?:is|are|was|were|means?|refers? to|is called|stands for|denotes?)\b/i.test(text)
}
