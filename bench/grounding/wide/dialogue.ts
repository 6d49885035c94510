import type { SeededRandom } from '../random.js'
import { condense, lower, upper, withoutStop } from './condense.js'
import type { Noun, WordNet } from './wordnet.js'

export interface Reply {
  kind: string
  claim: string
  supported: boolean
}

/** What stands around a statement that rests on the snippet. `#` is the statement, `~` the same with a small letter. */
const AROUND = [
  '#',
  '#',
  'Yes, ~',
  'Well, ~',
  'I know that ~',
  'Did you know that ~?',
  "It's interesting that ~",
  'I have heard that ~',
  "That's cool! #",
  '# Pretty neat, right?',
  'Oh yeah, ~',
  "I'm not an expert, but ~",
  'I believe ~',
  'Sure! #',
  'From what I know, ~',
  '# Do you like it?',
  'I do! #',
  'As far as I know, ~',
  'Haha, ~',
  "I'm glad you asked. #"
]
/** Replies that rest on nothing: opinions, memories, small talk. `@` is the topic. */
const PERSONAL = [
  'I love @, it reminds me of my childhood.',
  "I don't know much about @, but my brother does.",
  'I had a @ once, it was the best thing ever.',
  'My grandmother used to tell me about @ every summer.',
  'I would love to learn more about @ some day.',
  "That's so true, I could talk about @ all day!",
  'I went to see one last year with my wife.',
  'I think everybody should know about @, it changed my life.',
  'I prefer other things to @, to be honest.',
  'I saw a documentary on @ last week, it was great.',
  "I've been interested in @ since I was ten.",
  'My favorite one is the blue one.',
  'Yeah, I agree with you, @ is really popular these days.',
  'My friends and I argue about @ all the time.',
  'I bought a book about @ for five dollars.',
  'I never thought about @ that way, thanks for telling me.',
  "Sounds like fun, I'll have to try @ some time.",
  'It must be hard to work with @ every day.'
]
/** Details that no snippet holds. */
const INVENTED = [
  'It was invented in 1874 by a French engineer.',
  'There are over two million of them in Canada.',
  'The oldest one was found near Cairo in 1922.',
  'The name comes from a Dutch word for water.',
  'It was very popular with the kings of Spain.',
  'Most of them are exported to Japan.',
  'It became famous through a film of the 1980s.',
  'About 40 percent of all Americans own one.',
  'It is mostly used by doctors and soldiers.',
  'The first factory for it opened in Chicago in 1910.',
  'It was banned in several countries after the war.',
  'Scientists still do not agree on how it works.'
]

/** A snippet about a noun, and replies to it in a conversation. */
export function makeReplies({ word, gloss, siblings }: Noun, words: WordNet, random: SeededRandom): { snippet: string; replies: Reply[] } {
  const sibling = random.pick(siblings)
  const article = /^[aeiou]/.test(word) ? 'An' : 'A'
  const kindred = siblings.slice(0, 3).filter((other) => other !== sibling)
  const snippet = [
    `${article} ${word} is ${gloss}.`,
    ...(random.next() < 0.6 ? kindred.map((other) => `${upper(other.word)}: ${other.gloss}.`) : [])
  ].join(' ')
  const statement = condense(`${article} ${word} is ${gloss}.`, words, random, 0.3)
  const short = condense(`It is ${gloss}.`, words, random, 0.15)
  const foreign = `${article} ${word} is ${sibling.gloss}.`
  const replies: Reply[] = [
    { kind: 'reply', claim: around(statement, random), supported: true },
    { kind: 'reply-short', claim: around(short, random), supported: true },
    { kind: 'reply-foreign', claim: around(foreign, random), supported: false },
    { kind: 'reply-invented', claim: random.pick(INVENTED), supported: false },
    { kind: 'reply-more', claim: `${around(short, random)} ${random.pick(INVENTED)}`, supported: false },
    { kind: 'reply-personal', claim: random.pick(PERSONAL).replace('@', `${article.toLowerCase()} ${word}`), supported: false },
    { kind: 'reply-personal', claim: random.pick(PERSONAL).replace('@', `the ${word}`), supported: false }
  ]
  return { snippet, replies }
}

function around(statement: string, random: SeededRandom): string {
  const frame = random.pick(AROUND)
  const inside = /~\?/.test(frame) ? withoutStop(statement) : statement
  return frame.replace('#', () => inside).replace('~', () => lower(inside))
}
