import type { StandInProvider } from './types.js'

interface Place {
  /** What the base URL has after host and port, as the provider's own variable is usually written. */
  base: string
  /** The path that requests must come to. */
  path: string
  baseUrlVariable: string | null
  keyVariable: string | null
}

/** Where each provider's clients look for it. Written by hand, not taken from `src/`: the two are checked against each other. */
export const STAND_IN_PLACES: Readonly<Record<StandInProvider, Place>> = {
  openai: { base: '/v1', path: '/v1/chat/completions', baseUrlVariable: 'OPENAI_BASE_URL', keyVariable: 'OPENAI_API_KEY' },
  claude: { base: '', path: '/v1/messages', baseUrlVariable: 'ANTHROPIC_BASE_URL', keyVariable: 'ANTHROPIC_API_KEY' },
  gemini: {
    base: '/v1beta/openai',
    path: '/v1beta/openai/chat/completions',
    baseUrlVariable: 'GEMINI_BASE_URL',
    keyVariable: 'GEMINI_API_KEY',
  },
  xai: { base: '/v1', path: '/v1/chat/completions', baseUrlVariable: 'XAI_BASE_URL', keyVariable: 'XAI_API_KEY' },
  groq: { base: '/openai/v1', path: '/openai/v1/chat/completions', baseUrlVariable: 'GROQ_BASE_URL', keyVariable: 'GROQ_API_KEY' },
  mistral: { base: '/v1', path: '/v1/chat/completions', baseUrlVariable: 'MISTRAL_BASE_URL', keyVariable: 'MISTRAL_API_KEY' },
  ollama: { base: '', path: '/v1/chat/completions', baseUrlVariable: 'OLLAMA_HOST', keyVariable: null },
  'openai-compatible': { base: '/v1', path: '/v1/chat/completions', baseUrlVariable: null, keyVariable: 'OPENAI_COMPATIBLE_API_KEY' },
}
