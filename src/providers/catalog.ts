/**
 * What is known about each provider: where it is, which variable holds its key, how it wants its requests, and which names
 * its models go by. Data only; no code reads a provider's name to decide anything.
 */

export const PROVIDERS = ['local', 'openai', 'claude', 'gemini', 'xai', 'groq', 'mistral', 'ollama', 'openai-compatible'] as const
export type ProviderName = (typeof PROVIDERS)[number]

/** Names that mean another provider. */
export const PROVIDER_ALIASES: ReadonlyMap<string, ProviderName> = new Map([
  ['anthropic', 'claude'],
  ['google', 'gemini'],
  ['grok', 'xai'],
  ['x-ai', 'xai'],
])

export interface ProviderFacts {
  /** For messages to people. */
  title: string
  /** `none` answers without a request. */
  wireFormat: 'chat-completions' | 'claude-messages' | 'none'
  baseUrl: string | null
  /** Put after a base URL that names only a host. */
  defaultPath: string
  baseUrlVariable: string | null
  /** The first one that is set counts; the first one is named in messages. */
  keyVariables: readonly string[]
  keyRequired: boolean
  /** Model of the bare provider name; null where there is none to assume. */
  defaultModel: string | null
  /** Field that limits the output. Mistral refuses `max_completion_tokens`; OpenAI's reasoning models refuse `max_tokens`. */
  outputLimitField: 'max_completion_tokens' | 'max_tokens'
  seedField: 'seed' | 'random_seed' | null
  /** Claude's API refuses `temperature` altogether since its version 2026-10-21. */
  sampling: boolean
  /** Mistral refuses `stream_options` and sends the usage without it. */
  streamOptions: boolean
  models: readonly ModelFacts[]
}

export interface ModelFacts {
  /** As the user writes it after `provider:`. */
  name: string
  /** As the provider's API wants it. Default: `name`. */
  apiModel?: string
  /** Other ways to write `name`. */
  aliases?: readonly string[]
  /** Said to the user when the name no longer means what it meant. */
  notice?: string
}

const REPLACED_BY_SONNET_4_6 = 'has been retired by its provider; its successor claude-sonnet-4-6 answers at the same price'

/**
 * A retired model is replaced by the successor that its provider names only where that costs the same, and with a notice.
 * Where the successor's price differs, the old name is sent as it is and the provider's "not found" leads to the new one.
 */
