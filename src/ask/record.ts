/** What a session records of an ask, made from what was sent and received. */

import { createHash } from 'node:crypto'
import type { RenderedPrompt } from './prompt.js'
import type { Completion } from '../providers/complete.js'
import type { ResolvedModel } from '../providers/model.js'
import { PROMPT_MARK, type ContextRecord, type ModelRecord, type RequestRecord, type ResponseRecord } from '../session/record.js'
import type { Grounding } from '../types.js'
import type { RankedPassage } from './context.js'

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

/** The passages of a prompt as spans and hashes, and the hash of the context as it was rendered. */
export function contextRecord(
  prompt: RenderedPrompt,
  passages: readonly RankedPassage[],
  delimiter: string,
  maxContextTokens: number | undefined,
): ContextRecord {
  const included = prompt.includedPassages.map((index) => passages[index]!)
  return {
    template: prompt.template,
    delimiter,
    sha256: sha256(prompt.contextText),
    tokensEstimate: prompt.contextTokensEstimate,
    ...(prompt.tokenizer === undefined ? {} : { tokenizer: prompt.tokenizer }),
    maxContextTokens: maxContextTokens ?? null,
    frameId: included.map((passage) => passage.frameId),
    start: included.map((passage) => passage.start),
    length: included.map((passage) => passage.length),
    contentHash: Buffer.concat(included.map((passage) => Buffer.from(passage.contentHash, 'hex'))),
    uri: included.map((passage) => passage.uri),
    title: included.map((passage) => passage.title ?? null),
    rank: included.map((passage) => passage.rank),
    leftOut: prompt.leftOut.map(({ index, reason }) => ({ rank: passages[index]!.rank, reason })),
  }
}

/**
 * The request as sent, without the user message: that is rendered from the question and from passages that stand in the frames, and a
 * purge of a frame must not leave a copy here. The hash is of the whole, so an audit can show that frames and record together give the
 * very request.
 */
export function requestRecord(requestBody: unknown, prompt: RenderedPrompt): RequestRecord {
  const message = userMessage(prompt)
  return { body: JSON.stringify(replaceTexts(requestBody, message, PROMPT_MARK)), sha256: sha256(JSON.stringify(requestBody)) }
}

/** Whether the recorded request, with this prompt put back into it, is the one that was sent. */
export function requestMatches(record: RequestRecord, prompt: RenderedPrompt): boolean {
  const whole = JSON.stringify(replaceTexts(JSON.parse(record.body), PROMPT_MARK, userMessage(prompt)))
  return sha256(whole).equals(record.sha256)
}

function userMessage(prompt: RenderedPrompt): string {
  return prompt.messages.findLast((message) => message.role === 'user')?.content ?? ''
}

export function modelRecord({ label, provider, model, apiModel, baseUrl }: ResolvedModel): ModelRecord {
  return { label, provider, model, apiModel, baseUrl: baseUrl || null }
}

export function responseRecord(completion: Completion): ResponseRecord {
  const { responseModel, responseId, finishReasons, finish, partialReason, usage, rawUsage } = completion
  const { latencyMs, timeToFirstTokenMs, retries } = completion
  return {
    responseModel,
    responseId,
    finishReasons,
    finish,
    ...(partialReason === undefined ? {} : { partialReason }),
    usage,
    rawUsage: rawUsage === null || rawUsage === undefined ? null : JSON.stringify(rawUsage),
    latencyMs,
    timeToFirstTokenMs,
    retries,
  }
}

/** Grounding without the evidence's text, which stands in the frames: its place says where. */
export function groundingRecord(grounding: Grounding): Grounding {
  const sentences = grounding.sentences.map(({ evidence, ...sentence }) =>
    evidence ? { ...sentence, evidence: { ...evidence, text: '' } } : sentence,
  )
  return { ...grounding, sentences }
}

function replaceTexts(value: unknown, from: string, to: string): unknown {
  if (value === from) return to
  if (Array.isArray(value)) return value.map((item) => replaceTexts(item, from, to))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceTexts(item, from, to)]))
}
