/** Writing down what a session's tree is now: signed in the file, or as a line to keep elsewhere. */

import { MemvidError } from '../errors.js'
import { OptionReader, requiredText } from '../memory/options.js'
import type { Store } from '../memory/store.js'
import { readSigningKey } from '../proof/keys.js'
import { anchorLine, checkpointText, publicKey, sessionOrigin, signNote, type Checkpoint } from '../proof/note.js'
import { encodePayload } from './codec.js'
import { findSession } from './lookup.js'
import type { AnchorResult, SessionSignOptions, SignResult } from './verify-types.js'
import { verifySession } from './verify.js'

/** Signs the session's checkpoint and stores the signed note in the file. */
export async function signSession(store: Store, text: string, given: SessionSignOptions): Promise<SignResult> {
  const options = new OptionReader('sessionSign', given, ['key'])
  const { name, key } = readSigningKey(requiredText('sessionSign: the key', options.text('key')))
  const { id } = publicKey(name, key)
  const checkpoint = await presentCheckpoint(store, text)
  const { session } = await findSession(store, text)
  const note = signNote(checkpointText(checkpoint), key, name)
  const event = { type: 'signature', session, payload: encodePayload({ timeMs: Date.now(), note }) }
  await store.commit({ events: [event] })
  return { ...anchorResult(checkpoint), keyName: name, keyId: id.toString('hex'), note }
}

/** The line that stands for the session's present state. */
export async function anchorSession(store: Store, text: string): Promise<AnchorResult> {
  return anchorResult(await presentCheckpoint(store, text))
}

/** What the session is now. `VerificationFailed` when something in it does not hold: that must not be vouched for. */
export async function presentCheckpoint(store: Store, text: string): Promise<Checkpoint> {
  const { sessionId, actionCount, root, problems } = await verifySession(store, text, {})
  if (problems.length > 0 || root === null) {
    throw new MemvidError('VerificationFailed', `the session does not hold: ${problems[0]?.message ?? 'an action is missing'}`, {
      hint: 'See `memvid session verify`.',
      offset: problems[0]?.offset ?? undefined,
      path: store.path,
      details: { problems },
    })
  }
  const { commit, chainHash } = store.refresh()
  return { origin: sessionOrigin(sessionId), size: actionCount, root: Buffer.from(root, 'hex'), commit, chainHash }
}

function anchorResult(checkpoint: Checkpoint): AnchorResult {
  const { origin, size, root, commit, chainHash } = checkpoint
  const sessionId = origin.slice(sessionOrigin('').length)
  return { sessionId, size, root: root.toString('hex'), commit, chainHash: chainHash.toString('hex'), line: anchorLine(checkpoint) }
}
