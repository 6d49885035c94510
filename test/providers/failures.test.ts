/** What goes wrong at a provider, and what the caller is told; the same for every one of them. */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import { complete } from '../../src/providers/complete.js'
import { resolveModel } from '../../src/providers/model.js'
import { STAND_IN_PROVIDERS } from '../support/stand-in/index.js'
import { CANARY, connected, inOrder, MESSAGES } from './support.js'

const ANSWER = 'The acquisition was valued at two billion dollars [1].'
const NOW = { 'retry-after': '0' }

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
        assert.match(error.message, /^\S.* answered 400 for \S+: messages must not be purple$/)
        assert.equal(error.details['status'], 400)
        assert.equal(server.requests.length, 1)
      }))

    it('a slow server is given up at the time limit', () =>
      connected(provider, { reply: () => ({ delayMs: 5_000 }) }, async ({ fail, server }) => {
        const error = await fail({ timeoutMs: 500 })
        assert.equal(error.code, 'ProviderTimeout')
        assert.match(error.message, /0\.5 s/)
        await new Promise((resolve) => setTimeout(resolve, 20))
        assert.equal(server.requests[0]?.disconnected, true)
      }))

    it('the time limit holds over all attempts and pauses', () =>
      connected(provider, { reply: () => ({ status: 429, headers: { 'retry-after': '20' } }) }, async ({ fail }) => {
        const startedAt = performance.now()
        assert.equal((await fail({ timeoutMs: 150 })).code, 'ProviderTimeout')
        assert.ok(performance.now() - startedAt < 5_000)
      }))

    it('an abort ends the request', async () => {
      const controller = new AbortController()
      const reply = () => {
        controller.abort()
        return { delayMs: 5_000 }
      }
      await connected(provider, { reply }, async ({ fail, server }) => {
        assert.equal((await fail({ signal: controller.signal })).code, 'Aborted')
        assert.equal(server.requests.length, 1)
      })
    })

    it('an abort before the start sends nothing', () =>
      connected(provider, {}, async ({ fail, server }) => {
        assert.equal((await fail({ signal: AbortSignal.abort() })).code, 'Aborted')
        assert.equal(server.requests.length, 0)
      }))

    it('an abort in a pause ends the pause', async () => {
      const controller = new AbortController()
      const reply = () => {
        setTimeout(() => controller.abort(), 100)
        return { status: 429, headers: { 'retry-after': '20' } }
      }
      await connected(provider, { reply }, async ({ fail }) => {
        assert.equal((await fail({ signal: controller.signal })).code, 'Aborted')
      })
    })

    it('an abort in a stream keeps what had come, as a detail', () =>
      connected(provider, { reply: () => ({ text: ANSWER, pieceDelayMs: 20 }) }, async ({ fail }) => {
        const controller = new AbortController()
        const error = await fail({ signal: controller.signal, onToken: () => controller.abort() })
        assert.equal(error.code, 'Aborted')
        assert.ok(ANSWER.startsWith(String(error.details['partialText'])))
      }))
  })
}

describe('failures of one provider', () => {
  it('a connection that cannot be made names the address', async () => {
    const model = resolveModel('openai-compatible:m', { env: {}, baseUrl: 'http://127.0.0.1:9' })
    await assert.rejects(complete(model, { messages: MESSAGES }), { code: 'ProviderError', message: /127\.0\.0\.1:9/ })
  })

  it('a near model name is offered', async () => {
    await connected('openai', { models: [] }, async ({ model }) => {
      const slip = { ...model, model: 'gpt-4o-mni', apiModel: 'gpt-4o-mni', label: 'openai:gpt-4o-mni' }
      await assert.rejects(complete(slip, { messages: MESSAGES }), { code: 'ProviderModelNotFound', hint: /openai:gpt-4o-mini/ })
    })
  })
})
