import { splitSentences } from '../text/sentences.js'
import type { Evidence, Grounding, SentenceGrounding, SentenceVerdict } from '../../types.js'
import { readMarkers, withoutMarkers } from './citations.js'
import { splitClauses } from './clauses.js'
import { conflictsOf, readClaim, type Features, type Reading } from './features.js'
import { LONGEST_SENTENCE, prepareContexts, PreparedSentence, type PreparedContexts } from './prepare.js'
import { checkQuotes, normalise } from './quotes.js'
import { isRefusal } from './refusals.js'
import { isRemark, statementOf } from './remarks.js'
import { answerScore, HIGH, labelOf, MEDIUM } from './score.js'
import { supportOf } from './support.js'

export { checkCitations, type CitationCheck } from './citations.js'

/** A whole sentence that reaches this needs no reading by clauses. */
const CERTAIN = 0.95
/** A question whose words one context sentence covers to this share could have been answered. */
const ANSWERABLE = 0.75

export interface GroundingOptions {
  /** The question that was answered; used to tell whether a refusal overlooked an answer. */
  question?: string
}

/** A text that an answer may rest on; where it is a span of a frame, evidence is given as a span of that frame too. */
export interface GroundingContext {
  text: string
  frameId?: number
  /** Where the text begins in the frame's text, UTF-8 bytes. */
  start?: number
}

/**
 * Scores how far an answer is borne out by its contexts. Each sentence is aligned with one to three sentences of evidence and
 * compared there: words, their order, numbers with their units, dates, negation, opposites, names and their roles, quotes.
 * Deterministic, without network or model; whether the contexts are true is not checked.
 *
 * `score` is the mean of the sentences' scores, a contradicted one counting twice; it is 1 when the contexts say all of them in the
 * same words. An answer that only says that the contexts do not hold it is `abstained`, without score or label, as is an answer without
 * a checkable sentence, which is not `abstained`.
 *
 * @example
 * scoreGrounding('It cost $2B [1].', ['The acquisition was valued at $2 billion.'])
 */
export function scoreGrounding(
  answer: string,
  contexts: readonly (string | GroundingContext)[],
  options: GroundingOptions = {}
): Grounding {
  const prepared = prepareContexts(contexts)
  const sentences: SentenceGrounding[] = []
  let refusals = 0
  for (const span of splitSentences(answer)) {
    const text = answer.slice(span.start, span.end)
    const { valid, invalid } = span.kind === 'code' ? { valid: [], invalid: [] } : readMarkers(text, contexts.length)
    const citations = { ...(valid.length > 0 ? { citations: valid } : {}), ...(invalid.length > 0 ? { invalidCitations: invalid } : {}) }
    const plain = statementOf(withoutMarkers(text))
    const refusal = isRefusal(plain)
    if (refusal) refusals++
    if (refusal || span.kind === 'heading' || span.kind === 'code' || isRemark(plain)) {
      sentences.push({ sentence: text, start: span.start, end: span.end, verdict: 'NOT_CHECKABLE', score: 0, ...citations })
      continue
    }
    const claim = new PreparedSentence(plain.slice(0, LONGEST_SENTENCE), span.start, span.end, span.kind, -1, prepared.knownNames)
    const judged = judge(claim, prepared)
    if (judged.evidence) placeInFrame(judged.evidence, contexts[judged.evidence.context]!)
    sentences.push({ sentence: text, start: span.start, end: span.end, ...judged, ...citations })
  }
  const score = answerScore(sentences)
  const abstained = refusals > 0 && score === null
  const label = score === null ? null : labelOf(score)
  return {
    score,
    label,
    sentenceCount: sentences.filter((sentence) => sentence.verdict !== 'NOT_CHECKABLE').length,
    groundedSentences: sentences.filter((sentence) => sentence.verdict === 'SUPPORTED').length,
    hasWarning: label === 'LOW',
    abstained,
    ...(abstained && options.question !== undefined ? { answerMayExist: answerMayExist(options.question, prepared) } : {}),
    sentences
  }
}

