import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { costAt, costOf, formatUsd, formatUsdShort, GENAI_PRICES, priceOf } from '../../src/ask/cost.js'
import { readPriceOverrides } from '../../src/ask/prices.js'
import { resolveModel } from '../../src/providers/model.js'

const AT = new Date('2026-11-23T12:00:00Z')
const KEYS = {
  OPENAI_API_KEY: 'k',
  ANTHROPIC_API_KEY: 'k',
  GEMINI_API_KEY: 'k',
  XAI_API_KEY: 'k',
  GROQ_API_KEY: 'k',
  MISTRAL_API_KEY: 'k',
}

/** The table of the user documentation, written down a second time, by hand: dollars for a million tokens. */
const USER_TABLE: readonly [string, string, string][] = [
  ['openai:gpt-4o-mini', '0.15', '0.6'],
  ['openai:gpt-4o', '2.5', '10'],
  ['openai:gpt-4.5', '75', '150'],
  ['claude:claude-3-haiku', '0.25', '1.25'],
  ['claude:claude-4-sonnet', '3', '15'],
  ['claude:claude-4-opus', '15', '75'],
  ['gemini:gemini-2.5-flash', '0.15', '3.5'],
  ['gemini:gemini-2.5-pro', '1.25', '10'],
  ['xai:grok-4', '3', '15'],
  ['groq:llama-3.3-70b', '0.59', '0.79'],
  ['mistral:mistral-large', '0.5', '1.5'],
]

async function dollars(spec: string, inputTokens: number, outputTokens: number, more: object = {}): Promise<string | null> {
  return (await costOf({ inputTokens, outputTokens, ...more }, resolveModel(spec, { env: KEYS }), AT)).usd
}

describe('the price table of the user documentation', () => {
  for (const [spec, input, output] of USER_TABLE) {
    it(`${spec} costs $${input} in and $${output} out`, async () => {
      assert.equal(await dollars(spec, 1_000_000, 0), input)
      assert.equal(await dollars(spec, 0, 1_000_000), output)
      const cost = await costOf({ inputTokens: 1, outputTokens: 1 }, resolveModel(spec, { env: KEYS }), AT)
      assert.equal(cost.priceTable, 'memvid-2025-12')
      assert.equal(cost.priceDate, '2025-12')
    })
  }

  it('gives the costs that the documentation shows', async () => {
    assert.equal(await dollars('openai:gpt-4o-mini', 3112, 19), '0.0004782')
    assert.equal(await dollars('openai', 3112, 42), '0.000492')
    assert.equal(await dollars('openai:gpt-4o-mini', 3648, 36), '0.0005688')
  })
})

describe('cost', () => {
  it('is exact where floats are not', () => {
    const price = { input: '1.40', cacheRead: '0.26', output: '4.40', table: 't', date: null }
    assert.equal(costAt({ inputTokens: 27_147, cacheReadTokens: 27_146, outputTokens: 351 }, price), '0.00860376')
    assert.equal(costAt({ inputTokens: 3_000_000, outputTokens: 0 }, { ...price, input: '0.15' }), '0.45')
    assert.notEqual(3 * 0.15, 0.45)
  })

  it('has a rate for each kind of token', () => {
    const price = { input: '1', cacheRead: '10', cacheWrite: '100', output: '1000', table: 't', date: null }
    const usage = {
      inputTokens: 6_000_000,
      cacheReadTokens: 2_000_000,
      cacheWriteTokens: 1_000_000,
      outputTokens: 4_000_000,
      reasoningTokens: 3_000_000,
    }
    // 3 uncached at 1, 2 read at 10, 1 written at 100, 4 out at 1000: reasoning is inside the output.
    assert.equal(costAt(usage, price), '4123')
  })

  it('charges a kind without a rate of its own like input', () => {
    assert.equal(
      costAt({ inputTokens: 1_000_000, cacheReadTokens: 400_000, outputTokens: 0 }, { input: '3', output: '0', table: 't', date: null }),
      '3',
    )
  })

  it('never pays back for counts that do not add up', () => {
    const price = { input: '1', cacheRead: '1', output: '1', table: 't', date: null }
    assert.equal(costAt({ inputTokens: 1, cacheReadTokens: 1_000_000, outputTokens: 0 }, price), '1')
  })

  it('does not round a single token away', async () => {
    assert.equal(await dollars('openai:gpt-4o-mini', 1, 0), '0.00000015')
  })

  it('bills cached tokens by the provider’s own rate', async () => {
    assert.equal(await dollars('openai:gpt-4o-mini', 1_000_000, 0, { cacheReadTokens: 1_000_000 }), '0.075')
    assert.equal(await dollars('claude:claude-4-sonnet', 1_000_000, 0, { cacheWriteTokens: 1_000_000 }), '3.75')
  })

  it('is unknown, not nothing, without a price', async () => {
    for (const label of ['openai:gpt-99', 'ollama:llama3.2', 'openai-compatible:smollm2', 'claude:claude-sonnet-5-9']) {
      const [provider = '', model = ''] = label.split(':')
      const cost = await costOf({ inputTokens: 10, outputTokens: 10 }, { provider, model, apiModel: model }, AT)
      assert.deepEqual(cost, { usd: null, priceTable: null, priceDate: null }, label)
    }
  })

  it('is unknown without counts, though the price is known', async () => {
    const cost = await costOf(null, resolveModel('openai', { env: KEYS }), AT)
    assert.equal(cost.usd, null)
    assert.equal(cost.priceTable, 'memvid-2025-12')
  })

  it('is exactly nothing for the local model, which makes no call', async () => {
    assert.equal((await costOf({ inputTokens: 5000, outputTokens: 50 }, resolveModel(undefined, { env: {} }), AT)).usd, '0')
    assert.equal((await costOf(null, resolveModel('local', { env: {} }), AT)).usd, '0')
  })
})

