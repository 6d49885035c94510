/**
 * Measures the grounding scorer on the test split of fixtures/grounding and prints AUC, balanced accuracy at the shipped
 * threshold, detection by kind at 10 % false alarms, and time per sentence against eight contexts.
 *
 *   node dist/bench/grounding/evaluate.js [--split fit|test] [--log] [--misses]
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { scoreGrounding } from '../../src/ask/grounding/index.js'
import { areaUnderCurve, detection } from './measure.js'
import { readClaims, type LabelledClaim } from './set.js'

const { values: options } = parseArgs({
  options: { split: { type: 'string', default: 'test' }, log: { type: 'boolean' }, misses: { type: 'boolean' } }
})
const FALSE_ALARMS = 0.1
const lines: string[] = []
const say = (line: string) => {
  lines.push(line)
  console.log(line)
}

const scored = readClaims()
  .filter((claim) => claim.split === options.split)
  .map((claim) => {
    const grounding = scoreGrounding(claim.claim, claim.contexts)
    const sentence = grounding.sentences[0]!
    return {
      ...claim,
      score: grounding.sentences.length === 1 ? sentence.score : (grounding.score ?? 0),
      answerScore: grounding.score ?? 0,
      verdict: sentence.verdict,
      reason: sentence.reason
    }
  })
const percent = (share: number) => `${(100 * share).toFixed(1)} %`

say(`# Grounding, ${options.split} split of fixtures/grounding, ${new Date().toISOString().slice(0, 10)}`)
say('')
say(
  `Command: \`node dist/bench/grounding/evaluate.js --split ${options.split}\`. Node ${process.version}, ${cpus()[0]?.model.trim() ?? 'unknown CPU'}.`
)
for (const set of ['speeches', 'everyday'] as const) {
  const those = scored.filter((claim) => claim.set === set)
  const positives = those.filter((claim) => claim.supported)
  const negatives = those.filter((claim) => !claim.supported)
  const of = (list: typeof those) => list.map((claim) => claim.score)
  const hits = positives.filter((claim) => claim.score >= 0.7).length / positives.length
  const rejected = negatives.filter((claim) => claim.score < 0.7).length / negatives.length
  say('')
  say(`## ${set}: ${positives.length} supported, ${negatives.length} not`)
  say('')
  say('| measure | value |')
  say('| --- | --- |')
  say(`| AUC, score of the sentence | ${areaUnderCurve(of(positives), of(negatives)).toFixed(3)} |`)
  say(
    `| AUC, score of the answer | ${areaUnderCurve(
      positives.map((claim) => claim.answerScore),
      negatives.map((claim) => claim.answerScore)
    ).toFixed(3)} |`
  )
  say(
    `| balanced accuracy at 0.70 | ${percent((hits + rejected) / 2)} (supported kept ${percent(hits)}, unsupported marked ${percent(rejected)}) |`
  )
  const { threshold } = detection(of(positives), of(negatives), FALSE_ALARMS)
  say('')
  say(`| kind | pairs | AUC | detected at ${percent(FALSE_ALARMS)} false alarms (score < ${threshold.toFixed(3)}) | marked CONTRADICTED |`)
  say('| --- | --- | --- | --- | --- |')
  for (const kind of ['negation', 'number', 'name', 'antonym', 'invention', 'unseen']) {
    const kinds = negatives.filter((claim) => claim.kind === kind)
    if (kinds.length === 0) continue
    const contradicted = kinds.filter((claim) => claim.verdict === 'CONTRADICTED').length / kinds.length
    say(
      `| ${kind} | ${kinds.length} | ${areaUnderCurve(of(positives), of(kinds)).toFixed(3)} | ${percent(detection(of(positives), of(kinds), FALSE_ALARMS).detected)} | ${percent(contradicted)} |`
    )
  }
  for (const kind of ['paraphrase', 'reworded', 'summary']) {
    const kinds = positives.filter((claim) => claim.kind === kind)
    if (kinds.length > 0)
      say(
        `| ${kind} (supported) | ${kinds.length} | ${areaUnderCurve(of(kinds), of(negatives)).toFixed(3)} | ${percent(kinds.filter((claim) => claim.score < threshold).length / kinds.length)} false | ${percent(kinds.filter((claim) => claim.verdict === 'CONTRADICTED').length / kinds.length)} |`
      )
  }
}
say('')
say(
  `Time: ${timePerSentence(scored).toFixed(0)} µs a sentence for answers of four sentences against 8 contexts of about 1,000 characters, contexts prepared once an answer.`
)
if (options.misses) {
  for (const claim of scored.filter((item) => item.supported !== item.score >= 0.5)) {
    console.log(`${claim.set} ${claim.kind} ${claim.score.toFixed(2)} ${claim.reason ?? ''} ${claim.claim}`)
  }
}
if (options.log) {
  const file = new URL(`../../../bench/results/grounding-${new Date().toISOString().slice(0, 10)}.md`, import.meta.url)
  writeFileSync(fileURLToPath(file), `${lines.join('\n')}\n`)
}

/** Median over 50 answers of the best of five rounds after one to warm up, so that other load on the machine counts little. */
function timePerSentence(claims: readonly LabelledClaim[]): number {
  const speeches = claims.filter((claim) => claim.set === 'speeches')
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
