/**
 * R17: each byte of actions, frames and evidence altered, the tail dropped, entries swapped, everything signed again with another key:
 * never VERIFIED, and the verifier that needs Python only says the same.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, copyFileSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { create, createKey, type Memory } from '../../src/index.js'
import { MemvidError } from '../../src/errors.js'
import { Store } from '../../src/memory/store.js'
import { openNative } from '../../src/native/index.js'
import { MerkleTree } from '../../src/proof/merkle.js'
import { decodePayload, encodePayload } from '../../src/session/codec.js'
import { exportEvidence } from '../../src/session/evidence.js'
import { newSessionId } from '../../src/session/id.js'
import { proveAction } from '../../src/session/tree.js'
import type { SessionVerifyOptions } from '../../src/session/verify-types.js'
import { Tally } from '../../src/session/totals.js'
import { verifySession } from '../../src/session/verify.js'
import { packageRoot } from '../e2e/support/cli.js'
import { scratch } from '../memory/support.js'

const VERIFIER = join(packageRoot, 'src/proof/verify.py')
const TAMPERED = join(packageRoot, 'test/proof/tampered.py')
const SESSION = 'Audit'

interface Recorded {
  folder: string
  path: string
  publicKey: string
  keyPath: string
  anchor: string
}

/** A small file: two documents, a session of a put, a find and an ask, ended and signed. */
async function recorded(t: TestContext): Promise<Recorded> {
  const folder = scratch(t)
  const path = join(folder, 'k.mv2')
  const mem = await create(path, { enableVec: false })
  await mem.put({ text: 'The acquisition was valued at $2 billion.', title: 'Deal' })
  await mem.sessionStart(SESSION)
  await mem.put({ text: 'Revenue was $412 million.', title: 'Report' })
  await mem.find('revenue')
  await mem.ask('What was the acquisition valued at?')
  await mem.sessionEnd()
  const keyPath = join(folder, 'alice.pem')
  const { publicKey } = createKey('alice', keyPath)
  await mem.sessionSign(SESSION, { key: keyPath })
  const { line: anchor } = await mem.sessionAnchor(SESSION)
  await mem.close()
  return { folder, path, publicKey, keyPath, anchor }
}

/** The verdict on a file; an error's code where it can't even be looked at. */
async function verdictOf(path: string, options: SessionVerifyOptions = {}): Promise<string> {
  return withStore(path, async (store) => (await verifySession(store, SESSION, options)).verdict)
}

async function withStore(path: string, work: (store: Store) => Promise<string>): Promise<string> {
  let store: Store | undefined
  try {
    store = new Store(path, 'test', await openNative(path, { readOnly: true }))
    return await work(store)
  } catch (error) {
    if (error instanceof MemvidError) return error.code
    throw error
  } finally {
    await store?.close()
  }
}

interface Place {
  type: number
  start: number
  end: number
}

/** Every record of a file with its padding, and every trailer as type 0. */
function recordsOf(bytes: Buffer): Place[] {
  const records: Place[] = []
  let start = 4096
  while (start < bytes.length) {
    const type = bytes[start + 4]!
    const end = Math.ceil((start + 128 + Number(bytes.readBigUInt64LE(start + 8))) / 64) * 64
    records.push({ type, start, end })
    start = end
    if (type !== 0x01) continue
    records.push({ type: 0, start, end: start + 64 })
    start += 64
  }
  return records
}

/** Alters one byte of the file, looks, and puts it back. */
async function altered<T>(path: string, bytes: Buffer, at: number, look: () => Promise<T>): Promise<T> {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, Buffer.of(bytes[at]! ^ (1 << (at % 8))), 0, 1, at)
    return await look()
  } finally {
    writeSync(file, bytes, at, 1, at)
    closeSync(file)
  }
}

function python(...words: string[]): { tried: number; wrong: unknown[] } {
  return JSON.parse(execFileSync('python3', ['-I', TAMPERED, VERIFIER, ...words], { encoding: 'utf8' })) as { tried: number; wrong: unknown[] }
}

test('one altered byte in an action, a frame, an end or a signature is never VERIFIED, and evidence of it neither', async (t) => {
  const { folder, path } = await recorded(t)
  assert.equal(await verdictOf(path), 'VERIFIED')
  const bytes = readFileSync(path)
  const places = recordsOf(bytes).filter(({ type }) => type === 0x10 || type === 0x30)
  assert.equal(places.at(-1)!.type, 0x30)
  const archives: string[] = []
  let tried = 0
  for (const { start, end } of places) {
    for (let at = start; at < end; at++) {
      const archive = join(folder, `${at}.zip`)
      const isSample = at % 16 === 5
      await altered(path, bytes, at, async () => {
        const verdict = await verdictOf(path)
        assert.notEqual(verdict, 'VERIFIED', `byte ${at}`)
        if (isSample) await withStore(path, async (store) => (await exportEvidence(store, SESSION, archive, {}), archives.push(archive), ''))
      })
      tried++
    }
  }
  assert.ok(tried > 4000 && archives.length > 100, `${tried} bytes, ${archives.length} archives`)
  assert.deepEqual(python('archives', ...archives), { tried: archives.length, wrong: [] })
  assert.equal(await verdictOf(path), 'VERIFIED', 'the file is as it was')
})

