import { MemvidError } from '../errors.js'
import { OptionReader } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import type { SessionSummary as NativeSummary } from '../native/binding.js'
import { MerkleTree } from '../proof/merkle.js'
import { parsePublicKey } from '../proof/note.js'
import { decodePayload } from './codec.js'
import { eachAction, type Action } from './events.js'
import { FrameProofs, namedFrames } from './frame-proofs.js'
import { findSession, type FoundSession } from './lookup.js'
import { chainHashOf, checkAnchors, checkSignatures, type Computed } from './signatures.js'
import { Tally } from './totals.js'
import { erasedFields, proveAction } from './tree.js'
import type { ProofProblem, Rung, SessionVerifyOptions, SessionVerifyResult, Verdict } from './verify-types.js'

const RUNGS: readonly Rung[] = ['checksummed', 'chained', 'signed', 'anchored']

/** Checks everything that format-spec/09-proof demands of a session. What does not hold is listed, not thrown. */
export async function verifySession(store: Store, text: string, given: SessionVerifyOptions): Promise<SessionVerifyResult> {
  const options = new OptionReader('sessionVerify', given, ['publicKeys', 'trustedKeys', 'anchors', 'onProgress'])
  const demanded = (options.texts('publicKeys') ?? []).map(parsePublicKey)
  const trusted = (options.texts('trustedKeys') ?? []).map(parsePublicKey)
  const anchors = options.texts('anchors') ?? []
  const onProgress = options.call<NonNullable<SessionVerifyOptions['onProgress']>>('onProgress')
  const found = await findSession(store, text)
  const proof = await readProof(store, found, onProgress)
  const { problems, computed } = proof
  const recordedRoot = await checkEnd(store, found, proof)
  const { commits } = await checkFile(store, proof)
  const signatures = await checkSignatures(store, found, computed, { demanded, trusted }, problems)
  const anchored = await checkAnchors(store, found, computed, anchors, problems)
  const isSigned = signatures.some(({ status }) => status === 'valid')
  const isCompared = recordedRoot !== null || isSigned || anchored.isWhole
  const holds = (rung: Rung) => !problems.some((problem) => problem.rung === rung)
  const checksummed = holds('checksummed')
  const chained = checksummed && holds('chained')
  const rungs = { checksummed, chained, signed: chained && isSigned && holds('signed'), anchored: chained && anchored.some && holds('anchored') }
  const { sessionId, name, status, actionCount } = found.info
  return {
    sessionId,
    name,
    status,
    verdict: verdict(problems, isCompared),
    rung: RUNGS.findLast((rung) => rungs[rung]) ?? null,
    rungs,
    actionCount,
    frameCount: proof.frameCount,
    commitCount: commits,
    root: computed.tree ? computed.tree.root().toString('hex') : null,
    recordedRoot: recordedRoot?.toString('hex') ?? null,
    signatures,
    erased: proof.erased,
    problems,
  }
}

function verdict(problems: readonly ProofProblem[], isCompared: boolean): Verdict {
  if (problems.length > 0) return 'NOT VERIFIED'
  return isCompared ? 'VERIFIED' : 'UNVERIFIABLE'
}

/** What reading all actions gave. */
interface Proof {
  problems: ProofProblem[]
  computed: Computed
  tally: Tally
  frameCount: number
  erased: { action: number; fields: string[] }[]
}

async function readProof(store: Store, found: FoundSession, onProgress: SessionVerifyOptions['onProgress']): Promise<Proof> {
  const problems: ProofProblem[] = []
  const tally = new Tally()
  const frames = new FrameProofs(store)
  const tree = new MerkleTree()
  const erased: Proof['erased'] = []
  const told = new Set<string>()
  let isWhole = true
  for await (const action of eachAction(store, found)) {
    tally.add(action)
    const { number } = action
    const problem = (message: string, offset = action.event?.offset ?? null) => problems.push({ rung: 'checksummed', action: number, offset, message })
    if (action.error && action.error.code !== 'Erased') problem(action.error.message, action.error.offset)
    if (number !== tally.count - 1) problem(`action ${tally.count - 1} is missing`)
    const fields = action.event ? proven(found, action, tree, problem) : undefined
    if (!fields) isWhole = false
    else if (fields.length > 0) erased.push({ action: number, fields })
    const named = namedFrames(action)
    await frames.read(named)
    for (const frame of named) {
      const message = frames.problem(frame)
      if (message === undefined || told.has(message)) continue
      told.add(message)
      problem(message)
    }
    if (action.event) await checkSnapshot(store, action, problem)
    onProgress?.({ done: tally.count, total: found.info.actionCount })
  }
  if (tally.count !== found.info.actionCount) {
    isWhole = false
    const message = `${tally.count} of the session's ${found.info.actionCount} actions are there`
    problems.push({ rung: 'checksummed', action: null, offset: null, message })
  }
  return { problems, computed: { tree: isWhole ? tree : undefined }, tally, frameCount: frames.count, erased }
}

