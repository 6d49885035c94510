/** A session as an archive that proves itself without this product (format-spec/09-proof, "Evidence"). */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MemvidError } from '../errors.js'
import { OptionReader, requiredText } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { readSigningKey } from '../proof/keys.js'
import { checkpointText, parseCheckpoint, parseNote, sessionOrigin, signNote, type Checkpoint } from '../proof/note.js'
import { ZipWriter } from '../proof/zip.js'
import { decodePayload, readable } from './codec.js'
import { evidenceReport } from './evidence-report.js'
import { eachAction, type Action } from './events.js'
import { columns, searchOf, type NamedFrame } from './frame-proofs.js'
import { findSession, type FoundSession } from './lookup.js'
import { proveAction, SessionTree } from './tree.js'
import type { EvidenceOptions, EvidenceResult, SessionVerifyResult } from './verify-types.js'
import { verifySession } from './verify.js'

/** This module lies three folders below the package's root, in the source as in the bundle. */
const VERIFIER = join(fileURLToPath(new URL('../../../', import.meta.url)), 'src', 'proof', 'verify.py')

/** Writes the archive at `path`. What does not hold is said in it and in the result; then the verifier refuses it too. */
export async function exportEvidence(store: Store, text: string, path: string, given: EvidenceOptions): Promise<EvidenceResult> {
  const options = new OptionReader('sessionEvidence', given, ['key', 'trustedKeys'])
  const key = options.text('key')
  const target = requiredText('sessionEvidence: the path', path)
  const found = await findSession(store, text)
  const verified = await verifySession(store, found.info.sessionId, { trustedKeys: options.texts('trustedKeys') ?? [] })
  const checkpoint = await checkpointNote(store, found, verified, key)
  const archive = new Archive(new ZipWriter(target))
  try {
    await archive.add('checkpoint.txt', checkpoint)
    const frames = new Map<string, number>()
    await archive.addParts('actions.jsonl', actionLines(store, found, verified.actionCount, frames))
    const problems = verified.problems.map(({ action, message }) => `${action === null ? '' : `action ${action}: `}${message}`)
    for (const [hash, frameId] of [...frames].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const content = await frameContent(store, frameId)
      if (content instanceof MemvidError) problems.push(`frame ${frameId} can't be read: ${content.message}`)
      else await archive.add(`frames/${hash}`, content)
    }
    if (problems.length > 0) await archive.add('problems.txt', problems.map((problem) => `${problem.replaceAll('\n', ' ')}\n`).join(''))
    await archive.addParts('report.txt', evidenceReport(store, found, verified, checkpoint))
    await archive.add('verify.py', readFileSync(VERIFIER))
    await archive.finish()
    const { sessionId, verdict, actionCount, root } = verified
    return { sessionId, path: target, verdict, actionCount, frameCount: frames.size, root, problems: verified.problems }
  } catch (error) {
    archive.abandon()
    throw error
  }
}

/** Keeps the hash of every entry for the manifest. */
class Archive {
  readonly #zip: ZipWriter
  readonly #manifest: string[] = []

  constructor(zip: ZipWriter) {
    this.#zip = zip
  }

  async add(name: string, content: string | Uint8Array): Promise<void> {
    await this.addParts(name, [content])
  }

  async addParts(name: string, parts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): Promise<void> {
    const hash = createHash('sha256')
    async function* hashed() {
      for await (const part of parts) {
        const bytes = Buffer.from(part as Uint8Array)
        hash.update(bytes)
        yield bytes
      }
    }
    await this.#zip.add(name, hashed())
    this.#manifest.push(`${hash.digest('hex')}  ${name}\n`)
  }

  async finish(): Promise<void> {
    await this.#zip.add('manifest.txt', [Buffer.from(this.#manifest.join(''))])
    this.#zip.finish()
  }

  abandon(): void {
    this.#zip.abandon()
  }
}

/** A fresh signature, or the newest in the file over all actions that is no stranger's if there is a choice, or the bare text. */
async function checkpointNote(store: Store, found: FoundSession, verified: SessionVerifyResult, key: string | undefined): Promise<string> {
  const { sessionId, actionCount, recordedRoot, problems } = verified
  const { commit, chainHash } = store.refresh()
  const root = recordedRoot ?? verified.root
  if (root === null || (key !== undefined && problems.length > 0)) {
    throw new MemvidError('VerificationFailed', `the session does not hold: ${problems[0]?.message ?? 'it has no root'}`, {
      hint: 'See `memvid session verify`.',
      path: store.path,
    })
  }
  const checkpoint: Checkpoint = { origin: sessionOrigin(sessionId), size: actionCount, root: Buffer.from(root, 'hex'), commit, chainHash }
  if (key !== undefined) {
    const signing = readSigningKey(key)
    return signNote(checkpointText(checkpoint), signing.key, signing.name)
  }
  const index = verified.signatures.findIndex(({ status }) => status === 'valid')
  const notes = problems.length > 0 ? [] : await wholeNotes(store, found)
  return notes[Math.max(index, 0)] ?? checkpointText(checkpoint)
}

/** The signed notes over all actions, newest first. */
async function wholeNotes(store: Store, { session, info }: FoundSession): Promise<string[]> {
  const notes = (await store.native.signatures(session)).map(({ payload }) => String(decodePayload(payload, 'a signature')['note']))
  return notes.filter((note) => parseCheckpoint(parseNote(note)?.text ?? '')?.size === info.actionCount)
}

/** One line of JSON for each action that can be proven. Gathers the frames that the archive has to hold, by hash. */
async function* actionLines(store: Store, found: FoundSession, size: number, frames: Map<string, number>): AsyncGenerator<string> {
  const tree = new SessionTree(found.session)
  for await (const { event } of eachAction(store, found)) tree.add(event)
  const isWhole = tree.root() !== undefined
  for await (const action of eachAction(store, found)) {
    const line = actionLine(found, action, isWhole ? tree.tree.inclusionProof(action.number, size) : [])
    if (line === undefined) continue
    for (const { frameId, contentHash } of frozenFrames(action)) frames.set(Buffer.from(contentHash).toString('hex'), frameId)
    yield line
  }
}

function actionLine({ session }: FoundSession, { number, event }: Action, path: Buffer[]): string | undefined {
  if (!event) return undefined
  try {
    const { statement, fields } = proveAction(session, event)
    const values = decodePayload(event.payload, `action ${number}`)
    const open = fields.flatMap((field) => {
      if ('commitment' in field) return []
      return [[field.name, { salt: hex(field.salt), bytes: hex(field.value), value: readable(values[field.name]) }]]
    })
    return `${JSON.stringify({ statement, proof: path.map(hex), fields: Object.fromEntries(open) as unknown })}\n`
  } catch (error) {
    if (error instanceof MemvidError) return undefined
    throw error
  }
}

/** Frames of the envelope, the hits of a search, and the context that a model was sent. */
function frozenFrames(action: Action): NamedFrame[] {
  const { retrieval, context } = searchOf(action)
  return [...action.frames, ...columns(retrieval?.candidates).slice(0, retrieval?.cut.kept), ...columns(context)]
}

async function frameContent(store: Store, frameId: number): Promise<Uint8Array | MemvidError> {
  try {
    const { text, bytes } = await store.native.get(frameId)
    return text === undefined ? (bytes ?? new Uint8Array()) : Buffer.from(text)
  } catch (error) {
    if (error instanceof MemvidError) return error
    throw error
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
