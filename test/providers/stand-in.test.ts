import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { complete } from '../../src/providers/complete.js'
import { resolveModel } from '../../src/providers/model.js'
import { scriptedReplies, startStandIn } from '../support/stand-in/index.js'
import { MESSAGES } from './support.js'

const MAIN = new URL('../support/stand-in/main.js', import.meta.url)

async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout)
  for await (const line of createInterface({ input: child.stdout })) return line
  return ''
}

describe('the stand-in server', () => {
  it('runs as a process, prints its base URL, follows a script and keeps a log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memvid-stand-in-'))
    const [script, log] = [join(folder, 'script.json'), join(folder, 'requests.jsonl')]
    writeFileSync(
      script,
      JSON.stringify([{ when: 'price', text: 'First.', times: 1 }, { when: 'price', text: 'Then.' }, { text: 'Else.' }]),
    )
    const child = spawn(process.execPath, [MAIN.pathname, '--provider', 'claude', '--script', script, '--log', log], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const baseUrl = await firstLine(child)
      const model = resolveModel('claude', { env: { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: baseUrl } })
      const ask = async (content: string) => (await complete(model, { messages: [{ role: 'user', content }] })).text
      assert.equal(await ask('price?'), 'First.')
      assert.equal(await ask('price?'), 'Then.')
      assert.equal(await ask('price?'), 'Then.')
      assert.equal(await ask('weather?'), 'Else.')
      assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 4)
    } finally {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      assert.equal(await gone, 0)
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses what the real servers refuse', async () => {
    const post = async (url: string, body: unknown, headers: Record<string, string> = {}) =>
      (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })).status
    const messages = [{ role: 'user', content: 'x' }]
    const [openai, mistral, claude] = await Promise.all(
      (['openai', 'mistral', 'claude'] as const).map((provider) => startStandIn({ provider })),
    )
    try {
      assert.ok(openai && mistral && claude)
      const chat = `${openai.baseUrl}/chat/completions`
      assert.equal(await post(chat, { model: 'm', messages }), 200)
      assert.equal(await post(chat, { model: 'm' }), 400)
      assert.equal(await post(chat, { messages }), 400)
      assert.equal(await post(chat, { model: 'gpt-5', messages, max_tokens: 5 }), 400)
      assert.equal(await post(chat, { model: 'm', messages, stream_options: { include_usage: true } }), 400)
      assert.equal(await post(`${openai.baseUrl}/chat`, { model: 'm', messages }), 404)
      assert.equal(await post(`${mistral.baseUrl}/chat/completions`, { model: 'm', messages, max_completion_tokens: 5 }), 422)
      const version = { 'anthropic-version': '2026-10-21' }
      const claudeUrl = `${claude.baseUrl}/v1/messages`
      assert.equal(await post(claudeUrl, { model: 'm', messages, max_tokens: 5 }, version), 200)
      assert.equal(await post(claudeUrl, { model: 'm', messages, max_tokens: 5 }), 400)
      assert.equal(await post(claudeUrl, { model: 'm', messages }, version), 400)
      assert.equal(await post(claudeUrl, { model: 'm', messages, max_tokens: 5, temperature: 1 }, version), 400)
    } finally {
      await Promise.all([openai, mistral, claude].map((server) => server?.close()))
    }
  })

  it('falls back to a default answer when its script is used up', async () => {
    const server = await startStandIn({ reply: scriptedReplies([{ text: 'Once.', times: 1 }]) })
    try {
      const model = resolveModel('openai', { env: server.env })
      assert.equal((await complete(model, { messages: MESSAGES })).text, 'Once.')
      assert.equal((await complete(model, { messages: MESSAGES })).text, 'The context says so [1].')
    } finally {
      await server.close()
    }
  })
})
