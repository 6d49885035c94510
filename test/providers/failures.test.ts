/** What goes wrong at a provider, and what the caller is told; the same for every one of them. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import { complete } from '../../src/providers/complete.js'
import { resolveModel } from '../../src/providers/model.js'
import { STAND_IN_PROVIDERS, type StandInReply } from '../support/stand-in/index.js'
import { CANARY, connected, MESSAGES } from './support.js'

const ANSWER = 'The acquisition was valued at two billion dollars [1].'
const NOW = { 'retry-after': '0' }

/** Replies in order; the last one again and again. */
function inOrder(...replies: StandInReply[]): () => StandInReply {
  let next = 0
  return () => replies[Math.min(next++, replies.length - 1)] ?? {}
}

for (const provider of STAND_IN_PROVIDERS) {
  describe(`${provider}: failures`, { concurrency: 4 }, () => {
    it('a refused key names the variable, is not tried again, and is not shown', () =>
      connected(provider, { key: 'another-key' }, async ({ fail, server, model }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderAuth')
        assert.match(error.hint ?? '', new RegExp(model.keyVariable ?? 'no variable'))
        assert.equal(server.requests.length, 1)
        assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(CANARY))
        assert.match(error.message, /\[secret\]/)
      }))

    it('an unknown model is named, with near names', () =>
      connected(provider, { models: ['something-else'] }, async ({ fail, server, model }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderModelNotFound')
        assert.equal(error.details['status'], 404)
        assert.ok(error.message.includes(model.label))
        assert.equal(server.requests.length, 1)
      }))

    for (const status of [408, 409, 429, 500, 503, 529]) {
      it(`${status} is tried again after the pause that the server asks for`, () =>
        connected(
          provider,
          { reply: inOrder({ status, headers: NOW }, { status, headers: NOW }, { text: ANSWER }) },
          async ({ ask, server }) => {
            const completion = await ask()
            assert.equal(completion.text, ANSWER)
            assert.equal(completion.retries, 2)
            assert.equal(server.requests.length, 3)
          },
        ))
    }

    it('gives up after two more attempts', () =>
      connected(provider, { reply: () => ({ status: 429, headers: NOW }) }, async ({ fail, server }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderRateLimited')
        assert.equal(error.details['retries'], 2)
        assert.equal(server.requests.length, 3)
      }))

    it('waits as long as retry-after says', () =>
      connected(provider, { reply: inOrder({ status: 429, headers: { 'retry-after': '1' } }, { text: ANSWER }) }, async ({ ask }) => {
        const { latencyMs } = await ask()
        assert.ok(latencyMs >= 990, String(latencyMs))
      }))

    it('does not sit out a long retry-after, but says how long it is', () =>
      connected(provider, { reply: () => ({ status: 429, headers: { 'retry-after': '3600' } }) }, async ({ fail, server }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderRateLimited')
        assert.equal(error.details['retryAfterMs'], 3_600_000)
        assert.equal(server.requests.length, 1)
      }))

    it('a used-up quota is not tried again', () =>
      connected(
        provider,
        { reply: () => ({ status: 429, errorCode: 'insufficient_quota', errorMessage: 'You exceeded your current quota' }) },
        async ({ fail, server }) => {
          assert.equal((await fail()).code, 'ProviderQuota')
          assert.equal(server.requests.length, 1)
        },
      ))

    it('529 that stays is an overload', () =>
      connected(provider, { reply: () => ({ status: 529, headers: NOW, errorMessage: 'Overloaded' }) }, async ({ fail }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderOverloaded')
        assert.match(error.message, /Overloaded/)
      }))

    it('a bad request is an error with the provider’s words, once', () =>
      connected(provider, { reply: () => ({ status: 400, errorMessage: 'messages must not be purple' }) }, async ({ fail, server }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderError')
        assert.match(error.message, /must not be purple/)
        assert.equal(error.details['status'], 400)
        assert.equal(server.requests.length, 1)
      }))

    it('a slow server is given up at the time limit', () =>
      connected(provider, { reply: () => ({ delayMs: 5_000 }) }, async ({ fail, server }) => {
        const error = await fail({ timeoutMs: 100 })
        assert.equal(error.code, 'ProviderTimeout')
        assert.match(error.message, /0\.1 s/)
        await new Promise((resolve) => setTimeout(resolve, 20))
        assert.equal(server.requests[0]?.disconnected, true)
      }))

    it('the time limit holds over all attempts and pauses', () =>
      connected(provider, { reply: () => ({ status: 429, headers: { 'retry-after': '20' } }) }, async ({ fail }) => {
        const startedAt = performance.now()
        assert.equal((await fail({ timeoutMs: 150 })).code, 'ProviderTimeout')
        assert.ok(performance.now() - startedAt < 5_000)
      }))

    it('an abort ends the request', () =>
      connected(provider, { reply: () => ({ delayMs: 5_000 }) }, async ({ fail, server }) => {
        const controller = new AbortController()
        setTimeout(() => controller.abort(), 50)
        assert.equal((await fail({ signal: controller.signal })).code, 'Aborted')
        assert.equal(server.requests.length, 1)
      }))

    it('an abort before the start sends nothing', () =>
      connected(provider, {}, async ({ fail, server }) => {
        assert.equal((await fail({ signal: AbortSignal.abort() })).code, 'Aborted')
        assert.equal(server.requests.length, 0)
      }))

    it('an abort in a pause ends the pause', () =>
      connected(provider, { reply: () => ({ status: 429, headers: { 'retry-after': '20' } }) }, async ({ fail }) => {
        const controller = new AbortController()
        setTimeout(() => controller.abort(), 100)
        assert.equal((await fail({ signal: controller.signal })).code, 'Aborted')
      }))

    it('an abort in a stream keeps what had come, as a detail', () =>
      connected(provider, { reply: () => ({ text: ANSWER, pieceDelayMs: 20 }) }, async ({ fail }) => {
        const controller = new AbortController()
        const error = await fail({ signal: controller.signal, onToken: () => controller.abort() })
        assert.equal(error.code, 'Aborted')
        assert.ok(ANSWER.startsWith(String(error.details['partialText'])))
      }))

    it('a cut stream is a partial answer without counts', () =>
      connected(provider, { reply: () => ({ text: ANSWER, cutAfter: 24 }) }, async ({ ask, server }) => {
        const completion = await ask({ onToken: () => undefined })
        assert.equal(completion.finish, 'partial')
        assert.equal(completion.partialReason, 'connection-lost')
        assert.equal(completion.text, ANSWER.slice(0, 24))
        assert.equal(completion.usage, null)
        assert.equal(server.requests.length, 1)
      }))

    it('a stream that ends without its end is partial too', () =>
      connected(provider, { reply: (request) => ({ rawBody: streamStart(provider, request.model) }) }, async ({ ask }) => {
        const completion = await ask({ onToken: () => undefined })
        assert.equal(completion.finish, 'partial')
        assert.equal(completion.text, 'Two billion')
      }))

    it('an error in a stream after text is a partial answer', () =>
      connected(provider, { reply: () => ({ text: ANSWER, errorAfter: 16 }) }, async ({ ask }) => {
        const completion = await ask({ onToken: () => undefined })
        assert.equal(completion.finish, 'partial')
        assert.equal(completion.partialReason, 'stream-error')
        assert.equal(completion.text, ANSWER.slice(0, 16))
      }))

    it('an overload in a stream before any text is tried again', () =>
      connected(provider, { reply: inOrder({ errorAfter: 0, errorCode: 'overloaded_error' }, { text: ANSWER }) }, async ({ ask }) => {
        const completion = await ask({ onToken: () => undefined })
        assert.equal(completion.text, ANSWER)
        assert.equal(completion.retries, 1)
      }))

    it('a stream that stalls is a partial answer at the time limit', () =>
      connected(provider, { reply: () => ({ text: ANSWER, pieceDelayMs: 200 }) }, async ({ ask }) => {
        const completion = await ask({ onToken: () => undefined, timeoutMs: 900 })
        assert.equal(completion.finish, 'partial')
        assert.equal(completion.partialReason, 'timeout')
        assert.ok(completion.text.length > 0 && completion.text.length < ANSWER.length)
      }))

    it('a whole answer that is cut off is an error', () =>
      connected(provider, { reply: () => ({ text: ANSWER, cutAfter: 1 }) }, async ({ fail }) => {
        assert.equal((await fail()).code, 'ProviderError')
      }))

    for (const [name, rawBody] of Object.entries({
      'no JSON': '<html>Welcome</html>',
      'half a JSON': '{"choices": [{"mess',
      'another JSON': '{"hello": "world"}',
      'a list': '[]',
      nothing: '',
      null: 'null',
    })) {
      it(`${name} in place of an answer is malformed`, () =>
        connected(provider, { reply: () => ({ rawBody }) }, async ({ fail, server }) => {
          assert.equal((await fail()).code, 'ProviderMalformed')
          assert.equal(server.requests.length, 1)
        }))

      it(`${name} in place of a stream is malformed`, () =>
        connected(
          provider,
          { reply: () => ({ rawBody: rawBody === '' ? '' : `event: message_start\ndata: ${rawBody}\n\n` }) },
          async ({ fail }) => {
            assert.equal((await fail({ onToken: () => undefined })).code, 'ProviderMalformed')
          },
        ))
    }

    it('a huge answer is not read to its end', () =>
      connected(provider, { reply: () => ({ hugeBytes: 12 << 20 }) }, async ({ fail }) => {
        const error = await fail()
        assert.equal(error.code, 'ProviderMalformed')
        assert.match(error.message, /larger than 8 MiB/)
      }))

    it('a huge stream is cut at the limit', () =>
      connected(provider, { reply: () => ({ hugeBytes: 12 << 20 }) }, async ({ ask }) => {
        const completion = await ask({ onToken: () => undefined })
        assert.equal(completion.finish, 'partial')
        assert.equal(completion.partialReason, 'too-large')
        assert.ok(completion.text.length < 9 << 20)
      }))

    it('a huge error is cut to a sentence', () =>
      connected(provider, { reply: () => ({ status: 400, errorMessage: 'x'.repeat(1 << 20) }) }, async ({ fail }) => {
        assert.ok((await fail()).message.length < 800)
      }))

    it('an error in the caller’s own onToken is the caller’s', () =>
      connected(provider, {}, async ({ ask }) => {
        await assert.rejects(
          ask({
            onToken: () => {
              throw new RangeError('the terminal is gone')
            },
          }),
          RangeError,
        )
      }))

    it('a redirect is not followed, for the key would go along', () =>
      connected(provider, { reply: () => ({}) }, async ({ model }) => {
        const seen: string[] = []
        const server = createServer((request, response) => {
          seen.push(request.url ?? '')
          response.writeHead(307, { location: '/elsewhere' }).end()
        })
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        try {
          await assert.rejects(complete({ ...model, baseUrl }, { messages: MESSAGES }), {
            code: 'ProviderError',
            hint: /Redirects are not followed/,
          })
          assert.equal(seen.length, 1)
        } finally {
          server.close()
        }
      }))
  })
}

