/** R21: every route, and who may not use it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { ROUTES } from '../../src/ui/server/router.js'
import { startTestUi, type Sent, type TestUi } from './server.js'

const BODIES: Record<string, unknown> = {
  search: { topK: 3 },
  miss: { expect: 1 },
  estimate: { models: ['local:extractive'] },
  reask: { confirmation: '0'.repeat(32) },
  compare: { sessions: ['research', 'research, adaptive'] },
}

interface Call {
  path: string
  method: 'GET' | 'POST'
  body?: string
}

/** The reply to a request that names no host, which only a socket can send. */
async function withoutHost(ui: TestUi, method: string, path: string): Promise<string> {
  const socket = connect(ui.server.port, '127.0.0.1')
  socket.write(`${method} ${path} HTTP/1.1\r\nAuthorization: Bearer ${ui.server.token}\r\nConnection: close\r\n\r\n`)
  let reply = ''
  for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) reply += chunk
  return reply
}

/** Every route with parameters that it takes, and the page's own files. */
function calls({ demo }: TestUi): Call[] {
  const api = ROUTES.map(({ method, path }): Call => {
    const filled = path.replace(':session', demo.sessions.first).replace(/actions\/:number/, 'actions/3').replace(':number', '1')
    const name = path.split('/').at(-1)!
    if (method === 'POST') return { path: filled, method, body: JSON.stringify(BODIES[name]) }
    return { path: name === 'export' ? `${filled}?session=${demo.sessions.first}` : filled, method }
  })
  assert.equal(api.length, 14)
  return [...api, ...['/', '/app.js', '/app.css'].map((path): Call => ({ path, method: 'GET' }))]
}

function headersOf(ui: TestUi, { body }: Call): Record<string, string> {
  return {
    authorization: `Bearer ${ui.server.token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', origin: `http://${ui.host}` }),
  }
}

/** Sends every route so, and gives those that were not refused with this status. */
async function passing(ui: TestUi, status: number, change: (call: Call, headers: Record<string, string>) => Sent & { path?: string }, only = calls(ui)): Promise<string[]> {
  const passed: string[] = []
  for (const call of only) {
    const { path = call.path, ...sent } = change(call, headersOf(ui, call))
    const reply = await ui.raw(path, { method: call.method, ...(call.body === undefined ? {} : { body: call.body }), ...sent })
    assert.equal(reply.headers['access-control-allow-origin'], undefined)
    assert.equal(reply.headers['set-cookie'], undefined)
    if (reply.status !== status) passed.push(`${call.method} ${path} ${JSON.stringify(sent.headers ?? {})}: ${reply.status}`)
  }
  return passed
}

test('with all that is asked for, every route answers', async (t) => {
  const ui = await startTestUi(t, { allowAsk: true })
  const refused = await passing(ui, 200, (_, headers) => ({ headers }))
  assert.deepEqual(refused.map((text) => text.replace(/ \{.*/, '')), [`POST /api/sessions/${ui.demo.sessions.first}/actions/3/reask`])
})

test('no route answers under another Host', async (t) => {
  const ui = await startTestUi(t, { allowAsk: true })
  const { port } = ui.server
  const hosts = ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1', 'localhost', `127.0.0.1:${port + 1}`, `0.0.0.0:${port}`, `[::1]:${port}`, `127.0.0.1:${port}@evil.example`, `LOCALHOST:${port}`, `127.1:${port}`]
  for (const host of hosts) assert.deepEqual(await passing(ui, 403, (_, headers) => ({ headers: { ...headers, host } })), [])
  for (const { method, path } of calls(ui)) assert.match(await withoutHost(ui, method, path), /^HTTP\/1\.1 400 /)
})

test('no route answers another Origin, nor what another site sends', async (t) => {
  const ui = await startTestUi(t, { allowAsk: true })
  const { port } = ui.server
  const origins = ['https://evil.example', 'null', `https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`, `http://localhost:${port}`, `http://127.0.0.1:${port}.evil.example`, 'file://', '']
  for (const origin of origins) assert.deepEqual(await passing(ui, 403, (_, headers) => ({ headers: { ...headers, origin } })), [])
  for (const site of ['cross-site', 'same-site']) {
    assert.deepEqual(await passing(ui, 403, (_, headers) => ({ headers: { ...headers, 'sec-fetch-site': site } })), [])
  }
})

test('no route of data answers without the token of this launch', async (t) => {
  const ui = await startTestUi(t, { allowAsk: true })
  const { token } = ui.server
  assert.match(token, /^[0-9a-f]{64}$/)
  const other = await startTestUi(t)
  const data = calls(ui).filter(({ path }) => path.startsWith('/api/'))
  const wrong = ['', token, `Bearer ${token.slice(0, -1)}`, `Bearer ${token}0`, `bearer ${token}`, `Bearer ${token.toUpperCase().replaceAll(/\d/g, '0')}`, `Basic ${token}`, `Bearer ${other.server.token}`, 'Bearer ', `Bearer ${'0'.repeat(64)}`]
  for (const authorization of wrong) assert.deepEqual(await passing(ui, 401, (_, headers) => ({ headers: { ...headers, authorization } }), data), [])
  const none = await passing(ui, 401, (_, { authorization: _none, ...headers }) => ({ headers }), data)
  assert.deepEqual(none, [])
  // Not in the query, not in a cookie.
  const elsewhere = await passing(ui, 401, ({ path }, { authorization: _none, ...headers }) => ({ path: `${path}${path.includes('?') ? '&' : '?'}token=${token}`, headers: { ...headers, cookie: `token=${token}` } }), data)
  assert.deepEqual(elsewhere, [])
})

test('no route takes another method', async (t) => {
  const ui = await startTestUi(t, { allowAsk: true })
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    const all = calls(ui).map(({ path, method }): Call => ({ path, method }))
    const others = all.filter((call) => call.method !== method && !(method === 'HEAD' && !call.path.startsWith('/api/')))
    assert.deepEqual(await passing(ui, 405, (_, headers) => ({ method, headers }), others), [])
  }
})

