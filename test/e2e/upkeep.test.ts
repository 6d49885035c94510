/** Keeping a file in order: compact, doctor, salvage, and waiting for another writer, as a person at a terminal does it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'
import { startHolder } from './support/holder.js'

interface Compacted {
  before_bytes: number
  after_bytes: number
  dropped_segments: number
}

interface Repaired {
  has_loss: boolean
  lost_frames: { frame_id: number; uri?: string }[]
  set_aside: number
  damages: unknown[]
  commit?: number
}

/** What lies in the folder, but for the link to the command. */
function names(workspace: Workspace): string[] {
  return readdirSync(workspace.path('.'))
    .filter((name) => name !== '.bin')
    .sort()
}

/** A memory with a session and two hundred small puts, so that segments were merged. */
async function grown(workspace: Workspace): Promise<string> {
  const { create } = await import('../../src/index.js')
  const memory = await create(workspace.path('k.mv2'), { enableVec: true })
  await memory.sessionStart('growing')
  for (let n = 0; n < 200; n += 1) await memory.put({ text: `Note ${n}: lamp ${n * 7} on the quay was lit.`, uri: `mv2://notes/${n}` })
  await memory.find('lamp 49')
  await memory.sessionEnd()
  await memory.close()
  return 'k.mv2'
}

test('compact makes the file smaller; the session still verifies and the past is still there', async (t) => {
  const workspace = new Workspace(t)
  const file = await grown(workspace)
  const sessions = await workspace.json<{ session_id: string }[]>('session', 'list', file)
  const id = sessions[0]!.session_id
  const before = await workspace.ok('session', 'verify', file, '--session', id, '--json')
  const past = await workspace.ok('find', file, '--query', 'lamp 49', '--as-of', '60', '--json')
  const size = statSync(workspace.path(file)).size
  const done = await workspace.json<Compacted>('compact', file)
  assert.equal(done.before_bytes, size)
  assert.equal(done.after_bytes, statSync(workspace.path(file)).size)
  assert.ok(done.after_bytes < size && done.dropped_segments > 0, JSON.stringify(done))
  assert.deepEqual(names(workspace), [file])
  const claims = (text: string): unknown => {
    const { rungs, root, actions } = JSON.parse(text) as Record<string, unknown>
    return { rungs, root, actions }
  }
  assert.deepEqual(claims(await workspace.ok('session', 'verify', file, '--session', id, '--json')), claims(before))
  const uris = (text: string): string[] => (JSON.parse(text) as { hits: { uri: string }[] }).hits.map((hit) => hit.uri)
  assert.deepEqual(uris(await workspace.ok('find', file, '--query', 'lamp 49', '--as-of', '60', '--json')), uris(past))
  assert.match(await workspace.ok('verify', file), /^OK: /)
  assert.match(await workspace.ok('compact', file), /^Nothing to reclaim: \d+ bytes\.$/m)
})

test('optimize merges the index and says how vectors are searched', async (t) => {
  const workspace = new Workspace(t)
  const file = await grown(workspace)
  const uris = async (...flags: string[]): Promise<string[]> =>
    (await workspace.json<{ hits: { uri: string }[] }>('find', file, '--query', 'lamp 49', ...flags)).hits.map((hit) => hit.uri)
  const before = await uris()
  const lines = (await workspace.ok('optimize', file)).trim().split('\n')
  assert.match(lines[0]!, /^Optimized: \d+ index segments before, 2 after\.$/)
  assert.match(lines[1]!, /^Searches compare all of \d+ vectors: no graph is needed\.$/)
  assert.deepEqual(await uris(), before)
  assert.deepEqual(await uris('--exact'), before)
  const again = await workspace.json<Record<string, unknown>>('optimize', file)
  assert.deepEqual([again['before_segments'], again['after_segments'], again['has_graph']], [2, 2, false])
  assert.match(await workspace.ok('verify', file), /^OK: /)
})

test('vectors of a byte a component make a smaller file', async (t) => {
  const workspace = new Workspace(t)
  const size = async (precision: string): Promise<number> => {
    await workspace.ok('create', `${precision}.mv2`, '--vector-precision', precision)
    const item = JSON.stringify({ text: 'The harbour of the town lies to the north of the old mill.' })
    writeFileSync(workspace.path(`${precision}.jsonl`), `${item}\n`.repeat(50))
    await workspace.ok('put', `${precision}.mv2`, '--input', `${precision}.jsonl`, '--format', 'jsonl')
    return (await workspace.json<{ vector_index_bytes: number }>('stats', `${precision}.mv2`)).vector_index_bytes
  }
  const [given, halves, bytes] = [await size('f32'), await size('f16'), await size('i8')]
  assert.ok(given > halves && halves > bytes, `${given} ${halves} ${bytes}`)
})

