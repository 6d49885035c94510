/** The server of the Time Machine: on the loopback interface only, for whoever has the token of this launch. */

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { MemvidError, type Memory } from '../../index.js'
import { Assets, builtPage, pageIsBuilt } from './assets.js'
import { Confirmations } from './confirmations.js'
import { MeasuresCache, type UiContext } from './context.js'
import { checkHost, checkToken, readJsonBody, SECURITY_HEADERS } from './guard.js'
import { problemOf, Refusal } from './problem.js'
import { findRoute } from './router.js'
import { Turns } from './turns.js'

export interface UiOptions {
  /** 0 (default) takes a free one. */
  port?: number
  /** Let models be asked again, after their greatest cost was confirmed. Default false. */
  allowAsk?: boolean
  /** Folder of the built page. Default: the package's own. */
  page?: string
  /** Told of a fault of the server's own. */
  onFault?: (error: unknown) => void
}

/** Whether the package holds the built page. */
export function hasPage(): boolean {
  return pageIsBuilt(builtPage())
}

export interface UiServer {
  port: number
  /** 64 hex digits; new at each launch. */
  token: string
  /** The page's address with the token, and with these the place in it that is shown first. */
  url(place?: { session?: string; action?: number }): string
  /** Refuses new requests, stops what is running, and resolves when nothing is left. */
  close(): Promise<void>
}

const SIDE_BY_SIDE = 4
const WAITING = 64
const CLOSING_MS = 2000
const MAX_URL_LENGTH = 4096

/** Serves `memory`, which stays the caller's to close. Opened for reading only, nothing here can change the file. */
export async function startUi(memory: Memory, { port = 0, allowAsk = false, page = builtPage(), onFault = () => {} }: UiOptions = {}): Promise<UiServer> {
  const token = randomBytes(32).toString('hex')
  const closing = new AbortController()
  const context: UiContext = {
    memory,
    name: basename(memory.path),
    canAsk: allowAsk,
    confirmations: new Confirmations(),
    assets: new Assets(page),
    measures: new MeasuresCache(memory),
    signal: closing.signal,
  }
  const turns = new Turns(SIDE_BY_SIDE, WAITING)
  const running = new Set<Promise<void>>()
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    const answering = answer(request, response).catch((error: unknown) => sendProblem(request, response, error, onFault))
    running.add(answering)
    void answering.finally(() => running.delete(answering))
  })
  server.maxConnections = 128
  await listen(server, port)
  const bound = (server.address() as AddressInfo).port

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkHost(request.headers, bound)
    const { method = '', url = '' } = request
    if (!url.startsWith('/') || url.length > MAX_URL_LENGTH) throw new Refusal(400, 'InvalidInput', 'the path is not well formed')
    const [path = '', query = ''] = split(url)
    if (!path.startsWith('/api/')) return sendAsset(context.assets, method, path, response)
    checkToken(request.headers, token)
    const { route, session, number } = findRoute(method, path)
    const body = route.method === 'POST' ? await readJsonBody(request) : undefined
    const result = await turns.run(() => route.handle(context, { session, number, query: new URLSearchParams(query), body }))
    const text = route.html ? String(result) : JSON.stringify(result)
    send(response, 200, route.html ? 'text/html; charset=utf-8' : 'application/json', Buffer.from(text))
  }

  return {
    port: bound,
    token,
    url: ({ session, action } = {}) => {
      const place = new URLSearchParams({ token, ...(session === undefined ? {} : { session }), ...(action === undefined ? {} : { action: String(action) }) })
      return `http://127.0.0.1:${bound}/#${place.toString()}`
    },
    close: async () => {
      closing.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // Who is still sending after this is not waited for.
      const patience = setTimeout(() => server.closeAllConnections(), CLOSING_MS)
      await Promise.all(running)
      clearTimeout(patience)
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const { code, message } = error
      const inUse = code === 'EADDRINUSE'
      reject(new MemvidError(inUse ? 'InvalidInput' : 'Io', inUse ? `port ${port} is in use` : message, { cause: error, hint: 'Leave --port out to take a free one.' }))
    })
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

function split(url: string): [string, string] {
  const at = url.indexOf('?')
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function sendAsset(assets: Assets, method: string, path: string, response: ServerResponse): void {
  if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'MethodNotAllowed', `${method} is not for this path`)
  // Browsers ask for one by themselves; there is none, which is no error.
  if (path === '/favicon.ico') return send(response, 204, 'image/x-icon', Buffer.alloc(0))
  const asset = assets.at(path)
  if (!asset) throw new Refusal(404, 'NotFound', 'there is nothing under this path')
  send(response, 200, asset.type, asset.body)
}

function send(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': type, 'content-length': body.length })
  response.end(body)
}

function sendProblem(request: IncomingMessage, response: ServerResponse, error: unknown, onFault: (error: unknown) => void): void {
  const { status, body } = problemOf(error)
  if (status === 500) onFault(error)
  if (response.headersSent) return void response.destroy()
  // What of the body was not read is not worth reading.
  if (!request.complete) response.setHeader('connection', 'close')
  send(response, status, 'application/json', Buffer.from(JSON.stringify(body)))
}