test('evidence: no altered byte, no forged content and no swapped, dropped or added entry is verified', async (t) => {
  const { folder, path, publicKey } = await recorded(t)
  const archive = join(folder, 'evidence.zip')
  await withStore(path, async (store) => (await exportEvidence(store, SESSION, archive, {})).verdict)
  assert.deepEqual(python('bytes', archive), { tried: statSync(archive).size, wrong: [] })
  const contents = python('contents', archive, publicKey)
  assert.ok(contents.tried > 5000)
  assert.deepEqual(contents.wrong, [])
  assert.deepEqual(python('forged', archive, publicKey).wrong, [])
})

test('a dropped tail is never verified against the anchor or the key, and without the end not at all', async (t) => {
  const { folder, path, publicKey, anchor } = await recorded(t)
  const bytes = readFileSync(path)
  const cut = join(folder, 'cut.mv2')
  const trailers = recordsOf(bytes).filter(({ type }) => type === 0)
  const verdicts: string[] = []
  for (const { end } of trailers.slice(0, -1)) {
    copyFileSync(path, cut)
    truncateSync(cut, end)
    assert.notEqual(await verdictOf(cut, { anchors: [anchor] }), 'VERIFIED', `cut at ${end}, anchor`)
    assert.notEqual(await verdictOf(cut, { publicKeys: [publicKey] }), 'VERIFIED', `cut at ${end}, key`)
    verdicts.push(await verdictOf(cut))
  }
  // A file cut right after the session's end agrees with itself: that is what signatures and anchors are for.
  assert.deepEqual(verdicts.slice(-2), ['UNVERIFIABLE', 'VERIFIED'])
  assert.ok(verdicts.slice(0, -1).every((verdict) => verdict === 'SessionNotFound' || verdict === 'UNVERIFIABLE'), verdicts.join())
})

/** The same session written anew, as one could who knows the format: actions as `change` gives them, the root right, another key. */
async function forge(folder: string, original: string, change: (payloads: Buffer[]) => Buffer[]): Promise<string> {
  const path = join(folder, 'forged.mv2')
  const store = new Store(original, 'test', await openNative(original, {}))
  const summary = (await store.native.sessions())[0]!
  const payloads = (await store.native.sessionEvents(summary.session, 0, 100)).map(({ payload }) => payload)
  const texts = await Promise.all([0, 1].map((id) => store.native.get(id)))
  await store.close()
  const mem = await create(path, { enableVec: false })
  for (const { text, title } of texts) await mem.put({ text: text!, title: title! })
  await mem.close()
  const forged = new Store(path, 'test', await openNative(path, {}))
  const { session } = summary
  await forged.commit({ events: [{ type: 'start', session, payload: summary.startPayload! }] })
  const actions = change(payloads)
  await forged.commit({ events: actions.map((payload) => ({ type: 'action', session, payload })) })
  const tree = new MerkleTree()
  for (const event of await forged.native.sessionEvents(session, 0, 100)) tree.add(Buffer.from(proveAction(session, event).statement))
  const end = encodePayload({ timeMs: 1, actionCount: actions.length, root: tree.root() })
  await forged.commit({ events: [{ type: 'end', session, payload: end }] })
  await forged.close()
  return path
}

async function signAgain(path: string, keyPath: string): Promise<void> {
  const { open } = await import('../../src/index.js')
  const mem: Memory = await open(path)
  await mem.sessionSign(SESSION, { key: keyPath })
  await mem.close()
}

test('a session written anew and signed with another key is not verified against the trusted key or the anchor', async (t) => {
  const { folder, path, publicKey, anchor } = await recorded(t)
  const changes: Record<string, (payloads: Buffer[]) => Buffer[]> = {
    same: (payloads) => payloads,
    swapped: ([first, ...rest]) => [...rest, first!],
    dropped: (payloads) => payloads.slice(0, -1),
  }
  for (const [name, change] of Object.entries(changes)) {
    const forged = await forge(scratch(t), path, change)
    const mallory = join(folder, `mallory-${name}.pem`)
    // The same name as the trusted key's: the name alone must not count.
    const { publicKey: other } = createKey('alice', mallory)
    assert.equal(await verdictOf(forged), 'NOT VERIFIED', `${name}: totals and snapshots of the forgery do not fit`)
    await assert.rejects(signAgain(forged, mallory), { code: 'VerificationFailed' })
    for (const keys of [{ publicKeys: [publicKey] }, { anchors: [anchor] }, { publicKeys: [other], anchors: [anchor] }]) {
      assert.equal(await verdictOf(forged, keys), 'NOT VERIFIED', name)
    }
  }
  const copy = join(folder, 'resigned.mv2')
  copyFileSync(path, copy)
  const { publicKey: other } = createKey('alice', join(folder, 'other.pem'))
  await signAgain(copy, join(folder, 'other.pem'))
  assert.equal(await verdictOf(copy, { publicKeys: [other] }), 'VERIFIED')
  assert.equal(await verdictOf(copy, { publicKeys: [publicKey] }), 'VERIFIED', 'the first signature still stands')
  const evidence = join(folder, 'resigned.zip')
  await withStore(copy, async (store) => (await exportEvidence(store, SESSION, evidence, { key: join(folder, 'other.pem') })).verdict)
  const { status, stdout } = runVerifier(evidence, publicKey)
  assert.deepEqual([status, /NOT VERIFIED/.test(stdout)], [3, true])
  assert.equal(runVerifier(evidence, other).status, 0)
})

