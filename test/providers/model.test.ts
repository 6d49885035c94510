import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemvidError } from '../../src/errors.js'
import { CATALOG, PROVIDERS } from '../../src/providers/catalog.js'
import { listModels } from '../../src/providers/list.js'
import { resolveModel } from '../../src/providers/model.js'
import { STAND_IN_PLACES } from '../support/stand-in/places.js'

const KEYS = {
  OPENAI_API_KEY: 'k1',
  ANTHROPIC_API_KEY: 'k2',
  GEMINI_API_KEY: 'k3',
  XAI_API_KEY: 'k4',
  GROQ_API_KEY: 'k5',
  MISTRAL_API_KEY: 'k6',
}

function failure(spec: string | undefined, options: Parameters<typeof resolveModel>[1] = { env: KEYS }): MemvidError {
  try {
    const model = resolveModel(spec, options)
    assert.fail(`expected an error, got ${model.label}`)
  } catch (error) {
    assert.ok(error instanceof MemvidError, String(error))
    return error
  }
}

describe('which model is asked', () => {
  it('is the local one unless something else is named, whatever keys lie about', () => {
    const model = resolveModel(undefined, { env: KEYS })
    assert.equal(model.label, 'local:extractive')
    assert.equal(model.local, true)
    assert.equal(model.apiKey, undefined)
  })

  it('is the option before MEMVID_MODEL, and that before the local one', () => {
    const env = { ...KEYS, MEMVID_MODEL: 'xai' }
    assert.equal(resolveModel('groq', { env }).provider, 'groq')
    assert.equal(resolveModel(undefined, { env }).label, 'xai:grok-4')
    assert.equal(resolveModel(undefined, { env: { ...KEYS, MEMVID_MODEL: '' } }).local, true)
  })

  const resolved: readonly [string, string, string][] = [
    ['openai', 'openai:gpt-4o-mini', 'gpt-4o-mini'],
    ['openai:gpt-4o-mini', 'openai:gpt-4o-mini', 'gpt-4o-mini'],
    ['openai:gpt-4o', 'openai:gpt-4o', 'gpt-4o'],
    ['openai:gpt-4.5', 'openai:gpt-4.5', 'gpt-4.5-preview'],
    ['openai:a-model-of-tomorrow', 'openai:a-model-of-tomorrow', 'a-model-of-tomorrow'],
    ['claude', 'claude:claude-sonnet-5', 'claude-sonnet-5'],
    ['claude:claude-4-sonnet', 'claude:claude-4-sonnet', 'claude-sonnet-4-6'],
    ['claude:claude-3-5-sonnet', 'claude:claude-3-5-sonnet', 'claude-sonnet-4-6'],
    ['claude:claude-4-opus', 'claude:claude-4-opus', 'claude-opus-4-20250514'],
    ['claude:claude-3-haiku', 'claude:claude-3-haiku', 'claude-3-haiku-20240307'],
    ['anthropic:opus', 'claude:opus', 'claude-opus-5'],
    ['gemini', 'gemini:gemini-2.5-flash', 'gemini-2.5-flash'],
    ['gemini:gemini-2.5-pro', 'gemini:gemini-2.5-pro', 'gemini-2.5-pro'],
    ['xai:grok-4', 'xai:grok-4', 'grok-4'],
    ['groq:llama-3.3-70b', 'groq:llama-3.3-70b', 'llama-3.3-70b-versatile'],
    ['mistral:mistral-large', 'mistral:mistral-large', 'mistral-large-latest'],
    ['ollama:llama3.2:3b', 'ollama:llama3.2:3b', 'llama3.2:3b'],
    ['OpenAI:gpt-4o', 'openai:gpt-4o', 'gpt-4o'],
    ['local', 'local:extractive', 'extractive'],
  ]
  for (const [spec, label, apiModel] of resolved) {
    it(`${spec} is ${label}, asked for as ${apiModel}`, () => {
      const model = resolveModel(spec, { env: KEYS })
      assert.equal(model.label, label)
      assert.equal(model.apiModel, apiModel)
    })
  }

  it('says so when a successor answers for a retired model', () => {
    assert.match(resolveModel('claude:claude-4-sonnet', { env: KEYS }).notice ?? '', /retired.*claude-sonnet-4-6.*same price/)
    assert.equal(resolveModel('claude:claude-4-opus', { env: KEYS }).notice, undefined)
  })

  it('has each name once', () => {
    for (const provider of PROVIDERS) {
      const names = CATALOG[provider].models.flatMap((model) => [model.name, ...(model.aliases ?? [])])
      assert.equal(new Set(names).size, names.length, provider)
    }
  })
})

