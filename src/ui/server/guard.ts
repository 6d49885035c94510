/** Who may ask: every check that a request passes before anything looks at what it wants. */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Refusal } from './problem.js'

/** Sent with every response, refusals too. The page loads nothing but its own two files, and markup from a text has no way in. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
}

const MAX_BODY_BYTES = 64 * 1024

/** A page elsewhere can make a browser connect here under a name of its own (DNS rebinding); it can't make it send this Host. */
export function checkHost(headers: IncomingHttpHeaders, port: number): void {
  const { host, origin } = headers
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    throw new Refusal(403, 'Forbidden', 'this server answers under its own address only', `Open http://127.0.0.1:${port}/.`)
  }
  if (origin !== undefined && origin !== `http://${host}`) throw new Refusal(403, 'Forbidden', 'the request comes from another page')
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Refusal(403, 'Forbidden', 'the request comes from another page')
}

/** Digests are compared, so that neither length nor content of what was sent shows in the time that it takes. */
export function checkToken({ authorization = '' }: IncomingHttpHeaders, token: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  if (!timingSafeEqual(digest(authorization), digest(`Bearer ${token}`))) {
    throw new Refusal(401, 'Unauthorized', 'the token of this launch is missing or wrong', 'Open the address that the command printed.')
  }
}

/** The JSON object in the body of a POST. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json(;\s*charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'UnsupportedMediaType', 'the body must be application/json')
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    throw new Refusal(400, 'InvalidInput', 'the body is not JSON')
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, 'TooLarge', `a body has at most ${MAX_BODY_BYTES} bytes`)
}
