/** A session as a regression test: exit codes, reports for CI, replays without a network, and replays that give the same bytes. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import type { StandIn } from '../support/stand-in/index.js'
import { finish, mainPath, Workspace, type Run } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'
import { onTerminal } from './support/terminal.js'

const ANSWER = 'The acquisition price was $2 billion.'
/** The fields of a replay's JSON that say how long something took; nothing else may differ between two offline replays. */
const TIMINGS = new Set(['duration_ms', 'latency_ms'])

/** A session with a find and two asks of openai, in a workspace whose environment has a key. */
async function recorded(t: TestContext): Promise<{ workspace: Workspace; openai: StandIn; replay: (...words: string[]) => Promise<Run> }> {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const openai = await useProvider(t, workspace, { provider: 'openai', reply: () => ({ text: ANSWER, usage: { input: 2000, output: 20 } }) })
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'Nightly & <checks>')
  await workspace.ok('find', 'knowledge.mv2', '--query', 'acquisition price')
  for (const word of ['price', 'value']) {
    await workspace.ok('ask', 'knowledge.mv2', '--question', `What was the acquisition ${word}?`, '--use-model', 'openai')
  }
  await workspace.ok('session', 'end', 'knowledge.mv2')
  const replay = (...words: string[]) => workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', 'Nightly & <checks>', ...words])
  return { workspace, openai, replay }
}

function untimed(json: string): string {
  return JSON.stringify(JSON.parse(json, (key, value: unknown) => (TIMINGS.has(key) ? undefined : value)))
}

test('a committed file is replayed without network and key, twice with the same bytes', async (t) => {
  const { workspace, openai } = await recorded(t)
  const asked = openai.requests.length
  const checkout = new Workspace(t)
  copyFileSync(workspace.path('knowledge.mv2'), checkout.path('committed.mv2'))
  const words = ['session', 'replay', 'committed.mv2', '--session', 'Nightly & <checks>', '--offline', '--use-model', 'openai', '--diff', '--json']
  for (const mode of [['--audit'], [], ['--top-k', '3']]) {
    // The address of the server is there, so that a request that should not be sent would be counted.
    const env = { OPENAI_BASE_URL: openai.baseUrl }
    const [first, second] = [await checkout.memvid([...words, ...mode], { env }), await checkout.memvid([...words, ...mode], { env })]
    assert.equal(untimed(first.stdout), untimed(second.stdout))
    if (mode[0] !== '--top-k') assert.equal(first.code, 0, first.stdout + first.stderr)
    else {
      // Other frames make another context, for which there is no answer.
      assert.equal(first.code, 1)
      assert.match(first.stdout, /"code": "Offline"/)
    }
  }
  assert.equal(openai.requests.length, asked)
})

test('each outcome has its exit code', async (t) => {
  const { workspace, openai, replay } = await recorded(t)
  const codes = async (...words: string[]): Promise<(number | null)[]> => {
    const codes: (number | null)[] = []
    for (const rule of ['mismatch', 'unverified,changed', 'none']) codes.push((await replay(...words, '--fail-on', rule)).code)
    return codes
  }
  assert.deepEqual(await codes('--top-k', '3'), [0, 3, 0])
  openai.setReply(() => 'Another answer.')
  assert.deepEqual(await codes('--audit', '--use-model', 'openai'), [0, 3, 0])
  openai.setReply(() => ({ status: 400, errorMessage: 'no' }))
  assert.deepEqual(await codes('--audit', '--use-model', 'openai'), [1, 1, 1])
  assert.equal((await replay('--fail-on', 'everything')).code, 2)
  assert.equal((await replay('--fail-on', 'none', '--fail-on', 'changed')).code, 2)
  assert.equal((await replay('--max-cost', 'cheap')).code, 2)
  const unknown = await replay('--use-model', 'openai:no-such-model', '--max-cost', '1')
  assert.deepEqual([unknown.code, unknown.stdout], [2, ''])
  assert.match(unknown.stderr, /^error\[UnknownPrice\]: /)
  // A new document displaces the found ones: a mismatch, though each context is still what it was.
  writeFileSync(workspace.path('new.txt'), 'acquisition price acquisition price')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'new.txt')
  assert.deepEqual(await codes(), [3, 3, 0])
  assert.deepEqual([(await replay()).code, (await replay('--fail-on', 'unverified')).code, (await replay('--audit')).code], [3, 0, 0])
})