test('two payloads that say the same have one form: any other is refused, though its statement would be the same', async (t) => {
  const folder = scratch(t)
  const path = join(folder, 'k.mv2')
  await (await create(path, { enableVec: false })).close()
  const store = new Store(path, 'test', await openNative(path, {}))
  t.after(() => store.close())
  const session = newSessionId(Date.now())
  const canonical = encodePayload({ kind: 'tool-call', client: 'x', name: 'n' })
  // The same map with its first key and value moved to the end.
  const moved = Buffer.concat([canonical.subarray(0, 1), canonical.subarray(10), canonical.subarray(1, 10)])
  assert.deepEqual(decodePayload(moved, 'moved'), decodePayload(canonical, 'canonical'))
  await store.commit({ events: [{ type: 'start', session, payload: encodePayload({ name: SESSION, timeMs: 1 }) }] })
  await store.commit({ events: [canonical, moved].map((payload) => ({ type: 'action', session, payload })) })
  const { problems, verdict } = await verifySession(store, SESSION, {})
  assert.equal(verdict, 'NOT VERIFIED')
  assert.deepEqual(problems.map(({ action, message }) => [action, message]), [[1, 'action 1 is not in canonical form']])
})

/** A session of one action, ended with what `end` changes in an end that is right. */
async function endedWith(t: TestContext, end: object): Promise<string[]> {
  const path = join(scratch(t), 'k.mv2')
  await (await create(path, { enableVec: false })).close()
  const store = new Store(path, 'test', await openNative(path, {}))
  t.after(() => store.close())
  const session = newSessionId(Date.now())
  const action = encodePayload({ kind: 'tool-call', client: 'x', name: 'n' })
  await store.commit({ events: [{ type: 'start', session, payload: encodePayload({ name: SESSION, timeMs: 1 }) }] })
  await store.commit({ events: [{ type: 'action', session, payload: action }] })
  const [event] = await store.native.sessionEvents(session, 0, 1)
  const tree = new MerkleTree()
  tree.add(Buffer.from(proveAction(session, event!).statement))
  const right = { timeMs: 1, actionCount: 1, actions: { 'tool-call': 1 }, totals: new Tally().totals(), root: tree.root() }
  await store.commit({ events: [{ type: 'end', session, payload: encodePayload({ ...right, ...end }) }] })
  return (await verifySession(store, SESSION, {})).problems.map(({ message }) => message)
}

test('an end that counts, sums or proves something else than the actions is found', async (t) => {
  assert.deepEqual(await endedWith(t, {}), [])
  assert.deepEqual(await endedWith(t, { actionCount: 2 }), ['the end speaks of 2 actions, the session has 1'])
  assert.deepEqual(await endedWith(t, { actions: { find: 1 } }), ['the end counts the kinds of actions otherwise'])
  const totals = { ...new Tally().totals(), inputTokens: 5 }
  assert.deepEqual(await endedWith(t, { totals }), ['the totals in the end are not those of the actions'])
  assert.deepEqual(await endedWith(t, { root: Buffer.alloc(32) }), ['the root computed now is not the one that the end of the session holds'])
})

test('a signature line with the name and id of a trusted key and other bytes does not hold', async (t) => {
  const { path, publicKey } = await recorded(t)
  const store = new Store(path, 'test', await openNative(path, {}))
  t.after(() => store.close())
  const [summary] = await store.native.sessions()
  const [signed] = await store.native.signatures(summary!.session)
  const note = String(decodePayload(signed!.payload, 'a signature')['note'])
  const forged = note.replace(/.{8}\n$/, 'AAAAAAA=\n')
  await store.commit({ events: [{ type: 'signature', session: summary!.session, payload: encodePayload({ timeMs: 1, note: forged }) }] })
  const { verdict, signatures, problems } = await verifySession(store, SESSION, { publicKeys: [publicKey] })
  assert.deepEqual([verdict, signatures.map(({ status }) => status)], ['NOT VERIFIED', ['invalid', 'valid']])
  assert.match(problems[0]!.message, /the signature by alice does not hold/)
})

function runVerifier(archive: string, key: string): { status: number; stdout: string } {
  try {
    return { status: 0, stdout: execFileSync('python3', ['-I', VERIFIER, archive, '--key', key], { encoding: 'utf8' }) }
  } catch (error) {
    return error as { status: number; stdout: string }
  }
}
