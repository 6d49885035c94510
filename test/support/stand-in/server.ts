import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import { completionChunks, completionObject, errorObject, refuseRequest } from './chat-completions.js'
import { claudeError, claudeEvents, claudeMessage, refuseClaudeRequest } from './claude-messages.js'
import { CANARY } from '../canary.js'
import { STAND_IN_PLACES } from './places.js'
import type { Responder, StandIn, StandInOptions, StandInProvider, StandInReply, StandInRequest, StandInUsage } from './types.js'

const DEFAULT_TEXT = 'The context says so [1].'

/** Made-up but repeatable counts: a token for every four characters. */
function countedUsage(request: StandInRequest, text: string): StandInUsage {
  return { input: Math.ceil((request.system.length + request.user.length) / 4), output: Math.max(1, Math.ceil(text.length / 4)) }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('')
}

function textOfRole(body: Record<string, unknown>, role: string): string {
  const messages = Array.isArray(body['messages']) ? (body['messages'] as { role?: string; content?: unknown }[]) : []
  return messages
    .filter((message) => message.role === role)
    .map((message) => textOf(message.content))
    .join('\n')
}

async function readRequest(incoming: IncomingMessage, index: number): Promise<StandInRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const rawBody = Buffer.concat(chunks).toString('utf8')
  let body: Record<string, unknown> = {}
  try {
    body = JSON.parse(rawBody) as Record<string, unknown>
  } catch {
    // A GET has no body, and a broken one is for the test to look at in rawBody.
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  return {
    index,
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers,
    body,
    rawBody,
    model: typeof body['model'] === 'string' ? body['model'] : '',
    stream: body['stream'] === true,
    system: textOf(body['system']) || textOfRole(body, 'system') || textOfRole(body, 'developer'),
    user: textOfRole(body, 'user'),
    disconnected: false,
  }
}

