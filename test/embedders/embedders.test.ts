/** Embedders besides the default: MiniLM in the engine, and models asked over the network (here on the loopback). */
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { test, type TestContext } from 'node:test'
import { installModel, open } from '../../src/index.js'
import { Workspace } from '../e2e/support/cli.js'
import { fails, newMemory, setEnvironment } from '../memory/support.js'

interface EmbeddingServer {
  url: string
  /** The texts of each request. */
  requests: string[][]
  keys: string[]
}

/** A vector that tells texts about ships from others. */
function vectorOf(text: string): number[] {
  const ships = text.match(/ship|vessel|sail/gi)?.length ?? 0
  return [ships, 1, text.length % 7]
}

async function embeddingServer(t: TestContext, respond?: (response: ServerResponse, texts: string[]) => void): Promise<EmbeddingServer> {
  const seen: EmbeddingServer = { url: '', requests: [], keys: [] }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { input } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { input: string[] }
    assert.equal(request.url, '/v1/embeddings')
    seen.requests.push(input)
    seen.keys.push(request.headers.authorization ?? '')
    if (respond) return respond(response, input)
    // Out of order, as the format allows.
    const data = input.map((text, index) => ({ index, embedding: vectorOf(text) })).reverse()
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  seen.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return seen
}

test('a file of MiniLM finds by meaning, and refuses another embedder', async (t) => {
  await installModel('minilm')
  const mem = await newMemory(t, { embedder: 'minilm' })
  await mem.putMany([
    { text: 'The vessel sank in the storm off the coast.', uri: 'a' },
    { text: 'Interest rates rose by a quarter of a percent.', uri: 'b' },
    { text: 'Her dog sleeps on the sofa all day.', uri: 'c' },
  ])
  const { hits } = await mem.find('a ship went down at sea', { mode: 'vec' })
  assert.equal(hits[0]?.uri, 'a')
  const { embedder, vectorDim, vectorCount } = await mem.stats()
  assert.deepEqual({ embedder, vectorDim, vectorCount }, { embedder: 'minilm-l6-int8@1', vectorDim: 384, vectorCount: 3 })
  await assert.rejects(open(mem.path, { embedder: 'static' }), fails('VectorMismatch', /minilm/))
  await assert.rejects(open(mem.path, { embedder: 'bert' }), fails('InvalidInput', /no embedder/))
  await (await open(mem.path, { embedder: 'minilm' })).close()
})

test('an embedder that is chosen with the first put stays', async (t) => {
  const mem = await newMemory(t)
  const chosen = await open(mem.path, { embedder: 'minilm' })
  t.after(() => chosen.close())
  await chosen.put({ text: 'first' })
  await mem.put({ text: 'second' })
  assert.equal((await mem.stats()).embedder, 'minilm-l6-int8@1')
  await assert.rejects(newMemory(t, { embedder: 'minilm', vectorDim: 8 }), fails('InvalidInput'))
})

test('without the model the words are still found, and the way to install it is said', async (t) => {
  const { path } = await installModel('minilm')
  const workspace = new Workspace(t)
  workspace.env = { MEMVID_MODELS_DIR: dirname(path) }
  await workspace.ok('create', 'm.mv2', '--embedder', 'minilm')
  const put = await workspace.shell('echo The mill burned down in 1871. | memvid put m.mv2 --input -')
  assert.equal(put.code, 0, put.stderr)
  assert.equal((await workspace.json<{ hits: unknown[] }>('find', 'm.mv2', '--query', 'fire at the mill')).hits.length, 1)
  const other = await workspace.memvid(['find', 'm.mv2', '--query', 'mill', '--embedder', 'static', '--json'])
  assert.equal(JSON.parse(other.stderr).error.code, 'VectorMismatch')
  workspace.env = { MEMVID_MODELS_DIR: workspace.folder }
  const refused = await workspace.memvid(['find', 'm.mv2', '--query', 'mill', '--json'])
  assert.equal(refused.code, 1)
  const { error } = JSON.parse(refused.stderr) as { error: { code: string; hint: string } }
  assert.equal(error.code, 'ModelMissing')
  assert.match(error.hint, /memvid models install minilm/)
  assert.equal((await workspace.json<{ hits: unknown[] }>('find', 'm.mv2', '--query', 'mill', '--mode', 'lex')).hits.length, 1)
})

