/** One suite, every provider: what each must do the same, against servers that speak its own wire format. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { STAND_IN_PROVIDERS } from '../support/stand-in/index.js'
import { CANARY, connected, MESSAGES } from './support.js'

const ANSWER = 'The acquisition was valued at $2 billion — 二十亿美元 [1].'

for (const provider of STAND_IN_PROVIDERS) {
  describe(`${provider}: answers`, () => {
    it('gives a whole answer with its counts', () =>
      connected(provider, { reply: () => ({ text: ANSWER, usage: { input: 3112, output: 19 } }) }, async ({ ask, model, server }) => {
        const completion = await ask()
        assert.equal(completion.text, ANSWER)
        assert.equal(completion.finish, 'stop')
        assert.equal(completion.usage?.inputTokens, 3112)
        assert.equal(completion.usage?.outputTokens, 19)
        assert.equal(completion.responseModel, model.apiModel)
        assert.ok(completion.responseId)
        assert.equal(completion.finishReasons.length, 1)
        assert.ok(completion.rawUsage)
        assert.equal(completion.retries, 0)
        assert.equal(completion.timeToFirstTokenMs, null)
        assert.ok(completion.latencyMs > 0)
        assert.equal(completion.baseUrl, model.baseUrl)
        assert.equal(server.requests.length, 1)
        assert.deepEqual(completion.requestBody, server.requests[0]?.body)
      }))

    it('sends the system prompt, the question and no sampling parameter', () =>
      connected(provider, {}, async ({ ask, server, model }) => {
        await ask()
        const request = server.requests[0]
        assert.equal(request?.model, model.apiModel)
        assert.equal(request?.system, MESSAGES[0]?.content)
        assert.equal(request?.user, MESSAGES[1]?.content)
        for (const name of ['temperature', 'top_p', 'top_k', 'seed', 'random_seed', 'tools'])
          assert.ok(!(name in (request?.body ?? {})), name)
      }))

    it('tells the server nothing about the machine', () =>
      connected(provider, {}, async ({ ask, server }) => {
        await ask()
        const headers = server.requests[0]?.headers ?? {}
        assert.deepEqual(
          Object.keys(headers).filter((name) => name.startsWith('x-stainless')),
          [],
        )
        assert.equal(headers['user-agent'], 'memvid')
      }))

    it('streams the same answer with the same counts', () =>
      connected(provider, { reply: () => ({ text: ANSWER, usage: { input: 3112, output: 19 } }) }, async ({ ask, server }) => {
        const pieces: string[] = []
        const completion = await ask({ onToken: (text) => pieces.push(text) })
        assert.equal(server.requests[0]?.stream, true)
        assert.ok(pieces.length > 3)
        assert.equal(pieces.join(''), ANSWER)
        assert.equal(completion.text, ANSWER)
        assert.equal(completion.finish, 'stop')
        assert.equal(completion.usage?.inputTokens, 3112)
        assert.equal(completion.usage?.outputTokens, 19)
        assert.ok(completion.timeToFirstTokenMs !== null && completion.timeToFirstTokenMs <= completion.latencyMs)
      }))

    for (const [name, onToken] of [
      ['whole', undefined],
      ['streamed', () => undefined],
    ] as const) {
      it(`counts cached tokens as part of the input (${name})`, () =>
        connected(provider, { reply: () => ({ usage: { input: 27_147, cacheRead: 27_146, output: 351 } }) }, async ({ ask }) => {
          const { usage } = await ask({ onToken })
          assert.equal(usage?.inputTokens, 27_147)
          assert.equal(usage?.cacheReadTokens, 27_146)
          assert.equal(usage?.outputTokens, 351)
        }))

      it(`counts reasoning as part of the output, and keeps it out of the answer (${name})`, () =>
        connected(
          provider,
          { reply: () => ({ thinking: 'Let me think.', text: ANSWER, usage: { input: 100, output: 60, reasoning: 41 } }) },
          async ({ ask }) => {
            const completion = await ask({ onToken })
            assert.equal(completion.text, ANSWER)
            assert.equal(completion.usage?.outputTokens, 60)
            assert.equal(completion.usage?.reasoningTokens, 41)
          },
        ))

      it(`knows an answer that was cut by the output limit (${name})`, () =>
        connected(provider, { reply: () => ({ text: 'The price was', finish: 'length' }) }, async ({ ask }) => {
          assert.equal((await ask({ onToken, maxOutputTokens: 3 })).finish, 'length')
        }))

      it(`knows a refusal (${name})`, () =>
        connected(provider, { reply: () => ({ text: 'I cannot help with that.', finish: 'refusal' }) }, async ({ ask }) => {
          const completion = await ask({ onToken })
          assert.equal(completion.finish, 'refusal')
          assert.equal(completion.text, 'I cannot help with that.')
        }))

      it(`knows a filtered answer (${name})`, () =>
        connected(provider, { reply: () => ({ text: '', finish: 'filtered' }) }, async ({ ask }) => {
          // Claude has one word for both.
          assert.equal((await ask({ onToken })).finish, provider === 'claude' ? 'refusal' : 'filtered')
        }))

      it(`does not pass off silence as an answer (${name})`, () =>
        connected(provider, { reply: () => ({ text: '' }) }, async ({ ask }) => {
          const completion = await ask({ onToken })
          assert.equal(completion.finish, 'partial')
          assert.equal(completion.partialReason, 'empty')
        }))
    }

    it('has no usage when the server sends none', () =>
      connected(provider, { reply: () => ({ text: ANSWER, usage: null }) }, async ({ ask }) => {
        assert.equal((await ask()).usage, null)
      }))
  })
}

describe('parameters', () => {
  const expected: Record<string, Record<string, unknown>> = {
    openai: { max_completion_tokens: 50, temperature: 0.3, seed: 7 },
    claude: { max_tokens: 50 },
    gemini: { max_tokens: 50, temperature: 0.3, seed: 7 },
    xai: { max_completion_tokens: 50, temperature: 0.3, seed: 7 },
    groq: { max_completion_tokens: 50, temperature: 0.3, seed: 7 },
    mistral: { max_tokens: 50, temperature: 0.3, random_seed: 7 },
    ollama: { max_tokens: 50, temperature: 0.3, seed: 7 },
    'openai-compatible': { max_tokens: 50, temperature: 0.3, seed: 7 },
  }
  for (const provider of STAND_IN_PROVIDERS) {
    it(`go to ${provider} under the names that it takes`, () =>
      connected(provider, {}, async ({ ask, server }) => {
        const { warnings } = await ask({ maxOutputTokens: 50, temperature: 0.3, seed: 7 })
        const { model: _model, messages: _messages, system: _system, ...parameters } = server.requests[0]?.body ?? {}
        assert.deepEqual(parameters, expected[provider])
        assert.deepEqual(warnings, provider === 'claude' ? ['Claude takes no temperature and no seed; it was not sent.'] : [])
      }))
  }

  it('a stream asks for its usage where the provider takes that field', async () => {
    for (const provider of STAND_IN_PROVIDERS) {
      await connected(provider, {}, async ({ ask, server }) => {
        await ask({ onToken: () => undefined })
        const wanted = ['claude', 'mistral'].includes(provider) ? undefined : { include_usage: true }
        assert.deepEqual(server.requests[0]?.body['stream_options'], wanted, provider)
      })
    }
  })

  it('warns when Ollama read much less than it was sent', () =>
    connected('ollama', { reply: () => ({ usage: { input: 4096, output: 5 } }) }, async ({ ask }) => {
      const { warnings } = await ask({ messages: [{ role: 'user', content: 'word '.repeat(10_000) }] })
      assert.match(warnings.join(), /read 4096 tokens of a prompt of about 12500/)
      assert.deepEqual((await ask({ messages: [{ role: 'user', content: 'word '.repeat(2_000) }] })).warnings, [])
    }))

  it('tells a prompt that Ollama cut a little from one that is only counted otherwise', () =>
    connected('ollama', {}, async ({ ask, server }) => {
      const read = async (input: number): Promise<boolean> => {
        server.setReply(() => ({ usage: { input, output: 5 } }))
        const { promptCut } = await ask({ messages: [{ role: 'user', content: 'word '.repeat(4_000) }] })
        return promptCut
      }
      // About 5000 were sent.
      for (const cut of [2_000, 2_048, 4_096, 4_095, 4_085]) assert.equal(await read(cut), true, String(cut))
      for (const whole of [4_000, 4_100, 4_608, 5_000, 5_120, 6_000]) assert.equal(await read(whole), false, String(whole))
    }))

  it('sends the key in the header and nowhere else', async () => {
    for (const provider of STAND_IN_PROVIDERS) {
      await connected(provider, {}, async ({ ask, server }) => {
        const completion = await ask()
        assert.ok(JSON.stringify(server.requests[0]?.headers).includes(CANARY), provider)
        assert.ok(!server.requests[0]?.rawBody.includes(CANARY), provider)
        assert.ok(!JSON.stringify(completion).includes(CANARY), provider)
      })
    }
  })
})
