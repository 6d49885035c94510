/** The budget of a prompt: counted as the model counts, and a tokenizer loaded only where it decides something. */
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { loadTokenizer, renderWithinBudget } from '../../src/ask/budget.js'
import { newMemory, setEnvironment } from '../memory/support.js'
import { startStandIn } from '../support/stand-in/index.js'

const passages = ['one '.repeat(100), 'two '.repeat(400), 'three '.repeat(50)].map((text, index) => ({
  frameId: index,
  uri: `mv2://${index}`,
  text,
  start: 0,
  length: text.length,
  contentHash: '00',
}))
const input = { question: 'Which?', passages, delimiter: '0123456789abcdef01234567' }
const openai = { provider: 'openai', apiModel: 'gpt-4o-mini' }

describe('tokens', () => {
  it('are those that OpenAI publishes for its tokenizers', async () => {
    const [newer, older] = await Promise.all([loadTokenizer('o200k_base'), loadTokenizer('cl100k_base')])
    assert.deepEqual([newer('hello world'), older('hello world'), older('tiktoken is great!')], [2, 2, 6])
    assert.deepEqual([newer('お誕生日おめでとう'), older('お誕生日おめでとう')], [8, 9])
    assert.equal(newer(''), 0)
    assert.ok(newer('<|endoftext|>') > 1, 'a document that names a special token holds none')
  })

  it('are counted by pieces without a difference where there are spaces', async () => {
    const count = await loadTokenizer('o200k_base')
    assert.equal(count('The acquisition was valued at two billion dollars.'.repeat(1)), 9)
    assert.equal(count('The acquisition was valued at two billion dollars. '.repeat(500)), 9 * 500 + 1)
  })

  it('of a document without a space cost no endless time', async () => {
    const count = await loadTokenizer('o200k_base')
    const startedAt = performance.now()
    assert.ok(count('a'.repeat(100_000)) > 10_000)
    assert.ok(performance.now() - startedAt < 20_000, `${performance.now() - startedAt} ms`)
  })
})

describe('a budget', () => {
  it('leaves out what does not fit by the count of the model’s own tokenizer', async () => {
    const { prompt, remarks } = await renderWithinBudget({ ...input, maxContextTokens: 200 }, openai)
    assert.deepEqual(prompt.includedPassages, [0, 2])
    assert.equal(prompt.tokenizer, 'o200k_base')
    const count = await loadTokenizer('o200k_base')
    assert.ok(count(prompt.contextText) <= 200 && prompt.contextTokensEstimate <= 200)
    assert.deepEqual(remarks, [])
    assert.equal((await renderWithinBudget({ ...input, maxContextTokens: 200 }, { provider: 'openai', apiModel: 'gpt-4-turbo' })).prompt.tokenizer, 'cl100k_base')
  })

  it('that any tokenizer keeps within loads none, and neither does none at all or the local answerer', async () => {
    for (const [maxContextTokens, model] of [[1_000_000, openai], [undefined, openai], [200, { provider: 'local', apiModel: 'extractive' }]] as const) {
      assert.equal((await renderWithinBudget({ ...input, maxContextTokens }, model)).prompt.tokenizer, undefined)
    }
  })
})

test('the count is said to be an estimate for other providers, is recorded, and the audit holds', async (t) => {
  const server = await startStandIn({ provider: 'claude' })
  t.after(() => server.close())
  setEnvironment(t, server.env)
  const mem = await newMemory(t)
  for (const name of ['Lyon', 'Zürich', '東京']) await mem.put({ text: `The revenue in ${name} was $5. ${`Much was said in ${name}. `.repeat(60)}`, title: name })
  await mem.sessionStart('s')
  const { warnings, frames } = await mem.ask('What was the revenue?', { model: 'claude', maxContextTokens: 700 })
  assert.match(warnings[0] ?? '', /^the context was counted with OpenAI's tokenizer o200k_base: \d+ tokens, an estimate for claude-sonnet-5$/)
  assert.ok(frames.length > 0 && frames.length < 3)
  const context = (await mem.sessionView('s')).actions[0]!.record!['context'] as { tokenizer: string; tokensEstimate: number; leftOut: unknown[] }
  assert.deepEqual([context.tokenizer, context.tokensEstimate <= 700, context.leftOut.length], ['o200k_base', true, 3 - frames.length])
  assert.equal((await mem.sessionReplay('s', { audit: true })).askResults[0]!.context, 'VERIFIED')
  assert.deepEqual((await mem.ask('What was the revenue?', { model: 'claude' })).warnings, [])
})