function sentKey(provider: StandInProvider, headers: Record<string, string>): string {
  // Claude takes either header; the package sends the second one since its version 1.
  const bearer = (headers['authorization'] ?? '').replace(/^Bearer /, '')
  return provider === 'claude' ? (headers['x-api-key'] ?? bearer) : bearer
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function sendError(provider: StandInProvider, response: ServerResponse, reply: StandInReply): void {
  const status = reply.status ?? 500
  const message = reply.errorMessage ?? `stand-in error ${status}`
  const body =
    provider === 'claude'
      ? claudeError(status, message, reply.errorCode ?? null)
      : errorObject(provider, status, message, reply.errorCode ?? null)
  sendJson(response, status, reply.rawBody ?? body, reply.headers)
}

/** Waits until more can be written, or nothing more will be read. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

/** Cuts text into pieces of `length` characters, never inside one. */
function piecesOf(text: string, length: number): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${length}}`, 'gu')) ?? []
}

async function sendStream(
  provider: StandInProvider,
  request: StandInRequest,
  response: ServerResponse,
  reply: StandInReply,
  text: string,
  usage: StandInUsage | null,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...reply.headers })
  if (reply.rawBody !== undefined) return void response.end(reply.rawBody)
  const limit = reply.cutAfter ?? reply.errorAfter
  const shown = limit === undefined ? text : Array.from(text).slice(0, limit).join('')
  const pieces = piecesOf(shown, reply.pieceLength ?? 8)
  const events: Iterable<[string | null, string]> =
    provider === 'claude'
      ? claudeEvents(request, reply, pieces, usage)
      : Array.from(completionChunks(provider, request, reply, pieces, usage), (data): [null, string] => [null, data])
  let written = 0
  const lastPiece = pieces.length + (provider === 'claude' ? 3 : 1) + (reply.thinking === undefined ? 0 : provider === 'claude' ? 4 : 1)
  for (const [name, data] of events) {
    if (limit !== undefined && written === lastPiece) break
    if (response.destroyed) return
    const flushed = response.write(`${name === null ? '' : `event: ${name}\n`}data: ${data}\n\n`)
    if (!flushed) await drained(response)
    written += 1
    if (reply.pieceDelayMs !== undefined) await sleep(reply.pieceDelayMs)
  }
  if (reply.errorAfter !== undefined) {
    const message = reply.errorMessage ?? 'Overloaded'
    const body =
      provider === 'claude'
        ? claudeError(529, message, reply.errorCode ?? null)
        : { error: { message, type: reply.errorCode ?? 'server_error', code: null } }
    response.end(`${provider === 'claude' ? 'event: error\n' : ''}data: ${JSON.stringify(body)}\n\n`)
  } else if (reply.cutAfter !== undefined) {
    // What was written must reach the client before the connection breaks.
    await sleep(20)
    response.destroy()
  } else {
    response.end()
  }
}

async function answer(
  options: StandInOptions,
  provider: StandInProvider,
  request: StandInRequest,
  response: ServerResponse,
  respond: Responder,
): Promise<void> {
  const place = STAND_IN_PLACES[provider]
  if (request.method !== 'POST' || request.path !== place.path) {
    return sendError(provider, response, { status: 404, errorMessage: `Invalid URL (${request.method} ${request.path})` })
  }
  if (options.key !== undefined && sentKey(provider, request.headers) !== options.key) {
    const errorMessage = `Incorrect API key provided: ${sentKey(provider, request.headers)}.`
    return sendError(provider, response, {
      status: provider === 'xai' ? 400 : 401,
      errorMessage,
      ...(provider === 'openai' ? { errorCode: 'invalid_api_key' } : {}),
    })
  }
  const refused = provider === 'claude' ? refuseClaudeRequest(request.headers, request.body) : refuseRequest(provider, request.body)
  if (refused !== null) return sendError(provider, response, { status: refused.status, errorMessage: refused.message })
  if (options.models !== undefined && !options.models.includes(request.model)) {
    return sendError(provider, response, {
      status: 404,
      errorMessage: `The model '${request.model}' does not exist`,
      errorCode: provider === 'claude' ? 'not_found_error' : 'model_not_found',
    })
  }

  const given = await respond(request)
  const reply: StandInReply = typeof given === 'string' ? { text: given } : given
  if (reply.delayMs !== undefined) await sleep(reply.delayMs)
  if ((reply.status ?? 200) >= 400) return sendError(provider, response, reply)
  const text = reply.hugeBytes === undefined ? (reply.text ?? DEFAULT_TEXT) : 'x'.repeat(reply.hugeBytes)
  const usage = reply.usage === undefined ? countedUsage(request, text) : reply.usage
  if (request.stream)
    return sendStream(
      provider,
      request,
      response,
      { ...reply, ...(reply.hugeBytes === undefined ? {} : { pieceLength: 65_536 }) },
      text,
      usage,
    )
  const body = provider === 'claude' ? claudeMessage(request, reply, text, usage) : completionObject(provider, request, reply, text, usage)
  if (reply.cutAfter !== undefined) {
    const json = JSON.stringify(body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(json.length) })
    response.write(json.slice(0, json.length >> 1))
    await sleep(20)
    return void response.destroy()
  }
  sendJson(response, 200, reply.rawBody ?? body, reply.headers)
}

/**
 * Starts a loopback server that speaks the provider's wire format and keeps every request.
 *
 * @example
 * const server = await startStandIn({ provider: 'claude', reply: () => ({ text: 'Two billion [1].', usage: { input: 3112, output: 42 } }) })
 * // run the CLI with { ...process.env, ...server.env }
 * await server.close()
 */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const provider = options.provider ?? 'openai'
  const place = STAND_IN_PLACES[provider]
  const requests: StandInRequest[] = []
  let respond: Responder = options.reply ?? (() => ({}))
  const server: Server = createServer((incoming, response) => {
    void (async () => {
      const request = await readRequest(incoming, requests.length)
      requests.push(request)
      response.on('close', () => {
        if (!response.writableFinished) request.disconnected = true
      })
      await answer(options, provider, request, response, (asked) => respond(asked))
    })().catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 500, { error: { message: `stand-in failed: ${String(error)}` } })
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  // When a test fails on its way out, servers that it leaves behind must not keep the run from ending.
  server.unref()
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${place.base}`
  const env: Record<string, string> = {}
  if (place.baseUrlVariable !== null) env[place.baseUrlVariable] = baseUrl
  if (place.keyVariable !== null) env[place.keyVariable] = options.key ?? CANARY
  return {
    provider,
    baseUrl,
    baseUrlVariable: place.baseUrlVariable,
    env,
    requests,
    setReply: (reply) => {
      respond = reply
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
