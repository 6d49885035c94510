/**
 * Measures the grounding scorer on every source of fixtures/grounding and prints AUC, balanced accuracy at the shipped threshold,
 * detection by kind at 10 % false alarms, what to expect on sources that were not fitted to, and time per sentence.
 *
 *   node dist/bench/grounding/evaluate.js [--split fit|test] [--log]
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { scoreGrounding } from '../../src/ask/grounding/index.js'
import { areaUnderCurve, detection } from './measure.js'
import { crossSources, readRows } from './rows.js'
import { readClaims, SETS, type LabelledClaim } from './set.js'

const { values: options } = parseArgs({ options: { split: { type: 'string', default: 'test' }, log: { type: 'boolean' } } })
const FALSE_ALARMS = 0.1
const HIGH = 0.7

type Scored = LabelledClaim & { score: number; contradicted: boolean }

const lines: string[] = []
const say = (line: string) => {
  lines.push(line)
  console.log(line)
}
const percent = (share: number) => `${(100 * share).toFixed(0)} %`
const share = (list: readonly Scored[], fits: (claim: Scored) => boolean) => list.filter(fits).length / list.length
const scoresOf = (list: readonly Scored[]) => list.map(({ score }) => score)

const claims = readClaims().filter((claim) => claim.split === options.split)
const scored = claims.map((claim): Scored => {
  const { score, sentences } = scoreGrounding(claim.claim, claim.contexts)
  return { ...claim, score: score ?? 0, contradicted: sentences.some(({ verdict }) => verdict === 'CONTRADICTED') }
})

say(`# Grounding, ${options.split} split of fixtures/grounding, ${new Date().toISOString().slice(0, 10)}`)
say('')
say(
  `Command: \`node dist/bench/grounding/evaluate.js --split ${options.split}\`. Node ${process.version}, ${cpus()[0]?.model.trim() ?? '?'}.`
)
say('The score is that of the answer, as users see it; a claim that is not scored counts 0.')
say('')
say('| source | supported | not | AUC | balanced accuracy at 0.70 | supported HIGH | not supported below 0.40 |')
say('| --- | --- | --- | --- | --- | --- | --- |')
for (const set of SETS) {
  const those = scored.filter((claim) => claim.set === set)
  const positives = those.filter((claim) => claim.supported)
  const negatives = those.filter((claim) => !claim.supported)
  const kept = share(positives, ({ score }) => score >= HIGH)
  const rejected = share(negatives, ({ score }) => score < HIGH)
  const auc = areaUnderCurve(scoresOf(positives), scoresOf(negatives)).toFixed(3)
  const low = percent(share(negatives, ({ score }) => score < 0.4))
  say(`| ${set} | ${positives.length} | ${negatives.length} | ${auc} | ${percent((kept + rejected) / 2)} | ${percent(kept)} | ${low} |`)
}
say('')
say('`speeches`: made by rule and by hand from State of the Union speeches. `everyday`, `articles` (long claims about country profiles),')
say('`talk` (replies about a snippet): written by hand. `profiles`, `replies`: made by rule from the World Factbook and WordNet.')
say('')
say('## By kind')
say('')
say(`| source | kind | pairs | AUC | detected at ${percent(FALSE_ALARMS)} false alarms | marked CONTRADICTED |`)
say('| --- | --- | --- | --- | --- | --- |')
for (const set of SETS) {
  const those = scored.filter((claim) => claim.set === set)
  const positives = scoresOf(those.filter((claim) => claim.supported))
  const negatives = scoresOf(those.filter((claim) => !claim.supported))
  for (const kind of new Set(those.map((claim) => claim.kind))) {
    const kinds = those.filter((claim) => claim.kind === kind)
    const { supported } = kinds[0]!
    const auc = supported ? areaUnderCurve(scoresOf(kinds), negatives) : areaUnderCurve(positives, scoresOf(kinds))
    const detected = supported ? '(supported)' : percent(detection(positives, scoresOf(kinds), FALSE_ALARMS).detected)
    say(
      `| ${set} | ${kind} | ${kinds.length} | ${auc.toFixed(3)} | ${detected} | ${percent(share(kinds, (claim) => claim.contradicted))} |`
    )
  }
}
say('')
say('## On sources that were not fitted to')
say('')
say('AUC of single statements by the fitted probability. The rules were written with the errors of both splits in view; only the')
say('weights are fitted on the fit split alone.')
say('')
say('| source | fitted on the fit split of all, measured on the test split | fitted on all other sources, measured on this one |')
say('| --- | --- | --- |')
for (const { set, within, across } of crossSources(readRows())) say(`| ${set} | ${within.toFixed(3)} | ${across.toFixed(3)} |`)
say('')
say(
  `Time: ${timePerSentence(scored).toFixed(0)} µs a sentence for answers of four sentences against 8 contexts of about 1,000 characters, contexts prepared once an answer.`
)
if (options.log) {
  const file = new URL(`../../../bench/results/grounding-${new Date().toISOString().slice(0, 10)}.md`, import.meta.url)
  writeFileSync(fileURLToPath(file), `${lines.join('\n')}\n`)
}

/** Median over 50 answers of the best of five rounds after one to warm up, so that other load on the machine counts little. */
function timePerSentence(all: readonly LabelledClaim[]): number {
  const speeches = all.filter((claim) => claim.set === 'speeches')
  const answers = Array.from({ length: 50 }, (_, index) => speeches.slice(index * 4, index * 4 + 4))
  const times = answers.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < 6; round++) {
    for (const [index, answer] of answers.entries()) {
      const contexts = [...new Set(answer.flatMap((claim) => claim.contexts))].slice(0, 8)
      while (contexts.length < 8) contexts.push(speeches[contexts.length * 7]!.contexts[0]!)
      const text = answer.map((claim) => claim.claim).join(' ')
      const start = process.hrtime.bigint()
      const { sentences } = scoreGrounding(text, contexts)
      const time = Number(process.hrtime.bigint() - start) / 1000 / sentences.length
      if (round > 0) times[index] = Math.min(times[index]!, time)
    }
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}
