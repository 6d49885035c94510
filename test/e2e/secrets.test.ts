/**
 * A provider's key through every door, against servers that give it back in every way. What is left behind is searched when each test
 * ends, here as in every other test (support/canary.ts); this file drives what the others don't, and shows that the search finds a key.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, test } from 'node:test'
import { create, open } from '../../src/index.js'
import { CANARY, findKey, holdsKey } from '../support/canary.js'
import { STAND_IN_PROVIDERS, type StandInReply, type StandInRequest } from '../support/stand-in/index.js'
import { MODELS } from '../providers/support.js'
import { setEnvironment } from '../memory/support.js'
import { Workspace } from './support/cli.js'
import { makeKnowledge } from './support/knowledge.js'
import { useProvider } from './support/providers.js'

/** What a careless or hostile server may do with the headers that it got. */
const ECHOES: Record<string, (headers: string) => StandInReply> = {
  'in the answer': (headers) => ({ text: `You sent ${headers}.` }),
  'in the name of the model': (headers) => ({ text: 'Yes.', model: headers }),
  'in a refused key': (headers) => ({ status: 401, errorMessage: `Incorrect API key provided: ${headers}` }),
  'in an error page': (headers) => ({ status: 500, headers: { 'retry-after': '0' }, rawBody: `<html>${headers}</html>` }),
  'in place of an answer': (headers) => ({ rawBody: headers }),
  'in an error within a stream': (headers) => ({ text: 'The price was', errorAfter: 8, errorMessage: headers, errorCode: 'server_error' }),
  'in a stream that breaks': (headers) => ({ text: `You sent ${headers} and more words. `.repeat(3), cutAfter: headers.length + 30 }),
}

function headersOf(request: StandInRequest): string {
  return Object.values(request.headers).join(' ')
}

for (const provider of STAND_IN_PROVIDERS) {
  test(`the key of ${provider} shows nowhere, whatever the server does with it`, async (t) => {
    const workspace = new Workspace(t)
    await makeKnowledge(workspace)
    const server = await useProvider(t, workspace, { provider, key: CANARY })
    if (provider === 'ollama') workspace.env['OLLAMA_API_KEY'] = CANARY
    Object.assign(workspace.env, { OPENAI_LOG: 'debug', ANTHROPIC_LOG: 'debug', NODE_DEBUG: 'http,net,tls,fetch,undici' })
    const target = ['--use-model', MODELS[provider], ...(server.baseUrlVariable === null ? ['--base-url', server.baseUrl] : [])]
    const judge = ['--judge', MODELS[provider], ...(server.baseUrlVariable === null ? ['--judge-base-url', server.baseUrl] : [])]
    const file = 'knowledge.mv2'
    await workspace.ok('session', 'start', file, '--name', 'Secret')
    await workspace.ok('ask', file, '--question', 'What was the price?', ...target, ...judge)
    let count = 0
    for (const echo of Object.values(ECHOES)) {
      server.setReply((request) => echo(headersOf(request)))
      const json = count % 2 === 0 ? ['--json'] : []
      await workspace.memvid(['ask', file, '--question', `What was price ${count++}?`, ...target, ...json])
    }
    await streamed(workspace, provider, workspace.env, server.baseUrlVariable === null ? server.baseUrl : undefined)
    await workspace.ok('session', 'end', file)
    server.setReply((request) => ({ text: `You sent ${headersOf(request)}.` }))
    const replay = ['session', 'replay', file, '--session', 'Secret', '--audit', ...target]
    await workspace.memvid([...replay, '--diff', '--verbose', '--junit', 'junit.xml', '--summary', 'summary.md'])
    assert.ok(server.requests.length > 10)
    // What follows has no provider in it any more, so once is enough.
    const rest = provider !== 'openai' ? [] : [
      [...replay, '--json'],
      ['session', 'view', file, '--session', 'Secret', '--json'],
      ['cache', 'list', file, '--json'],
      ['cost', file, '--json'],
      ['models', '--json'],
      ['stats', file, '--json'],
    ]
    for (const words of rest) await workspace.memvid(words)
    assert.ok(server.requests.every(({ headers }) => Object.values(headers).join().includes(CANARY)), 'every request bears the key')
    assert.ok(server.requests.every(({ rawBody }) => !holdsKey(rawBody)), 'and none in its body')
  })
}

/** The same through the Node API with streaming, in this process. */
async function streamed(workspace: Workspace, provider: keyof typeof MODELS, env: Record<string, string>, baseUrl: string | undefined): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, env)
  const memory = await open(workspace.path('knowledge.mv2'))
  try {
    for (const count of [1, 2]) {
      const ask = memory.ask(`What was streamed ${count}?`, { model: MODELS[provider], onToken: () => undefined, ...(baseUrl ? { baseUrl } : {}) })
      const outcome: unknown = await ask.catch((error: unknown) => error)
      assert.ok(!holdsKey(JSON.stringify(outcome)) && !holdsKey(String((outcome as Error).stack ?? '')))
    }
  } finally {
    await memory.close()
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

describe('the search for the key', () => {
  it('finds it in every spelling', () => {
    const base64 = [0, 1, 2, 3].map((shift) => Buffer.from(`${'x'.repeat(shift)}${CANARY}xy`).toString('base64'))
    for (const text of [CANARY, CANARY.slice(0, 24), CANARY.slice(10), ...base64, Buffer.from(CANARY).toString('hex'), JSON.stringify(JSON.stringify({ CANARY }))]) {
      assert.ok(holdsKey(`before ${text} after`), text)
      assert.ok(holdsKey(Buffer.from(`before ${text} after`, 'utf16le')), text)
    }
    assert.ok(!holdsKey(CANARY.slice(0, 12)))
  })

  it('finds it wherever a memory may hold it, compressed or not', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'memvid-canary-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    setEnvironment(t, { MEMVID_MODEL: '' })
    const padding = 'Many words that compress well. '.repeat(300)
    const places: Record<string, (memory: Awaited<ReturnType<typeof create>>) => Promise<unknown>> = {
      'a document': (memory) => memory.put({ text: `${padding}${CANARY}` }),
      'its title': (memory) => memory.put({ text: 'x', title: CANARY }),
      'its metadata': (memory) => memory.put({ text: 'x', metadata: { key: Buffer.from(CANARY).toString('base64') } }),
      'the name of a session': (memory) => memory.sessionStart(CANARY),
      'a question': async (memory) => {
        await memory.put({ text: padding })
        await memory.sessionStart('s')
        await memory.ask(`${padding}${CANARY}?`)
      },
    }
    for (const [name, act] of Object.entries(places)) {
      const path = join(folder, 'planted.mv2')
      const memory = await create(path)
      await act(memory)
      await memory.close()
      const found = await findKey(folder)
      assert.ok(found.length > 0, name)
      rmSync(path)
    }
    assert.deepEqual(await findKey(folder), [])
    writeFileSync(join(folder, 'log.txt'), CANARY)
    assert.equal((await findKey(folder)).length, 1)
  })
})