describe('what cannot be asked', () => {
  it('names the providers', () => {
    const error = failure('opnai:gpt-4o')
    assert.equal(error.code, 'UnknownModel')
    assert.match(error.hint ?? '', /Did you mean openai\?/)
    for (const provider of PROVIDERS) assert.ok(error.hint?.includes(provider), provider)
  })

  it('guesses the provider of a bare model name', () => {
    assert.match(failure('gpt-4o-mini').hint ?? '', /openai:gpt-4o-mini/)
  })

  for (const spec of ['', '   ', ':', 'openai:', ':gpt-4o', 'openai-compatible', 'local:gpt', 'constructor', '__proto__:x']) {
    it(`${JSON.stringify(spec)} is an unknown model`, () => {
      assert.equal(failure(spec, { env: KEYS, baseUrl: undefined }).code, 'UnknownModel')
    })
  }

  for (const [provider, variable] of Object.entries({
    openai: 'OPENAI_API_KEY',
    claude: 'ANTHROPIC_API_KEY',
    gemini: 'GEMINI_API_KEY',
    xai: 'XAI_API_KEY',
    groq: 'GROQ_API_KEY',
    mistral: 'MISTRAL_API_KEY',
  })) {
    it(`${provider} without its key names ${variable}`, () => {
      for (const env of [{}, { [variable]: '  ' }]) {
        const error = failure(provider, { env })
        assert.equal(error.code, 'MissingKey')
        assert.match(`${error.message} ${error.hint}`, new RegExp(variable))
        assert.equal(error.details['variable'], variable)
      }
    })
  }

  it('a key that no header could hold is refused without being shown', () => {
    const error = failure('openai', { env: { OPENAI_API_KEY: 'sk-one\nsk-two' } })
    assert.equal(error.code, 'InvalidInput')
    assert.ok(!JSON.stringify(error).includes('sk-'))
  })

  it('ollama and compatible servers need no key', () => {
    assert.equal(resolveModel('ollama', { env: {} }).apiKey, undefined)
    assert.equal(resolveModel('openai-compatible:m', { env: KEYS, baseUrl: 'http://127.0.0.1:1' }).apiKey, undefined)
  })
})

describe('where it is asked', () => {
  const places: readonly [string, string, string][] = [
    ['openai', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1'],
    ['openai', 'http://127.0.0.1:8080/v1/', 'http://127.0.0.1:8080/v1'],
    ['openai', 'https://gateway.example/openai/v1', 'https://gateway.example/openai/v1'],
    ['claude', 'http://127.0.0.1:8080/v1', 'http://127.0.0.1:8080'],
    ['claude', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['claude', 'https://gateway.example/anthropic/', 'https://gateway.example/anthropic'],
    ['gemini', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1beta/openai'],
    ['gemini', 'http://127.0.0.1:8080/v1beta', 'http://127.0.0.1:8080/v1beta/openai'],
    ['groq', 'https://api.groq.com', 'https://api.groq.com/openai/v1'],
    ['groq', 'https://api.groq.com/openai', 'https://api.groq.com/openai/v1'],
    ['ollama', '127.0.0.1:11435', 'http://127.0.0.1:11435/v1'],
    ['ollama', ':11435', 'http://127.0.0.1:11435/v1'],
    ['ollama', '0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['ollama', 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['ollama', 'https://ollama.example', 'https://ollama.example/v1'],
  ]
  for (const [provider, given, expected] of places) {
    it(`${given} is ${expected} for ${provider}, by option and by variable`, () => {
      assert.equal(resolveModel(provider, { env: KEYS, baseUrl: given }).baseUrl, expected)
      const variable = STAND_IN_PLACES[provider as keyof typeof STAND_IN_PLACES].baseUrlVariable ?? ''
      assert.equal(resolveModel(provider, { env: { ...KEYS, [variable]: given } }).baseUrl, expected)
    })
  }

  it('is the option before the variable', () => {
    const env = { ...KEYS, OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }
    assert.equal(resolveModel('openai', { env, baseUrl: 'http://127.0.0.1:2/v1' }).baseUrl, 'http://127.0.0.1:2/v1')
  })

  for (const baseUrl of [
    '',
    'nonsense',
    'ftp://x/v1',
    'file:///etc/passwd',
    'http://user:hunter2@host/v1',
    'http://user@host/v1',
    'http://host/v1?key=1',
    'http://host/v1#x',
  ]) {
    it(`${JSON.stringify(baseUrl)} is refused`, () => {
      const error = failure('openai', { env: KEYS, baseUrl })
      assert.equal(error.code, 'InvalidInput')
      assert.ok(!error.message.includes('hunter2'))
    })
  }

  it('is nowhere for the local model, and a URL for it is a mistake', () => {
    assert.equal(resolveModel('local', { env: {} }).baseUrl, '')
    assert.equal(failure(undefined, { env: {}, baseUrl: 'http://127.0.0.1:1' }).code, 'InvalidInput')
  })

  it('a compatible server needs one', () => {
    assert.match(failure('openai-compatible:m').hint ?? '', /--base-url/)
  })
})

describe('the list of models', () => {
  it('has names, aliases, prices and for which a key is set', async () => {
    const models = await listModels({ OPENAI_API_KEY: 'k' })
    const byLabel = new Map(models.map((model) => [model.label, model]))
    assert.equal(byLabel.get('openai:gpt-4o-mini')?.keySet, true)
    assert.equal(byLabel.get('openai:gpt-4o-mini')?.isDefault, true)
    assert.equal(byLabel.get('openai:gpt-4o-mini')?.price?.table, 'memvid-2025-12')
    assert.equal(byLabel.get('xai:grok-4')?.keySet, false)
    assert.equal(byLabel.get('xai:grok-4')?.ready, false)
    assert.equal(byLabel.get('local:extractive')?.ready, true)
    assert.equal(byLabel.get('local:extractive')?.price?.input, '0')
    assert.equal(byLabel.get('ollama:llama3.2')?.price, null)
    assert.deepEqual(byLabel.get('claude:claude-3-5-sonnet')?.aliases, ['claude-3.5-sonnet'])
    assert.equal(models.length, byLabel.size)
  })

  it('has a price for every model of a provider that sells them', async () => {
    const unpriced = (await listModels({})).filter((model) => model.price === null).map((model) => model.label)
    assert.deepEqual(unpriced, ['ollama:llama3.2'])
  })
})