export const CATALOG: Readonly<Record<ProviderName, ProviderFacts>> = {
  local: {
    title: 'Local',
    wireFormat: 'none',
    baseUrl: null,
    defaultPath: '',
    baseUrlVariable: null,
    keyVariables: [],
    keyRequired: false,
    defaultModel: 'extractive',
    outputLimitField: 'max_tokens',
    seedField: null,
    sampling: false,
    streamOptions: false,
    models: [{ name: 'extractive' }],
  },
  openai: {
    title: 'OpenAI',
    wireFormat: 'chat-completions',
    baseUrl: 'https://api.openai.com/v1',
    defaultPath: '/v1',
    baseUrlVariable: 'OPENAI_BASE_URL',
    keyVariables: ['OPENAI_API_KEY'],
    keyRequired: true,
    defaultModel: 'gpt-4o-mini',
    outputLimitField: 'max_completion_tokens',
    seedField: 'seed',
    sampling: true,
    streamOptions: true,
    models: [
      { name: 'gpt-4o-mini' },
      { name: 'gpt-4o' },
      { name: 'gpt-4.5', apiModel: 'gpt-4.5-preview' },
      { name: 'gpt-4.1' },
      { name: 'gpt-4.1-mini' },
      { name: 'gpt-5' },
      { name: 'gpt-5-mini' },
      { name: 'gpt-5.4' },
      { name: 'gpt-5.4-mini' },
      { name: 'gpt-6-sol' },
      { name: 'gpt-6-luna' },
    ],
  },
  claude: {
    title: 'Claude',
    wireFormat: 'claude-messages',
    baseUrl: 'https://api.anthropic.com',
    defaultPath: '',
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    keyVariables: ['ANTHROPIC_API_KEY'],
    keyRequired: true,
    defaultModel: 'claude-sonnet-5',
    outputLimitField: 'max_tokens',
    seedField: null,
    sampling: false,
    streamOptions: false,
    models: [
      { name: 'claude-sonnet-5', aliases: ['sonnet'] },
      { name: 'claude-opus-5', aliases: ['opus'] },
      { name: 'claude-haiku-4-5', aliases: ['haiku'] },
      { name: 'claude-sonnet-4-6' },
      { name: 'claude-opus-4-8' },
      { name: 'claude-4-sonnet', apiModel: 'claude-sonnet-4-6', notice: `claude-4-sonnet ${REPLACED_BY_SONNET_4_6}` },
      {
        name: 'claude-3-5-sonnet',
        apiModel: 'claude-sonnet-4-6',
        aliases: ['claude-3.5-sonnet'],
        notice: `claude-3-5-sonnet ${REPLACED_BY_SONNET_4_6}`,
      },
      { name: 'claude-4-opus', apiModel: 'claude-opus-4-20250514' },
      { name: 'claude-3-haiku', apiModel: 'claude-3-haiku-20240307' },
    ],
  },
  gemini: {
    title: 'Gemini',
    wireFormat: 'chat-completions',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    defaultPath: '/v1beta/openai',
    baseUrlVariable: 'GEMINI_BASE_URL',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    keyRequired: true,
    defaultModel: 'gemini-2.5-flash',
    outputLimitField: 'max_tokens',
    seedField: 'seed',
    sampling: true,
    streamOptions: true,
    models: [
      { name: 'gemini-2.5-flash' },
      { name: 'gemini-2.5-pro' },
      { name: 'gemini-2.5-flash-lite' },
      { name: 'gemini-3.5-flash' },
      { name: 'gemini-3.8-flash' },
    ],
  },
  xai: {
    title: 'xAI',
    wireFormat: 'chat-completions',
    baseUrl: 'https://api.x.ai/v1',
    defaultPath: '/v1',
    baseUrlVariable: 'XAI_BASE_URL',
    keyVariables: ['XAI_API_KEY'],
    keyRequired: true,
    defaultModel: 'grok-4',
    outputLimitField: 'max_completion_tokens',
    seedField: 'seed',
    sampling: true,
    streamOptions: true,
    models: [{ name: 'grok-4', aliases: ['grok-4-0709'] }, { name: 'grok-4.6' }, { name: 'grok-3-mini' }],
  },
  groq: {
    title: 'Groq',
    wireFormat: 'chat-completions',
    baseUrl: 'https://api.groq.com/openai/v1',
    defaultPath: '/openai/v1',
    baseUrlVariable: 'GROQ_BASE_URL',
    keyVariables: ['GROQ_API_KEY'],
    keyRequired: true,
    defaultModel: 'llama-3.3-70b',
    outputLimitField: 'max_completion_tokens',
    seedField: 'seed',
    sampling: true,
    streamOptions: true,
    models: [
      { name: 'llama-3.3-70b', apiModel: 'llama-3.3-70b-versatile' },
      { name: 'llama-3.1-8b', apiModel: 'llama-3.1-8b-instant' },
      { name: 'openai/gpt-oss-120b' },
      { name: 'openai/gpt-oss-20b' },
    ],
  },
  mistral: {
    title: 'Mistral',
    wireFormat: 'chat-completions',
    baseUrl: 'https://api.mistral.ai/v1',
    defaultPath: '/v1',
    baseUrlVariable: 'MISTRAL_BASE_URL',
    keyVariables: ['MISTRAL_API_KEY'],
    keyRequired: true,
    defaultModel: 'mistral-large',
    outputLimitField: 'max_tokens',
    seedField: 'random_seed',
    sampling: true,
    streamOptions: false,
    models: [
      { name: 'mistral-large', apiModel: 'mistral-large-latest' },
      { name: 'mistral-medium', apiModel: 'mistral-medium-latest' },
      { name: 'mistral-small', apiModel: 'mistral-small-latest' },
    ],
  },
  ollama: {
    title: 'Ollama',
    wireFormat: 'chat-completions',
    baseUrl: 'http://127.0.0.1:11434/v1',
    defaultPath: '/v1',
    baseUrlVariable: 'OLLAMA_HOST',
    keyVariables: ['OLLAMA_API_KEY'],
    keyRequired: false,
    defaultModel: 'llama3.2',
    outputLimitField: 'max_tokens',
    seedField: 'seed',
    sampling: true,
    streamOptions: true,
    models: [{ name: 'llama3.2' }],
  },
  'openai-compatible': {
    title: 'the OpenAI-compatible server',
    wireFormat: 'chat-completions',
    baseUrl: null,
    defaultPath: '/v1',
    baseUrlVariable: null,
    keyVariables: ['OPENAI_COMPATIBLE_API_KEY'],
    keyRequired: false,
    defaultModel: null,
    outputLimitField: 'max_tokens',
    seedField: 'seed',
    sampling: true,
    streamOptions: true,
    models: [],
  },
}

/** The catalog's entry for a model as the user names it, or undefined for one that it does not know. */
export function knownModel(provider: ProviderName, name: string): ModelFacts | undefined {
  const wanted = name.toLowerCase()
  return CATALOG[provider].models.find((model) => model.name === wanted || (model.aliases ?? []).includes(wanted))
}
