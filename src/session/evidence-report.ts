/** The report of an evidence archive: for reading. What is proven is what the verifier prints. */

import type { Store } from '../memory/store.js'
import { eachAction, type Action } from './events.js'
import type { FoundSession } from './lookup.js'
import { actionView } from './view.js'
import type { SessionVerifyResult } from './verify-types.js'

export async function* evidenceReport(store: Store, found: FoundSession, verified: SessionVerifyResult, checkpoint: string): AsyncGenerator<string> {
  const { sessionId, name, status, verdict, rung, actionCount, frameCount, signatures, problems } = verified
  const signers = signatures.map(({ keyName, keyId, status: judged }) => `${keyName} (${keyId}): ${judged}`)
  yield [
    `Evidence of the session ${JSON.stringify(name)}`,
    '',
    `Session:   ${sessionId}, ${status}`,
    `Started:   ${new Date(found.info.startedAtMs).toISOString()}`,
    `Contents:  ${actionCount} actions; ${frameCount} frames named by them`,
    `Verified:  ${verdict}${rung === null ? '' : `, ${rung}`}, when this archive was made`,
    `Signed by: ${signers.join(', ') || 'nobody in the file'}`,
    ...problems.map(({ action, message }) => `Problem:   ${action === null ? '' : `action ${action}: `}${message}`),
    '',
    'Checkpoint:',
    checkpoint,
    'To check it: python3 verify.py <this archive> --key "<public key of the signer>" --anchor "<line kept elsewhere>",',
    'with a verify.py from a place that you trust. This report is a summary; what the verifier prints is what is proven.',
    '',
    'Actions:',
    '',
  ].join('\n')
  for await (const action of eachAction(store, found)) yield reportLines(action)
}

function reportLines(action: Action): string {
  const { number, kind, timeMs, summary, error } = actionView(action)
  const lines = [`[${number}] ${new Date(timeMs).toISOString()} ${kind} ${JSON.stringify(summary)}`]
  if (error) lines.push(`    ${error.code}: ${error.message}`)
  const { record } = action
  if (record?.kind === 'ask' && typeof record['answer'] === 'string') lines.push(`    Answer: ${JSON.stringify(record['answer'])}`)
  return `${lines.join('\n')}\n`
}
