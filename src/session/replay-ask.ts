import { contextPassages } from '../ask/context.js'
import { renderWithinBudget } from '../ask/budget.js'
import { randomDelimiter } from '../ask/prompt.js'
import { askModels } from './ask-models.js'
import { auditContext, type FrozenContext } from './audit.js'
import type { Action } from './events.js'
import { endedFrames } from './frames.js'
import type { AskRecord } from './record.js'
import type { AskReplay, FindReplay } from './replay-types.js'
import type { ReplayRun } from './replay.js'
import { replayFind } from './replay-find.js'
import { UNKNOWN_COST } from './totals.js'

/** Verifies an ask's frozen context and, with a model named, puts the very same context to that model. */
export async function auditAsk(run: ReplayRun, step: number, action: Action, record: AskRecord): Promise<AskReplay> {
  const replay = describeAsk(step, record, run.models.map(({ label }) => label))
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
    ...(run.options.details && frozen.verified ? { frozenContext: contextOf(frozen.verified) } : {}),
  }
  if (!frozen.verified) return audited
  return askModels(run, audited, run.models, { record, ...frozen.verified, frozen: true })
}

function contextOf({ passages, prompt }: NonNullable<FrozenContext['verified']>): NonNullable<AskReplay['frozenContext']> {
  return { passages, messages: prompt.messages }
}

/** Searches again for an ask and, with a model named or where answering is local, asks again over what was found. */
export async function replayAsk(run: ReplayRun, step: number, record: AskRecord): Promise<AskReplay> {
  const replay = describeAsk(step, record, run.models.map(({ label }) => label))
  const { question, parameters, retrieval } = record
  if (!parameters || !retrieval) return { ...replay, status: 'NOT CHECKED' }
  const search = { query: question, parameters, retrieval, context: record.context, model: record.model }
  const { replay: find, response } = await replayFind(run.store, step, search, run.options)
  const searched: AskReplay = { ...replay, status: find.status, find, ...endedSince(find) }
  const models = run.models.length === 0 && record.model?.provider === 'local' ? [run.localModel] : run.models
  if (models.length === 0) return searched
  const passages = await contextPassages(run.store, response)
  const maxContextTokens = run.options.maxContextTokens ?? record.context?.maxContextTokens ?? undefined
  const { prompt } = await renderWithinBudget({ question, passages, delimiter: randomDelimiter(), maxContextTokens }, record.model)
  const included = prompt.includedPassages.map((index) => passages[index]!)
  return askModels(run, searched, models, { record, passages: included, prompt, frozen: false })
}

const ERASED_ANSWER = { code: 'Erased', message: 'the recorded answer was erased' }

/** What the recording says of an ask, before anything is compared. `labels`: the models that are asked instead. */
export function describeAsk(step: number, record: AskRecord, labels: readonly string[]): AskReplay {
  const { answer: originalAnswer, erased = [] } = record
  const error = record.error ?? (erased.includes('answer') ? ERASED_ANSWER : undefined)
  return {
    step,
    question: record.question,
    status: 'NOT CHECKED',
    originalModel: record.model?.label ?? 'unknown',
    ...(labels.length === 1 ? { overrideModel: labels[0]! } : {}),
    ...(labels.length > 1 ? { overrideModels: [...labels] } : {}),
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

function endedSince({ went }: FindReplay): Pick<AskReplay, 'supersededSince' | 'deletedSince'> {
  const ids = (reason: string) => went.filter((change) => change.reason === reason).map((change) => change.frameId)
  return { supersededSince: ids('superseded'), deletedSince: ids('deleted') }
}
