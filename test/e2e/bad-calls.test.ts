/** Wrong calls, models and providers that refuse, and input that can't be used. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace, type Run } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'

function refused(run: Run, exitCode: number, code: string, message: RegExp): void {
  assert.equal(run.code, exitCode, run.stdout + run.stderr)
  assert.equal(run.stdout, '')
  assert.ok(run.stderr.startsWith(`error[${code}]: `), run.stderr)
  assert.match(run.stderr, message)
  assert.ok(!/^ +at /m.test(run.stderr), 'no stack for a user')
}

test('wrong calls are usage errors, and help is not', async (t) => {
  const workspace = new Workspace(t)
  refused(await workspace.memvid(['find', 'x.mv2']), 2, 'Usage', /--query/)
  refused(await workspace.memvid(['find', 'x.mv2', '--query', 'a', '--mode', 'fast']), 2, 'Usage', /hybrid, lex, vec/)
  refused(await workspace.memvid(['find', 'x.mv2', '--query', 'a', '--top-k', '0']), 2, 'Usage', /at least 1/)
  refused(await workspace.memvid(['find', 'x.mv2', '--query', 'a', '--after', 'yesterday']), 2, 'Usage', /2024-12-27/)
  refused(await workspace.memvid(['fnd', 'x.mv2']), 2, 'Usage', /unknown command 'fnd'[^]*find/)
  refused(await workspace.memvid(['session', 'begin', 'x.mv2']), 2, 'Usage', /unknown command 'begin'/)
  refused(await workspace.memvid(['stats', 'x.mv2', '--colour']), 2, 'Usage', /unknown option/)
  const bare = await workspace.memvid([])
  assert.deepEqual([bare.code, bare.stdout], [2, ''])
  for (const words of [['--help'], ['find', '--help'], ['session', '--help'], ['session', 'replay', '--help']]) {
    const help = await workspace.memvid(words)
    assert.deepEqual([help.code, help.stderr], [0, ''])
    assert.match(help.stdout, /^Usage: memvid /)
  }
  assert.match((await workspace.memvid(['--help'])).stdout, /Exit codes:[^]* 5 {2}locked/)
  assert.match((await workspace.memvid(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('an unknown model and a missing key are refused before anything is sent', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const ask = (model: string): Promise<Run> => workspace.memvid(['ask', 'knowledge.mv2', '--question', 'What price?', '--use-model', model])
  refused(await ask('opnai:gpt-4o'), 2, 'UnknownModel', /opnai[^]*openai/)
  refused(await ask('openai:gpt-4o'), 2, 'MissingKey', /OPENAI_API_KEY/)
  refused(await ask('local:gpt'), 2, 'UnknownModel', /local:extractive/)
})

test("a provider's errors are told, recorded, and fail the command", async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const openai = await useProvider(t, workspace, { provider: 'openai' })
  await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'failures')
  const ask = (): Promise<Run> => workspace.memvid(['ask', 'knowledge.mv2', '--question', 'What price?', '--use-model', 'openai'])
  openai.setReply(() => ({ status: 401, errorMessage: 'Incorrect API key' }))
  refused(await ask(), 1, 'ProviderAuth', /OPENAI_API_KEY/)
  openai.setReply(() => ({ status: 429, errorCode: 'insufficient_quota', errorMessage: 'You exceeded your quota' }))
  refused(await ask(), 1, 'ProviderQuota', /credit/)
  openai.setReply(() => ({ status: 400, errorMessage: 'bad request' }))
  refused(await ask(), 1, 'ProviderError', /bad request/)
  assert.equal(await workspace.ok('session', 'end', 'knowledge.mv2'), 'Session ended. 3 actions recorded.\n')
})

test('a server that is not there fails the command and names its address', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const words = [
    'ask',
    'knowledge.mv2',
    '--question',
    'What price?',
    '--use-model',
    'openai-compatible:m',
    '--base-url',
    'http://127.0.0.1:9/v1',
  ]
  refused(await workspace.memvid(words), 1, 'ProviderError', /127\.0\.0\.1:9/)
})

test('a question to an empty memory has an answer that says so', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const openai = await useProvider(t, workspace, { provider: 'openai' })
  for (const words of [[], ['--use-model', 'openai']]) {
    const run = await workspace.memvid(['ask', 'knowledge.mv2', '--question', 'What was the revenue?', ...words])
    assert.equal(run.code, 0, run.stderr)
    assert.match(run.stdout, /\S/)
    assert.match(run.stderr, /cost: \$0\.00/)
  }
  assert.equal(openai.requests.length, 0)
})

test('a bad line of JSONL is named by its number', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const put = async (content: string): Promise<Run> =>
    workspace.memvid(['put', 'knowledge.mv2', '--input', '-', '--format', 'jsonl'], { input: content })
  refused(await put('{"text":"one"}\n{"text":'), 2, 'InvalidInput', /line 2/)
  refused(await put('{"text":"one"}\n\n[1]\n'), 2, 'InvalidInput', /line 3 .*not an object/)
  refused(await put('{"title":"no text"}\n'), 2, 'InvalidInput', /line 1 .*"text" is missing/)
  refused(await put('{"text":"a","tag":"x"}\n'), 2, 'InvalidInput', /"tag" is not known/)
  refused(await put('{"text":"a","tags":"x"}\n'), 2, 'InvalidInput', /"tags" has the wrong type/)
})

test('input that is missing, or of the wrong kind, is refused', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const put = (...words: string[]): Promise<Run> => workspace.memvid(['put', 'knowledge.mv2', ...words])
  refused(await put('--input', 'missing.txt'), 6, 'NotFound', /missing\.txt/)
  mkdirSync(workspace.path('docs'))
  writeFileSync(workspace.path('docs/a.txt'), 'A.')
  refused(await put('--input', 'docs', '--title', 'One'), 2, 'InvalidInput', /--title and --uri are for one document/)
  refused(await put('--input', 'docs/a.txt', '--metadata', '[1]'), 2, 'Usage', /JSON object/)
  await workspace.shell('mkfifo pipe')
  refused(await put('--input', 'pipe'), 2, 'InvalidInput', /not a file/)
  refused(await workspace.memvid(['get', 'knowledge.mv2', '77']), 1, 'FrameNotFound', /77/)
  refused(await workspace.memvid(['get', 'knowledge.mv2', 'mv2://nowhere']), 1, 'FrameNotFound', /mv2:\/\/nowhere/)
})
