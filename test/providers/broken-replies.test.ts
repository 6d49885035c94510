/** What each provider may send that is not a whole answer: cut, malformed, too large, or elsewhere. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { complete } from '../../src/providers/complete.js'
import { STAND_IN_PROVIDERS } from '../support/stand-in/index.js'
import { connected, inOrder, MESSAGES } from './support.js'

const ANSWER = 'The acquisition was valued at two billion dollars [1].'

for (const provider of STAND_IN_PROVIDERS) {
  describe(`${provider}: broken replies`, { concurrency: 4 }, () => {
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

    it('what breaks after the finish reason takes nothing from the answer', () =>
      connected(
        provider,
        { reply: (request) => ({ rawBody: `${streamStart(provider, request.model)}${streamEnd(provider)}data: {broken\n\n` }) },
        async ({ ask }) => {
          const completion = await ask({ onToken: () => undefined })
          assert.equal(completion.finish, 'stop')
          assert.equal(completion.text, 'Two billion')
        },
      ))

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
      connected(provider, { reply: () => ({ text: ANSWER, pieceLength: 3, pieceDelayMs: 300 }) }, async ({ ask }) => {
        const completion = await ask({ onToken: () => undefined, timeoutMs: 3000 })
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

/** The event that says why a stream ends. */
function streamEnd(provider: string): string {
  const [name, data] =
    provider === 'claude'
      ? ['message_delta', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } }]
      : [
          '',
          { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        ]
  return `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n${provider === 'claude' ? 'event: message_stop\n' : ''}`
}

describe('replies of one provider', () => {
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
})