test('a model file that is not the known one is not installed', async (t) => {
  setEnvironment(t, { MEMVID_MODELS_DIR: '/nonexistent/models' })
  await assert.rejects(installModel('minilm', { from: process.execPath }), fails('Corrupt', /SHA-256/))
  await assert.rejects(installModel('bert'), fails('UnknownModel'))
})

test('an embedder of a provider is asked in batches, for passages and for queries', async (t) => {
  const server = await embeddingServer(t)
  setEnvironment(t, { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: server.url })
  const mem = await newMemory(t, { embedder: 'openai:text-embedding-3-small' })
  assert.equal((await mem.stats()).vectorDim, 3)
  server.requests.length = 0
  const texts = Array.from({ length: 100 }, (_, n) => ({ text: n === 40 ? 'The ship set sail.' : `Entry number ${n}.`, uri: `u${n}` }))
  await mem.putMany(texts)
  assert.deepEqual(server.requests.map(({ length }) => length), [64, 36])
  await mem.put({ text: ' ', uri: 'blank' })
  assert.equal(server.requests.length, 2, 'nothing to embed in white space')
  const { hits } = await mem.find('vessel', { mode: 'vec', k: 1 })
  assert.equal(hits[0]?.uri, 'u40')
  assert.deepEqual(server.requests[2], ['vessel'])
  assert.ok(server.keys.every((key) => key === 'Bearer test-key'))
  await mem.find('ship', { mode: 'lex' })
  assert.equal(server.requests.length, 3, 'words need no vector')
  await assert.rejects(open(mem.path, { embedder: 'openai:text-embedding-3-large' }), fails('VectorMismatch', /text-embedding-3-small/))
  assert.equal((await mem.verify()).ok, true)
})

test('a recorded search by an outside embedder is replayed without asking it again', async (t) => {
  const server = await embeddingServer(t)
  const mem = await newMemory(t, { embedder: 'ollama:nomic-embed-text', embedderBaseUrl: server.url })
  await mem.put({ text: 'The ship set sail.' })
  const session = await mem.sessionStart('s')
  await mem.find('vessel')
  await mem.sessionEnd()
  const asked = server.requests.length
  const replayed = await mem.sessionReplay(session)
  assert.deepEqual(replayed.steps.map(({ status }) => status), ['IDENTICAL'])
  assert.equal(server.requests.length, asked)
})

test('what is no list of vectors is refused, and nothing is stored', async (t) => {
  const replies: [string, RegExp][] = [
    ['{"data":[]}', /list of 1 vectors/],
    ['{"data":[{"index":0,"embedding":["a"]}]}', /not a list of numbers/],
    ['{"data":[{"index":5,"embedding":[1]}]}', /missing/],
    ['{}', /list of 1 vectors/],
  ]
  for (const [body, message] of replies) {
    const server = await embeddingServer(t, (response) => response.setHeader('content-type', 'application/json').end(body))
    await assert.rejects(newMemory(t, { embedder: 'ollama:x', embedderBaseUrl: server.url }), fails('ProviderMalformed', message))
  }
  const refusing = await embeddingServer(t, (response) => response.writeHead(401).end('{"error":{"message":"bad key"}}'))
  await assert.rejects(newMemory(t, { embedder: 'ollama:x', embedderBaseUrl: refusing.url }), fails('ProviderAuth'))
  assert.equal(refusing.requests.length, 1)
  await assert.rejects(newMemory(t, { embedder: 'claude:x' }), fails('MissingKey'))
})

test('a busy embedder is asked again', async (t) => {
  let calls = 0
  const server = await embeddingServer(t, (response, texts) => {
    calls += 1
    if (calls === 1) return response.writeHead(503, { 'retry-after-ms': '1' }).end('{}')
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: texts.map((text) => ({ embedding: vectorOf(text) })) }))
  })
  await newMemory(t, { embedder: 'ollama:x', embedderBaseUrl: server.url })
  assert.equal(calls, 2)
})