describe('the larger table', () => {
  it('has what the user’s table has not, with its version and date', async () => {
    const price = await priceOf(resolveModel('openai:gpt-4.1', { env: KEYS }), AT)
    assert.deepEqual(price, {
      input: '2',
      output: '8',
      cacheRead: '0.5',
      table: `genai-prices@${GENAI_PRICES.version}`,
      date: GENAI_PRICES.date,
    })
  })

  it('is of the version that the date belongs to', () => {
    const installed = JSON.parse(readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8')) as { version: string }
    assert.equal(installed.version, GENAI_PRICES.version, 'set version and date of GENAI_PRICES to those of the installed package')
  })

  it('has rates that rise with the size of the prompt', async () => {
    const model = { provider: 'openai', model: 'gpt-6-sol', apiModel: 'gpt-6-sol' }
    assert.equal((await priceOf(model, AT, null, 1_000))?.input, '2')
    assert.equal((await priceOf(model, AT, null, 300_000))?.input, '4')
    assert.equal((await costOf({ inputTokens: 300_000, outputTokens: 0 }, model, AT)).usd, '1.2')
  })

  it('has the price of the day of the call', async () => {
    const model = { provider: 'openai', model: 'o3', apiModel: 'o3' }
    assert.equal((await priceOf(model, new Date('2025-06-01T00:00:00Z')))?.input, '10')
    assert.equal((await priceOf(model, new Date('2025-06-20T00:00:00Z')))?.input, '2')
  })

  it('does not give a newer version the price of an older one', async () => {
    const model = (apiModel: string) => ({ provider: 'claude', model: apiModel, apiModel })
    assert.equal((await priceOf(model('claude-sonnet-5'), AT))?.input, '2')
    assert.equal(await priceOf(model('claude-sonnet-5-7'), AT), null)
    assert.ok(await priceOf({ provider: 'openai', model: 'x', apiModel: 'gpt-4o-2024-11-20' }, AT))
  })

  it('agrees with the successors that stand in for retired models', async () => {
    const [asked, successor] = await Promise.all([
      priceOf(resolveModel('claude:claude-4-sonnet', { env: KEYS }), AT),
      priceOf(resolveModel('claude:claude-sonnet-4-6', { env: KEYS }), AT),
    ])
    for (const rate of ['input', 'output', 'cacheRead', 'cacheWrite'] as const)
      assert.equal(Number(asked?.[rate]), Number(successor?.[rate]), rate)
  })
})

describe('prices of the user’s own', () => {
  function withFile(text: string, test: (path: string) => void | Promise<void>): Promise<void> | void {
    const folder = mkdtempSync(join(tmpdir(), 'memvid-prices-'))
    const path = join(folder, 'prices.json')
    writeFileSync(path, text)
    const done = () => rmSync(folder, { recursive: true })
    return Promise.resolve(test(path)).finally(done)
  }

  it('go before every table', () =>
    withFile(
      '{"date":"2026-11-01","models":{"OpenAI:gpt-4o-mini":{"input":"1.40","output":4.4,"cache_read":"0.26"},"ollama:*":{"input":0,"output":0}}}',
      async (path) => {
        const overrides = readPriceOverrides(path)
        const usage = { inputTokens: 27_147, cacheReadTokens: 27_146, outputTokens: 351 }
        const cost = await costOf(usage, resolveModel('openai', { env: KEYS }), AT, overrides)
        assert.deepEqual(cost, { usd: '0.00860376', priceTable: `override:${path}`, priceDate: '2026-11-01' })
        assert.equal((await costOf(usage, resolveModel('ollama:anything', { env: {} }), AT, overrides)).usd, '0')
        assert.equal((await costOf(usage, resolveModel('xai', { env: KEYS }), AT, overrides)).priceTable, 'memvid-2025-12')
      },
    ))

  for (const [name, text] of Object.entries({
    'is no JSON': '{',
    'has no models': '{"prices": {}}',
    'has a price that is no number': '{"models":{"openai:x":{"input":"cheap","output":"1"}}}',
    'has a negative price': '{"models":{"openai:x":{"input":-1,"output":"1"}}}',
    'has no output price': '{"models":{"openai:x":{"input":"1"}}}',
    'has null for a model': '{"models":{"openai:x":null}}',
  })) {
    it(`a file that ${name} is refused`, () =>
      withFile(text, (path) => {
        assert.throws(() => readPriceOverrides(path), { code: 'InvalidInput' })
      }))
  }

  it('a file that is not there is an error, not a free model', () => {
    assert.throws(() => readPriceOverrides('/nonexistent/prices.json'), { code: 'NotFound' })
  })
})

describe('money as it is shown', () => {
  const shown: readonly [string | null, string, string][] = [
    ['0.0004782', '$0.000478', '$0.0005'],
    ['0.000492', '$0.000492', '$0.0005'],
    ['0.00042', '$0.00042', '$0.0004'],
    ['0.0000005', '$0.000001', '<$0.0001'],
    ['0.00000015', '<$0.000001', '<$0.0001'],
    ['0', '$0.00', '$0.00'],
    ['0.5', '$0.50', '$0.50'],
    ['12.3456785', '$12.345679', '$12.3457'],
    ['1234567', '$1234567.00', '$1234567.00'],
    [null, 'unknown', 'unknown'],
  ]
  for (const [usd, long, short] of shown) {
    it(`${usd} is ${long} and ${short}`, () => {
      assert.equal(formatUsd(usd), long)
      assert.equal(formatUsdShort(usd), short)
    })
  }
})