test('doctor says what it would do, does it, and the file can be written to again', async (t) => {
  const workspace = new Workspace(t)
  const file = await grown(workspace)
  assert.match(await workspace.ok('doctor', file), /^Nothing to repair\.$/m)
  const bytes = readFileSync(workspace.path(file))
  // The body of one document, where it stands uncompressed or not.
  const at = bytes.indexOf(Buffer.from('mv2://notes/77'))
  assert.ok(at > 0)
  bytes.fill(0x20, at, at + 40)
  writeFileSync(workspace.path(file), bytes)
  const refused = await workspace.memvid(['verify', file])
  assert.equal(refused.code, 3)
  const plan = await workspace.memvid(['doctor', file, '--dry-run', '--json'])
  assert.equal(plan.code, 3)
  assert.deepEqual(readFileSync(workspace.path(file)), bytes, 'the plan changes nothing')
  const repaired = await workspace.memvid(['doctor', file, '--json'])
  assert.equal(repaired.code, 3)
  const [planned, did] = [plan, repaired].map((run) => JSON.parse(run.stdout) as Repaired)
  assert.deepEqual(planned!.lost_frames, did!.lost_frames)
  assert.equal(did!.lost_frames.length, 1)
  assert.equal(did!.lost_frames[0]!.frame_id, 77)
  assert.ok(did!.commit !== undefined && planned!.commit === undefined)
  assert.deepEqual(readFileSync(workspace.path(file)).subarray(0, bytes.length), bytes, 'nothing that was there is changed')
  const verified = await workspace.memvid(['verify', file])
  assert.equal(verified.code, 0)
  assert.match(verified.stderr, /set aside 1 places .*lost frames: 77/)
  const gone = await workspace.memvid(['get', file, '77'])
  assert.notEqual(gone.code, 0)
  assert.match(gone.stderr, /frame 77 is lost/)
  writeFileSync(workspace.path('more.txt'), 'Written after the repair.')
  await workspace.ok('put', file, '--input', 'more.txt')
})

test('a session is no longer chained over a commit that a repair set aside', async (t) => {
  const workspace = new Workspace(t)
  const file = await grown(workspace)
  const [session] = await workspace.json<{ session_id: string }[]>('session', 'list', file)
  const verify = ['session', 'verify', file, '--session', session!.session_id, '--json']
  assert.equal((await workspace.memvid(verify)).code, 0)
  const bytes = readFileSync(workspace.path(file))
  // The trailer of a commit in the middle, and the end of the commit record before it.
  const trailer = bytes.indexOf('MV2TAIL\n', bytes.length / 2)
  bytes.fill(0, trailer - 100, trailer + 30)
  writeFileSync(workspace.path(file), bytes)
  assert.equal((await workspace.memvid(['doctor', file])).code, 0)
  assert.equal((await workspace.memvid(['verify', file])).code, 0)
  const after = await workspace.memvid(verify)
  assert.equal(after.code, 3)
  assert.match(after.stdout, /a repair set damaged bytes aside/)
})

test('salvage brings a file back that does not open, and leaves the damaged one alone', async (t) => {
  const workspace = new Workspace(t)
  const file = await grown(workspace)
  const bytes = readFileSync(workspace.path(file))
  bytes.fill(0, 0, 3000)
  writeFileSync(workspace.path(file), bytes)
  assert.equal((await workspace.memvid(['verify', file])).code, 4)
  const salvaged = await workspace.memvid(['salvage', file, '-o', 'new.mv2'])
  assert.equal(salvaged.code, 0, salvaged.stderr)
  assert.match(salvaged.stdout, /^Recovered 200 of 200 frames and 1 sessions into new\.mv2\.$/m)
  assert.deepEqual(readFileSync(workspace.path(file)), bytes)
  assert.match(await workspace.ok('verify', 'new.mv2'), /^OK: /)
  assert.match(await workspace.ok('find', 'new.mv2', '--query', 'lamp 49'), /mv2:\/\/notes\/7/)
  const again = await workspace.memvid(['salvage', file, '-o', 'new.mv2'])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /a file of this name exists/)
  writeFileSync(workspace.path('text'), 'no memory at all, only a text')
  assert.equal((await workspace.memvid(['salvage', 'text', '-o', 'other.mv2'])).code, 4)
  assert.deepEqual(names(workspace), [file, 'new.mv2', 'text'])
})

/** Takes the writer lock as any program may, by the byte that format-spec/04 names, until its standard input ends. */
test('--wait says how long a command waits for another writer, who is named', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'k.mv2')
  writeFileSync(workspace.path('a.txt'), 'Some text.')
  const holder = startHolder(t, workspace.path('k.mv2'))
  await holder.lock()
  const refused = await workspace.memvid(['put', 'k.mv2', '--input', 'a.txt', '--wait', '100ms'])
  assert.equal(refused.code, 5)
  assert.match(refused.stderr, new RegExp(`process ${holder.pid} is writing; waited [1-9]\\d\\d ms`))
  const waiting = workspace.memvid(['put', 'k.mv2', '--input', 'a.txt', '--wait', '1m'])
  setTimeout(() => void holder.unlock(), 300)
  assert.equal((await waiting).code, 0)
  assert.equal((await workspace.memvid(['put', 'k.mv2', '--input', 'a.txt', '--wait', 'long'])).code, 2)
})
