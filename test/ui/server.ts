/** The server of the Time Machine over a demo file, and requests that a browser would not send. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { open, type Memory } from '../../src/index.js'
import { startUi, type UiOptions, type UiServer } from '../../src/ui/server/index.js'
import { scratch } from '../memory/support.js'
import { makeDemo, type Demo, type DemoOptions } from './fixture.js'

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json(): unknown
}

export interface Sent {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string
}

export class TestUi {
  constructor(
    readonly demo: Demo,
    readonly memory: Memory,
    readonly server: UiServer,
  ) {}

  get host(): string {
    return `127.0.0.1:${this.server.port}`
  }

  /** Exactly these headers besides Host, and this path as it is written: `fetch` would mend both. */
  raw(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port: this.server.port, path, method, headers: { host: this.host, ...headers }, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as unknown })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  /** As the page asks. */
  send(path: string, body?: unknown, more: OutgoingHttpHeaders = {}): Promise<Reply> {
    const headers = { authorization: `Bearer ${this.server.token}`, origin: `http://${this.host}`, ...more }
    if (body === undefined) return this.raw(path, { headers })
    return this.raw(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send(path)).json() as T
  }
}

/** A page of three files, for tests of the server alone. */
export function makePage(folder: string): string {
  const page = join(folder, 'page')
  mkdirSync(page)
  writeFileSync(join(page, 'index.html'), '<!doctype html><html><head><title>t</title><link rel="stylesheet" href="/app.css"></head><body><script type="module" src="/app.js"></script></body></html>')
  writeFileSync(join(page, 'app.js'), "const end = '</script><!--' + '$&'")
  writeFileSync(join(page, 'app.css'), 'body { margin: 0 }')
  writeFileSync(join(page, 'secret.txt'), 'not to be served')
  return page
}

export async function startTestUi(t: TestContext, options: UiOptions = {}, demoOptions: DemoOptions = {}): Promise<TestUi> {
  const folder = scratch(t)
  const demo = await makeDemo(join(folder, 'demo.mv2'), demoOptions)
  const memory = await open(demo.path, { readOnly: true })
  const server = await startUi(memory, { page: makePage(folder), ...options })
  t.after(async () => {
    await server.close()
    await memory.close()
  })
  return new TestUi(demo, memory, server)
}
