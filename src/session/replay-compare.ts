import type { Store } from '../memory/store.js'
import { wordDiff } from './diff.js'
import { findSession } from './lookup.js'
import { findStatus } from './replay-find.js'
import type { ReplayComparison, ReplayStepPair } from './replay-control-types.js'
import { findReplay, readReplays, restore } from './replay-saved.js'
import type { AskReplay, ReplayStep } from './replay-types.js'
import { aboutOf } from './verdict.js'

/** Two saved replays of one session side by side: a step is the same action in both. */
export async function compareReplays(store: Store, session: string, a: string | number, b: string | number): Promise<ReplayComparison> {
  const found = await findSession(store, session)
  const replays = await readReplays(store, found)
  const [first, second] = [findReplay(store, replays, a), findReplay(store, replays, b)]
  const stepsA = (await restore(store, found, first.record)).steps
  const stepsB = (await restore(store, found, second.record)).steps
  const byStep = new Map(stepsB.map((step) => [step.step, step]))
  const steps = stepsA.flatMap((step) => {
    const other = byStep.get(step.step)
    return other ? [comparePair(step, other)] : []
  })
  const both = new Set(steps.map(({ step }) => step))
  const only = (list: readonly ReplayStep[]) => list.map(({ step }) => step).filter((step) => !both.has(step))
  const [onlyA, onlyB] = [only(stepsA), only(stepsB)]
  const identicalSteps = steps.filter(({ identical }) => identical).length
  const identical = identicalSteps === steps.length && onlyA.length === 0 && onlyB.length === 0
  return { sessionId: found.info.sessionId, a: first.info, b: second.info, steps, onlyA, onlyB, identicalSteps, identical }
}

function comparePair(a: ReplayStep, b: ReplayStep): ReplayStepPair {
  const results = compareResults(a, b)
  const answers = compareAnswers(answersOf(a.ask), answersOf(b.ask))
  const same = a.status === b.status && (results?.status ?? 'IDENTICAL') === 'IDENTICAL' && answers.every(({ status }) => status === 'IDENTICAL')
  return {
    step: a.step,
    kind: a.kind,
    about: aboutOf(a),
    statusA: a.status,
    statusB: b.status,
    identical: same,
    ...(results ? { results } : {}),
    ...(answers.length > 0 ? { answers } : {}),
  }
}

function compareResults(a: ReplayStep, b: ReplayStep): ReplayStepPair['results'] {
  const before = (a.find ?? a.ask?.find)?.newFrames
  const after = (b.find ?? b.ask?.find)?.newFrames
  if (!before || !after) return undefined
  const came = after.filter((frameId) => !before.includes(frameId))
  const went = before.filter((frameId) => !after.includes(frameId))
  return { status: findStatus(before, after), came, went }
}

interface Given {
  model: string
  text: string
}

function answersOf(ask: AskReplay | undefined): Given[] {
  if (ask?.answers) return ask.answers.flatMap(({ model, answer }) => (answer === undefined ? [] : [{ model, text: answer }]))
  return ask?.newAnswer === undefined ? [] : [{ model: ask.overrideModel ?? ask.originalModel, text: ask.newAnswer }]
}

function compareAnswers(a: readonly Given[], b: readonly Given[]): NonNullable<ReplayStepPair['answers']> {
  const sameModel = a.flatMap((one): [Given, Given][] => {
    const other = b.find(({ model }) => model === one.model)
    return other ? [[one, other]] : []
  })
  const restA = a.filter((one) => !sameModel.some(([own]) => own === one))
  const restB = b.filter((one) => !sameModel.some(([, own]) => own === one))
  const rest = Array.from({ length: Math.max(restA.length, restB.length) }, (_, index) => [restA[index], restB[index]] as const)
  return [...sameModel, ...rest].map(([one, other]) => ({
    modelA: one?.model ?? null,
    modelB: other?.model ?? null,
    status: one && other && one.text === other.text ? 'IDENTICAL' : 'CHANGED',
    wordDiff: one && other && one.text !== other.text ? wordDiff(one.text, other.text) : [],
  }))
}