/** The beginning of a stream with one piece of text, closed in good order but without a finish reason. */
function streamStart(provider: string, model: string): string {
  if (provider !== 'claude') {
    const choices = [{ index: 0, delta: { role: 'assistant', content: 'Two billion' }, finish_reason: null }]
    return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model, choices })}\n\n`
  }
  const events = [
    {
      type: 'message_start',
      message: { id: 'm', type: 'message', role: 'assistant', model, content: [], usage: { input_tokens: 5, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Two billion' } },
  ]
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

describe('failures of one provider', () => {
  it('a connection that cannot be made names the address', async () => {
    const model = resolveModel('openai-compatible:m', { env: {}, baseUrl: 'http://127.0.0.1:9' })
    await assert.rejects(complete(model, { messages: MESSAGES }), { code: 'ProviderError', message: /127\.0\.0\.1:9/ })
  })

  it('the counts of a stream may be lost without losing the answer', () =>
    connected('openai', { reply: () => ({ text: ANSWER, usage: null }) }, async ({ ask }) => {
      const completion = await ask({ onToken: () => undefined })
      assert.equal(completion.finish, 'stop')
      assert.equal(completion.usage, null)
    }))

  it('Mistral’s answer in parts is read, its thinking left out', () =>
    connected(
      'mistral',
      {
        reply: () => ({
          rawBody: JSON.stringify({
            id: 'c',
            model: 'magistral-medium',
            choices: [
              {
                index: 0,
                message: {
                  role: 'assistant',
                  content: [
                    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
                    { type: 'text', text: 'Two billion.' },
                  ],
                },
                finish_reason: 'stop',
              },
            ],
          }),
        }),
      },
      async ({ ask }) => {
        assert.equal((await ask()).text, 'Two billion.')
      },
    ))

  it('a near model name is offered', async () => {
    await connected('openai', { models: [] }, async ({ model }) => {
      const slip = { ...model, model: 'gpt-4o-mni', apiModel: 'gpt-4o-mni', label: 'openai:gpt-4o-mni' }
      await assert.rejects(complete(slip, { messages: MESSAGES }), { code: 'ProviderModelNotFound', hint: /openai:gpt-4o-mini/ })
    })
  })
})
