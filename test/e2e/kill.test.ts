/**
 * The real command line is killed (SIGKILL) while it puts, asks and records. Afterwards the file opens, verifies, and holds all that was
 * acknowledged, and nothing lies beside it.
 */
import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { useProvider } from './support/providers.js'
import { finish, mainPath, Workspace, type Run } from './support/cli.js'
import { randomFrom } from '../reliability/support.js'

const KILLS = 50
const SEED = 20_261_123

/**
 * Two of three times kills the command: some time after its start, or right after it first wrote to the file, since most of a command's
 * life is starting. The third time lets it end, so that there is acknowledged work to lose, however slow the machine is.
 */
async function killed(workspace: Workspace, words: string[], input: string, random: () => number): Promise<Run> {
  if (random() < 1 / 3) return workspace.memvid(words, { input })
  const path = workspace.path('knowledge.mv2')
  const { size } = statSync(path)
  const child = workspace.spawn(process.execPath, [mainPath, ...words])
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const done = finish(child)
  if (random() < 0.3) await sleep(random() * 400)
  else {
    while (child.exitCode === null && statSync(path).size === size) await sleep(1)
    if (random() < 0.5) await sleep(random() * 4)
  }
  child.kill('SIGKILL')
  return done
}

interface Acknowledged {
  /** URI and text. */
  documents: Map<string, string>
  /** Session ids that were given out, and whether their end was told. */
  sessions: Map<string, boolean>
}

function rows(round: number): { uri: string; text: string }[] {
  return Array.from({ length: 200 }, (_, index) => ({
    uri: `mv2://bulk/${round}/${index}`,
    text: `Row ${index} of round ${round} speaks of mills and rivers.`,
  }))
}

/** One command of a round, and what its output acknowledges. */
async function step(workspace: Workspace, round: number, random: () => number, known: Acknowledged): Promise<Run> {
  const kind = round % 5
  if (kind === 0 || kind === 1) {
    const [uri, text] = [`mv2://single/${round}`, `Document ${round} about the mill by the river.`]
    const run = await killed(workspace, ['put', 'knowledge.mv2', '--input', '-', '--uri', uri], text, random)
    if (run.stdout.startsWith('Stored frame')) known.documents.set(uri, text)
    return run
  }
  if (kind === 2) {
    const bulk = rows(round)
    const words = ['put', 'knowledge.mv2', '--input', '-', '--format', 'jsonl']
    const run = await killed(workspace, words, bulk.map((row) => JSON.stringify(row)).join('\n'), random)
    if (run.stdout.startsWith('Stored 200')) for (const { uri, text } of bulk) known.documents.set(uri, text)
    return run
  }
  if (kind === 3) return killed(workspace, ['ask', 'knowledge.mv2', '--question', `What stood by the river in ${round}?`], '', random)
  const active = [...known.sessions].find(([, ended]) => !ended)?.[0]
  const run = await killed(
    workspace,
    active ? ['session', 'end', 'knowledge.mv2'] : ['session', 'start', 'knowledge.mv2', '--name', `round ${round}`],
    '',
    random,
  )
  const started = /^Session started\. (\S+)$/m.exec(run.stdout)?.[1]
  if (started) known.sessions.set(started, false)
  if (active && run.stdout.startsWith('Session ended.')) known.sessions.set(active, true)
  return run
}

interface SessionRow {
  session_id: string
  status: string
}

async function check(workspace: Workspace, known: Acknowledged): Promise<void> {
  assert.match(await workspace.ok('verify', 'knowledge.mv2'), /^OK: /)
  assert.deepEqual(readdirSync(workspace.folder).sort(), ['.bin', 'knowledge.mv2'], 'nothing lies beside the file')
  const sessions = await workspace.json<SessionRow[]>('session', 'list', 'knowledge.mv2')
  for (const [id, ended] of known.sessions) {
    const found = sessions.find(({ session_id }) => session_id === id)
    assert.ok(found, `session ${id} was acknowledged`)
    // An end that was not told may have been written all the same; one that was told must have been.
    if (ended) assert.equal(found.status, 'ended')
    else if (found.status === 'ended') known.sessions.set(id, true)
  }
  // A start that was not told may have been written too: it is the one to end next.
  for (const { session_id, status } of sessions) if (!known.sessions.has(session_id)) known.sessions.set(session_id, status === 'ended')
}