test('a body is JSON, small, and as the route takes it', async (t) => {
  const ui = await startTestUi(t, { allowAsk: true })
  const posts = calls(ui).filter(({ method }) => method === 'POST')
  assert.equal(posts.length, 5)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json-patch', 'application/json; charset=utf-16', '']) {
    assert.deepEqual(await passing(ui, 415, (_, headers) => ({ headers: { ...headers, 'content-type': type } }), posts), [])
  }
  const large = JSON.stringify({ expect: 'x'.repeat(70_000) })
  assert.deepEqual(await passing(ui, 413, (_, headers) => ({ headers, body: large }), posts), [])
  assert.deepEqual(await passing(ui, 413, (_, headers) => ({ headers: { ...headers, 'transfer-encoding': 'chunked' }, body: large }), posts), [])
  for (const body of ['', '{', 'null', '[]', '1', '"x"', '{"nobody":1}', '{"__proto__":{"topK":1},"x":1}']) {
    assert.deepEqual(await passing(ui, 400, (_, headers) => ({ headers, body }), posts), [])
  }
})

test('nothing but the page and the routes can be named', async (t) => {
  const ui = await startTestUi(t)
  const before = createHash('sha256').update(readFileSync(ui.demo.path)).digest('hex')
  const paths = ['/secret.txt', '/index.html', '/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/./app.js', '//app.js', '/app.js/', '/app.js%00', '/app%2ejs', '/..\\secret.txt', '/etc/passwd', '/constructor', '/__proto__', '/api', '/api/', '/api/../app.js', '/api/constructor', '/api/frames/-1', '/api/frames/1e3', '/api/frames/0x1', '/api/frames/99999999999999999999', '/api/sessions/', '/api/sessions/a/b', '/api/sessions//timeline', '/api/sessions/x/actions/..', '/api//file']
  for (const path of paths) {
    const reply = await ui.raw(path, { headers: { authorization: `Bearer ${ui.server.token}` } })
    assert.equal(reply.status, 404, `${path}: ${reply.status} ${reply.text}`)
    assert.doesNotMatch(reply.text, /not to be served|root:/)
  }
  for (const path of ['http://evil.example/', '*', `/${'x'.repeat(5000)}`, '/api/sessions/%zz', '/api/file?x=1', '/api/commits?limit=0', '/api/commits?limit=501', '/api/commits?limit=-1', '/api/commits?before=x', '/api/documents?nobody=1', '/api/export', '/api/export?session=']) {
    const reply = await ui.raw(path, { headers: { authorization: `Bearer ${ui.server.token}` } })
    assert.equal(reply.status, 400, `${path}: ${reply.status} ${reply.text}`)
  }
  assert.equal(createHash('sha256').update(readFileSync(ui.demo.path)).digest('hex'), before, 'the file is as it was')
})

test('every response forbids all that the page does not need', async (t) => {
  const ui = await startTestUi(t)
  for (const reply of [await ui.raw('/'), await ui.raw('/app.js'), await ui.raw('/nothing'), await ui.raw('/api/file'), await ui.send('/api/file'), await ui.raw('/', { headers: { host: 'evil' } })]) {
    const policy = String(reply.headers['content-security-policy'])
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) assert.ok(policy.includes(part), part)
    assert.doesNotMatch(policy, /unsafe|https?:|data:|\*/)
    assert.equal(reply.headers['x-content-type-options'], 'nosniff')
    assert.equal(reply.headers['referrer-policy'], 'no-referrer')
    assert.equal(reply.headers['cross-origin-opener-policy'], 'same-origin')
    assert.equal(reply.headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(reply.headers['cache-control'], 'no-store')
  }
})