/** Adds an action to the tree; gives the names of its erased fields, or undefined when it can't be proven. */
function proven({ session }: FoundSession, { event }: Action, tree: MerkleTree, problem: (message: string) => void): string[] | undefined {
  try {
    tree.add(Buffer.from(proveAction(session, event!).statement))
    return erasedFields(decodePayload(event!.payload, 'the action'))
  } catch (error) {
    if (!(error instanceof MemvidError)) throw error
    problem(error.message)
    return undefined
  }
}

/** An action was carried out on a commit of this very history. */
async function checkSnapshot(store: Store, { commit, event }: Action, problem: (message: string) => void): Promise<void> {
  const hash = await chainHashOf(store, commit)
  if (hash instanceof MemvidError) problem(hash.message)
  else if (!hash?.equals(event!.chainHash)) problem(`it was carried out on a commit ${commit} that is not in this file's history`)
}

/** The end of the session says how many actions there were, what they sum up to, and their root. Gives the recorded root. */
async function checkEnd(store: Store, { session, info }: FoundSession, { problems, computed, tally, erased }: Proof): Promise<Buffer | null> {
  const summary = (await store.native.sessions()).find((each) => each.session.equals(session))
  const problem = (message: string) => problems.push({ rung: 'checksummed', action: null, offset: null, message })
  if (!readable(summary?.startPayload)) problem("the session's start can't be read")
  if (info.status === 'active') return null
  const end = readable(summary?.endPayload)
  if (!end) {
    problem("the session's end can't be read")
    return null
  }
  const { root, actionCount, actions, totals } = end
  if (!(root instanceof Uint8Array)) return null
  if (actionCount !== info.actionCount) problem(`the end speaks of ${String(actionCount)} actions, the session has ${info.actionCount}`)
  // What was erased can't be summed up again; its commitments still stand in the tree.
  const canSum = erased.length === 0 && tally.count === info.actionCount
  if (canSum && !isSame(actions, tally.actions)) problem('the end counts the kinds of actions otherwise')
  if (canSum && !isSame(totals, tally.totals())) problem('the totals in the end are not those of the actions')
  if (computed.tree && !computed.tree.root().equals(root)) problem('the root computed now is not the one that the end of the session holds')
  return Buffer.from(root)
}

function readable(payload: NativeSummary['startPayload']): Record<string, unknown> | undefined {
  try {
    return payload && decodePayload(payload, 'an event of the session')
  } catch (error) {
    if (error instanceof MemvidError) return undefined
    throw error
  }
}

function isSame(recorded: unknown, computed: object): boolean {
  const sorted = (value: unknown) => JSON.stringify(Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(recorded) === sorted(computed)
}

/** The chain of commits from the header to the end of the file, and every byte of every record. */
async function checkFile(store: Store, { problems }: Proof): Promise<{ commits: number }> {
  const { commits, damages, tornBytes, gaps } = await store.native.verify(1)
  if (gaps > 0) {
    const message = `${gaps} commits can't be linked to the one before: a repair set damaged bytes aside`
    problems.push({ rung: 'chained', action: null, offset: null, message })
  }
  for (const { offset, message } of damages) problems.push({ rung: 'chained', action: null, offset, message })
  if (tornBytes > 0 && damages.length === 0) {
    const message = `${tornBytes} bytes after the last commit: a transaction that was not finished, or one that was damaged since`
    problems.push({ rung: 'chained', action: null, offset: null, message })
  }
  return { commits }
}