test(`${KILLS} kills lose nothing that was acknowledged`, async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  await workspace.memvid(['put', 'knowledge.mv2', '--input', '-'], { input: 'The mill stood by the river.' })
  const random = randomFrom(SEED)
  const known: Acknowledged = { documents: new Map(), sessions: new Map() }
  let kills = 0
  for (let round = 0; kills < KILLS; round += 1) {
    assert.ok(round < KILLS * 6, `only ${kills} commands were caught alive in ${round} rounds`)
    const run = await step(workspace, round, random, known)
    if (run.signal !== 'SIGKILL') continue
    kills += 1
    if (kills % 5 === 0) await check(workspace, known)
  }
  await check(workspace, known)
  const { open } = await import('../../src/index.js')
  const memory = await open(workspace.path('knowledge.mv2'), { readOnly: true })
  try {
    for (const [uri, text] of known.documents) assert.equal((await memory.get(uri)).text, text, `${uri} was acknowledged`)
    // A bulk put is made of whole batches: where one document of a batch is, its first is too.
    const bulk = await memory.timeline({ limit: 100_000 })
    assert.ok(bulk.every(({ uri }) => !uri.startsWith('mv2://bulk/') || bulk.some((other) => other.uri === uri.replace(/\d+$/, '0'))))
  } finally {
    await memory.close()
  }
  assert.ok(known.documents.size > 0 && known.sessions.size > 0, 'something was acknowledged')
})

test('a kill during create leaves a whole file or none', async (t) => {
  const workspace = new Workspace(t)
  for (let round = 0; round < 10; round += 1) {
    const name = `new-${round}.mv2`
    const child = workspace.spawn(process.execPath, [mainPath, 'create', name])
    const done = finish(child)
    if (round % 2 === 0)
      while (child.exitCode === null && !readdirSync(workspace.folder).some((file) => file !== '.bin' && !/^new-\d+\.mv2$/.test(file))) {
        if (readdirSync(workspace.folder).includes(name)) break
        await sleep(1)
      }
    else await sleep(round * 40)
    child.kill('SIGKILL')
    await done
    if (readdirSync(workspace.folder).includes(name)) assert.match(await workspace.ok('verify', name), /^OK: /)
  }
  const strangers = readdirSync(workspace.folder).filter((file) => !/^(\.bin|new-\d+\.mv2)$/.test(file))
  assert.deepEqual(strangers, [])
})

test('Ctrl-C during a bulk put leaves what was committed, and exits with 130', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const path = workspace.path('knowledge.mv2')
  const { size } = statSync(path)
  const child = workspace.spawn(process.execPath, [mainPath, 'put', 'knowledge.mv2', '--input', '-', '--format', 'jsonl'])
  child.stdin?.on('error', () => {})
  const done = finish(child)
  // Rows come without end: only the interruption ends the command.
  const feed = setInterval(
    () =>
      child.stdin?.write(
        `${rows(0)
          .map(({ text }) => JSON.stringify({ text }))
          .join('\n')}\n`,
      ),
    2,
  )
  while (child.exitCode === null && statSync(path).size === size) await sleep(2)
  child.kill('SIGINT')
  const run = await done
  clearInterval(feed)
  assert.equal(run.code, 130, run.stderr)
  assert.match(run.stderr, /^error\[Aborted\]: /)
  assert.match(await workspace.ok('verify', 'knowledge.mv2'), /^OK: /)
  assert.ok((await workspace.json<{ frame_count: number }>('stats', 'knowledge.mv2')).frame_count > 0)
})

test('Ctrl-C during an ask leaves the session whole, with the failure in it', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  await workspace.memvid(['put', 'knowledge.mv2', '--input', '-'], { input: 'The mill stood by the river.' })
  const openai = await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: 'Too late.', delayMs: 4000 }) })
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'interrupted')
  const words = ['ask', 'knowledge.mv2', '--question', 'What stood by the river?', '--use-model', 'openai']
  const child = workspace.spawn(process.execPath, [mainPath, ...words])
  const done = finish(child)
  while (child.exitCode === null && openai.requests.length === 0) await sleep(5)
  child.kill('SIGINT')
  const run = await done
  assert.deepEqual([run.code, run.stdout], [130, ''])
  assert.match(run.stderr, /^error\[Aborted\]: /)
  assert.equal(await workspace.ok('session', 'end', 'knowledge.mv2'), 'Session ended. 1 actions recorded.\n')
  assert.match(await workspace.ok('verify', 'knowledge.mv2'), /^OK: /)
})

test('a reader that goes away is no failure, and the action is recorded', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  writeFileSync(
    workspace.path('rows.jsonl'),
    rows(0)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  )
  await workspace.ok('put', 'knowledge.mv2', '--input', 'rows.jsonl')
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'pipes')
  const run = await workspace.shell(
    'memvid find knowledge.mv2 --query mills --top-k 200 --json | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}',
  )
  assert.deepEqual([run.code, run.stderr], [0, ''])
  assert.equal(await workspace.ok('session', 'end', 'knowledge.mv2'), 'Session ended. 1 actions recorded.\n')
})