/** The place of the evidence in the frame that its context is a span of. */
function placeInFrame(evidence: Evidence, context: string | GroundingContext): void {
  if (typeof context === 'string' || context.frameId === undefined) return
  const bytes = (text: string) => Buffer.byteLength(text, 'utf8')
  evidence.frameId = context.frameId
  evidence.span = { start: (context.start ?? 0) + bytes(context.text.slice(0, evidence.start)), length: bytes(evidence.text) }
}

function judge(claim: PreparedSentence, contexts: PreparedContexts): Pick<SentenceGrounding, 'verdict' | 'score' | 'reason' | 'evidence'> {
  const { reading, score: support } = bestReading(claim, contexts)
  const first = reading.evidence === null ? undefined : contexts.sentences[reading.evidence.sentences[0]!]
  const quotes = checkQuotes(claim.text, contexts)
  const stated = first !== undefined && (normalise(first.text) === normalise(claim.text) || isStated(reading))
  const score = stated && quotes === 1 ? 1 : sharpen(support * quotes)
  const reason = first === undefined || reading.features.coverage < 0.45 ? undefined : reasonOf(reading.features)
  const verdict: SentenceVerdict =
    score >= HIGH ? 'SUPPORTED' : reason !== undefined ? 'CONTRADICTED' : score >= MEDIUM ? 'WEAK' : 'UNSUPPORTED'
  return {
    verdict,
    // Words that it shares with evidence which says otherwise are no support.
    score: verdict === 'CONTRADICTED' ? Math.min(score, MEDIUM) / 2 : score,
    ...(verdict === 'CONTRADICTED' ? { reason: reason! } : {}),
    ...(first === undefined ? {} : { evidence: { context: first.context, start: first.start, end: first.end, text: first.text } })
  }
}

/** True when one sentence of the contexts holds every content word of the claim in the same order, and nothing speaks against it. */
function isStated({ features, evidence, order }: Reading): boolean {
  const { namesMissing, numbersAbsent, negationAdded, antonymNear } = features
  const doubts = conflictsOf(features) + namesMissing + numbersAbsent + negationAdded + antonymNear
  return evidence !== null && evidence.bestCoverage > 0.999 && order === 1 && doubts === 0
}

/**
 * Moves a probability away from the middle, and leaves 0, the label thresholds and 1 where they are: what is well supported
 * reads as near 100 %, what is invented as near 0 %.
 */
function sharpen(probability: number): number {
  if (probability >= HIGH) return 1 - (1 - probability) ** 2 / (1 - HIGH)
  return probability >= MEDIUM ? probability : probability ** 2 / MEDIUM
}

/**
 * A sentence that joins several statements may rest on evidence from different places, so it is read whole and clause by
 * clause; the clauses count as much as the weakest of them.
 */
function bestReading(claim: PreparedSentence, contexts: PreparedContexts): { reading: Reading; score: number } {
  const reading = readClaim(claim, contexts)
  const score = supportOf(reading.features)
  const clauses = splitClauses(claim)
  if (clauses.length < 2 || score >= CERTAIN) return { reading, score }
  let weakest: { reading: Reading; score: number } | undefined
  for (const text of clauses) {
    const part = readClaim(new PreparedSentence(text, claim.start, claim.end, claim.kind, -1, contexts.knownNames), contexts)
    const partScore = supportOf(part.features)
    if (weakest === undefined || partScore < weakest.score) weakest = { reading: part, score: partScore }
    if (weakest.score <= score) break
  }
  return weakest!.score > score ? weakest! : { reading, score }
}

/** From here on a check that gives a degree counts as a contradiction. */
const SURE = 0.6

function reasonOf(features: Features): string | undefined {
  if (features.numberConflict === 1) return 'number'
  if (features.negation === 1) return 'negation'
  if (features.rolesSwapped === 1 || features.nameReplaced >= SURE) return 'name'
  return features.antonym >= SURE ? 'antonym' : undefined
}

function answerMayExist(question: string, contexts: PreparedContexts): boolean {
  const asked = new PreparedSentence(question, 0, question.length, 'prose', -1, contexts.knownNames)
  return asked.terms.length > 0 && (readClaim(asked, contexts).evidence?.bestCoverage ?? 0) >= ANSWERABLE
}
