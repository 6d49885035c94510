import { answer, type Answer } from '../ask/answer.js'
import { contextPassages } from '../ask/context.js'
import { randomDelimiter, renderPrompt, type RenderedPrompt } from '../ask/prompt.js'
import { MemvidError } from '../errors.js'
import type { ResolvedModel } from '../providers/model.js'
import type { ContextPassage } from '../types.js'
import { auditContext } from './audit.js'
import { wordDiff } from './diff.js'
import type { Action } from './events.js'
import { endedFrames } from './frames.js'
import type { AskRecord } from './record.js'
import type { AskReplay, FindReplay } from './replay-types.js'
import type { ReplayRun } from './replay.js'
import { replayFind } from './replay-find.js'
import { UNKNOWN_COST } from './totals.js'

/** Verifies an ask's frozen context and, with a model named, puts the very same context to that model. */
export async function auditAsk(run: ReplayRun, step: number, action: Action, record: AskRecord): Promise<AskReplay> {
  const replay = describeAsk(step, record, run.useModel)
  const { context } = record
  if (!context || context.frameId.length === 0) return { ...replay, status: 'NOT CHECKED' }
  const frozen = await auditContext(run.store, record, context, action.commit)
  const audited: AskReplay = {
    ...replay,
    status: frozen.status,
    context: frozen.status,
    contextProblems: frozen.problems,
    frames: frozen.frames,
    supersededSince: endedFrames(frozen.frames, 'superseded'),
    deletedSince: endedFrames(frozen.frames, 'deleted'),
  }
  if (!frozen.verified || !run.useModel) return audited
  return askAgain(run, audited, run.useModel, record.question, frozen.verified.passages, frozen.verified.prompt)
}

/** Searches again for an ask and, with a model named or where answering is local, asks again over what was found. */
export async function replayAsk(run: ReplayRun, step: number, record: AskRecord): Promise<AskReplay> {
  const replay = describeAsk(step, record, run.useModel)
  const { question, parameters, retrieval } = record
  if (!parameters || !retrieval) return { ...replay, status: 'NOT CHECKED' }
  const { replay: find, response } = await replayFind(run.store, step, { query: question, parameters, retrieval }, run.options)
  const searched: AskReplay = { ...replay, status: find.status, find, ...endedSince(find) }
  const model = run.useModel ?? (record.model?.provider === 'local' ? run.localModel : undefined)
  if (!model) return searched
  const passages = await contextPassages(run.store, response)
  const maxContextTokens = record.context?.maxContextTokens ?? undefined
  const prompt = renderPrompt({ question, passages, delimiter: randomDelimiter(), maxContextTokens })
  const included = prompt.includedPassages.map((index) => passages[index]!)
  return askAgain(run, searched, model, question, included, prompt)
}

function describeAsk(step: number, record: AskRecord, useModel: ResolvedModel | undefined): AskReplay {
  const { answer: originalAnswer, error } = record
  return {
    step,
    question: record.question,
    status: 'NOT CHECKED',
    originalModel: record.model?.label ?? 'unknown',
    ...(useModel ? { overrideModel: useModel.label } : {}),
    frozenFrames: record.context?.frameId ?? [],
    supersededSince: [],
    deletedSince: [],
    originalAnswer: originalAnswer ?? null,
    ...(error ? { originalError: error } : {}),
    answerStatus: 'NOT RE-ASKED',
    original:
      originalAnswer === undefined
        ? null
        : {
            usage: record.response?.usage ?? null,
            cost: record.cost ?? UNKNOWN_COST,
            latencyMs: record.response?.latencyMs ?? 0,
            grounding: record.grounding ?? null,
            cached: record.cached,
          },
  }
}

async function askAgain(
  { options, signal, prices }: ReplayRun,
  replay: AskReplay,
  model: ResolvedModel,
  question: string,
  passages: readonly ContextPassage[],
  prompt: RenderedPrompt,
): Promise<AskReplay> {
  const { maxOutputTokens, temperature, seed, timeoutMs } = options
  let answered: Answer
  try {
    answered = await answer(model, question, passages, prompt, { maxOutputTokens, temperature, seed, timeoutMs, signal, prices })
  } catch (error) {
    if (!(error instanceof MemvidError) || error.code === 'Aborted') throw error
    return { ...replay, newError: { code: error.code, message: error.message } }
  }
  const { text, response, cost, grounding } = answered
  const replayed = { usage: response.usage, cost, latencyMs: response.latencyMs, grounding, cached: false }
  const { originalAnswer } = replay
  if (originalAnswer === null) return { ...replay, newAnswer: text, replayed, answerStatus: 'CHANGED', diffStatus: 'CHANGED' }
  const status = originalAnswer === text ? 'IDENTICAL' : 'CHANGED'
  const diff = options.diff ? { wordDiff: wordDiff(originalAnswer, text) } : {}
  return { ...replay, newAnswer: text, replayed, answerStatus: status, diffStatus: status, ...diff }
}

function endedSince({ went }: FindReplay): Pick<AskReplay, 'supersededSince' | 'deletedSince'> {
  const ids = (reason: string) => went.filter((change) => change.reason === reason).map((change) => change.frameId)
  return { supersededSince: ids('superseded'), deletedSince: ids('deleted') }
}