test('--stop-on-mismatch names the first divergence', async (t) => {
  const { workspace, replay } = await recorded(t)
  assert.equal((await replay('--stop-on-mismatch')).code, 0)
  writeFileSync(workspace.path('new.txt'), 'acquisition price acquisition price')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'new.txt')
  const run = await replay('--stop-on-mismatch')
  assert.equal(run.code, 3)
  assert.match(run.stderr, /^Stopped on the first mismatch: step 1 \(acquisition price\): .+\nReplayed 1 of 3 actions: 1 CHANGED\.\n$/)
  const { first_divergence, stopped } = JSON.parse((await replay('--stop-on-mismatch', '--json')).stdout) as {
    first_divergence: { step: number }
    stopped: { reason: string }
  }
  assert.deepEqual([first_divergence.step, stopped.reason], [1, 'mismatch'])
})

test('JUnit and Markdown say the same as the exit code, and hold no markup of the file', async (t) => {
  const { workspace, openai, replay } = await recorded(t)
  const reports = ['--junit', 'out.xml', '--summary', 'out.md']
  const read = (name: string): string => readFileSync(workspace.path(name), 'utf8')
  assert.equal((await replay('--audit', ...reports)).code, 0)
  assert.match(read('out.xml'), /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="3" failures="0" errors="0" skipped="0" /)
  assert.match(read('out.xml'), /<testcase classname="memvid\.Nightly &amp; &lt;checks&gt;" name="step 2 ask: What was the acquisition price\?" /)
  assert.match(read('out.md'), /^## Session replay of Nightly &#38; &#60;checks&#62;: ✅ passed\n/)
  openai.setReply(() => 'Evil ]]> <b> | `x` @all \u0007\n# heading')
  const changed = await replay('--audit', '--use-model', 'openai', '--skip-finds', '--fail-on', 'changed', ...reports)
  assert.equal(changed.code, 3)
  assert.match(read('out.xml'), /<testsuites tests="3" failures="2" errors="0" skipped="1" /)
  assert.match(read('out.xml'), /<failure type="changed" message="another answer than was recorded">[^]*New Answer: "Evil \]\]&gt; &lt;b&gt; \| /)
  assert.ok(!/[\u0000-\u0008\u001b]/.test(read('out.xml')))
  assert.match(read('out.md'), /❌ differences found\n[^]*### Differences\n\n\| step \| action \|/)
  openai.setReply(() => ({ status: 400, errorMessage: 'no <such> thing @here' }))
  assert.equal((await replay('--audit', '--use-model', 'openai', ...reports)).code, 1)
  assert.match(read('out.xml'), /failures="0" errors="2" [^]*<error type="failed" message="[^"]*&lt;such&gt;/)
  assert.match(read('out.md'), /❌ failed[^]*&#60;such&#62; thing &#64;here/)
  const count = 'import sys, xml.etree.ElementTree as e; print(len(e.parse(sys.argv[1]).findall(".//testcase")))'
  const parsed = await workspace.run('python3', ['-c', count, 'out.xml'])
  assert.deepEqual([parsed.code, parsed.stdout], [0, '3\n'])
})

test('a report never replaces the memory, and one that cannot be written loses no result', async (t) => {
  const { workspace, replay } = await recorded(t)
  const before = readFileSync(workspace.path('knowledge.mv2'))
  for (const option of ['--junit', '--summary']) {
    const run = await replay('--audit', option, '../'.concat(workspace.folder.split('/').at(-1) ?? '', '/knowledge.mv2'))
    assert.deepEqual([run.code, run.stdout], [2, ''])
  }
  assert.ok(readFileSync(workspace.path('knowledge.mv2')).equals(before))
  const lost = await replay('--audit', '--junit', 'no/such/folder/out.xml')
  assert.equal(lost.code, 6)
  assert.match(lost.stdout, /Context: VERIFIED/)
})

test('several models are compared in tables, and --max-cost is never passed', async (t) => {
  const { workspace, openai, replay } = await recorded(t)
  await useProvider(t, workspace, { provider: 'claude', reply: () => ({ text: 'It was $3 billion.', usage: { input: 2100, output: 9 } }) })
  const models = ['--use-model', 'openai:gpt-4o', '--use-model', 'claude:claude-4-sonnet']
  const run = await replay('--audit', '--diff', ...models)
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stdout, /Override Model: openai:gpt-4o\n {3}New Answer: ".+"\n {3}Diff: IDENTICAL ✓\n {3}Override Model: claude:/)
  assert.match(run.stdout, /Diff: CHANGED\n {3}Words: .*\[-.*-\].*\{\+.*3.*\+\}/)
  assert.match(run.stdout, /Agreement: 0 of 2 numbers, 0 of 0 names\n {5}\$2 billion: in original, openai:gpt-4o; not in claude:claude-4-sonnet\n/)
  assert.match(run.stdout, /^ {3}original \(openai:gpt-4o-mini\) +2000 \+ 20 +\$0\.000312 /m)
  assert.match(run.stdout, /^claude:claude-4-sonnet +2 +0 +2 +0 +4200 \+ 18 +\$0\.01287 /m)
  const dry = await replay('--audit', '--dry-run', ...models)
  assert.match(dry.stdout, /^Estimated cost: \$0\.023 for 4 calls\. Nothing was sent\.$/m)
  const sent = openai.requests.length
  const limit = ['--max-cost', '0.011', '--max-tokens', '100', '--summary', 'out.md', '--junit', 'out.xml']
  const limited = await replay('--audit', '--use-model', 'openai:gpt-4o', ...limit)
  assert.equal(limited.code, 3)
  assert.match(limited.stderr, /^Stopped by --max-cost: the next answer could cost \$0\.\d+, and \$0\.\d+ of \$0\.011 is spent$/m)
  assert.ok(openai.requests.length < sent + 2)
  assert.match(readFileSync(workspace.path('out.md'), 'utf8'), /⚠️ incomplete/)
  assert.match(readFileSync(workspace.path('out.xml'), 'utf8'), /errors="1" [^]*<error type="max-cost" /)
})

test('Ctrl-C leaves a valid file and gives a partial report', async (t) => {
  const { workspace, openai } = await recorded(t)
  const before = openai.requests.length
  openai.setReply(({ index }) => (index === before ? ANSWER : { text: ANSWER, delayMs: 3000 }))
  const words = ['session', 'replay', 'knowledge.mv2', '--session', 'Nightly & <checks>', '--audit', '--use-model', 'openai', '--concurrency', '1']
  const child = workspace.spawn(process.execPath, [mainPath, ...words, '--junit', 'out.xml', '--save'])
  const done = finish(child)
  while (openai.requests.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill('SIGINT')
  const run = await done
  assert.equal(run.code, 130, run.stderr)
  assert.match(run.stdout, /Step 2\/3 ask[^]*New Answer: "The acquisition price was \$2 billion\."/)
  assert.ok(!run.stdout.includes('Step 3/3'))
  assert.match(run.stderr, /^Interrupted: replayed 2 of 3 actions: 2 VERIFIED\.$/m)
  assert.ok(existsSync(workspace.path('out.xml')))
  assert.match(readFileSync(workspace.path('out.xml'), 'utf8'), /<error type="aborted"/)
  const saved = await workspace.ok('session', 'replays', 'knowledge.mv2', '--session', 'Nightly & <checks>')
  assert.match(saved, /2 of 3 actions: 2 VERIFIED, stopped \(aborted\)\n$/)
  await workspace.ok('verify', 'knowledge.mv2')
})

test('progress is drawn on a terminal, where steps are not printed as they end', async (t) => {
  const { workspace } = await recorded(t)
  const words = ['session', 'replay', 'knowledge.mv2', '--session', 'Nightly & <checks>', '--skip-asks']
  assert.match((await onTerminal(workspace, words)).stdout, /\[#+ *\] \d\/3 actions/)
})

test('a replay is saved, listed, shown as it was, compared, and stands for its models without a network', async (t) => {
  const { workspace, openai, replay } = await recorded(t)
  const models = ['--audit', '--use-model', 'openai:gpt-4o']
  assert.match((await replay(...models, '--diff', '--save', 'first')).stderr, /^Saved as replay 1 "first"\.$/m)
  openai.setReply(() => 'The acquisition price was $3 billion.')
  const second = await replay(...models, '--diff', '--save')
  assert.match(second.stderr, /^Saved as replay 2\.$/m)
  const session = ['--session', 'Nightly & <checks>']
  const list = await workspace.ok('session', 'replays', 'knowledge.mv2', ...session)
  const listed = 'audit, openai:gpt-4o, 3 of 3 actions: 3 VERIFIED'
  assert.match(list, new RegExp(`^\\[1\\] \\S+Z ${listed} "first"\n\\[2\\] \\S+Z ${listed}\n$`))
  const shown = await workspace.ok('session', 'replays', 'knowledge.mv2', ...session, '--show', '2', '--diff')
  assert.equal(shown, second.stdout)
  const compare = ['session', 'compare-replays', 'knowledge.mv2', ...session, '-a', 'first', '-b', '2']
  const compared = await workspace.ok(...compare)
  assert.match(compared, /^= Step 1 find "acquisition price"\n≠ Step 2 ask "What was the acquisition price\?"\n/m)
  assert.match(compared, /^ {3}Answers: CHANGED \(openai:gpt-4o, openai:gpt-4o\)\n {3}Words: .*\[-2-\]/m)
  assert.match(compared, /^1 of 3 steps identical, 0 only in A, 0 only in B\.$/m)
  assert.equal((await workspace.memvid([...compare, '--fail-on', 'changed'])).code, 3)
  const json = await workspace.json<{ steps: Record<string, unknown>[] }>(...compare)
  assert.deepEqual(Object.keys(json.steps[1] ?? {}), ['step', 'kind', 'about', 'status_a', 'status_b', 'identical', 'answers'])
  const unknown = await workspace.memvid(['session', 'replays', 'knowledge.mv2', ...session, '--show', '3'])
  assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
  assert.match(unknown.stderr, /^error\[ReplayNotFound\]/)
  const sent = openai.requests.length
  const words = ['session', 'replay', 'knowledge.mv2', ...session, ...models, '--offline', '--diff']
  const offline = await workspace.memvid(words, { env: { OPENAI_API_KEY: '' } })
  assert.equal(offline.code, 0, offline.stdout)
  assert.match(offline.stdout, /New Answer: "The acquisition price was \$3 billion\."/)
  assert.equal(openai.requests.length, sent)
})

test('a replay that cannot be saved gives its answers, says so, and exits with 3', async (t) => {
  const { workspace, replay } = await recorded(t)
  // The lock is byte 2^62 (format-spec/04); Python reaches it without a package.
  const hold = 'import fcntl,sys,time\nf=open(sys.argv[1],"r+b")\nfcntl.lockf(f,fcntl.LOCK_EX,1,1<<62)\nprint("held",flush=True)\ntime.sleep(600)'
  const holder = spawn('python3', ['-c', hold, workspace.path('knowledge.mv2')])
  t.after(() => holder.kill('SIGKILL'))
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  const run = await replay('--audit', '--use-model', 'openai', '--save')
  assert.equal(run.code, 3, run.stderr)
  assert.match(run.stdout, /New Answer: "The acquisition price was \$2 billion\."/)
  assert.match(run.stderr, /^warning: this action could not be recorded in the session \(Locked\): /m)
})
