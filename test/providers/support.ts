import assert from 'node:assert/strict'
import { MemvidError } from '../../src/errors.js'
import { complete, type Completion, type CompletionRequest } from '../../src/providers/complete.js'
import { resolveModel, type ResolvedModel } from '../../src/providers/model.js'
import type { ChatMessage } from '../../src/types.js'
import { CANARY } from '../support/canary.js'
import { startStandIn, type StandIn, type StandInOptions, type StandInProvider, type StandInReply } from '../support/stand-in/index.js'

export { CANARY }

export const MESSAGES: ChatMessage[] = [
  { role: 'system', content: 'Answer from the passages.' },
  { role: 'user', content: 'What was the acquisition price?' },
]

/** The model that the conformance tests ask of each provider, as a user writes it. */
export const MODELS: Readonly<Record<StandInProvider, string>> = {
  openai: 'openai:gpt-4o-mini',
  claude: 'claude:claude-4-sonnet',
  gemini: 'gemini:gemini-2.5-flash',
  xai: 'xai:grok-4',
  groq: 'groq:llama-3.3-70b',
  mistral: 'mistral:mistral-large',
  ollama: 'ollama:llama3.2:3b',
  'openai-compatible': 'openai-compatible:smollm2',
}

const KEY_VARIABLES: Partial<Record<StandInProvider, string>> = { ollama: 'OLLAMA_API_KEY' }

export interface Connection {
  server: StandIn
  model: ResolvedModel
  ask(request?: Partial<CompletionRequest>): Promise<Completion>
  /** The error of an ask that must fail. */
  fail(request?: Partial<CompletionRequest>): Promise<MemvidError>
}

/** Replies in order; the last one again and again. */
export function inOrder(...replies: StandInReply[]): () => StandInReply {
  let next = 0
  return () => replies[Math.min(next++, replies.length - 1)] ?? {}
}

/** Starts a server for the provider, runs the test against it, and stops it. */
export async function connected(
  provider: StandInProvider,
  options: Omit<StandInOptions, 'provider'>,
  test: (connection: Connection) => Promise<void>,
): Promise<void> {
  const server = await startStandIn({ key: CANARY, ...options, provider })
  const keyVariable = KEY_VARIABLES[provider]
  const env = { ...server.env, ...(keyVariable === undefined ? {} : { [keyVariable]: CANARY }) }
  for (const name of Object.keys(env)) if (name.endsWith('_KEY')) env[name] = CANARY
  const model = resolveModel(MODELS[provider], { env, ...(server.baseUrlVariable === null ? { baseUrl: server.baseUrl } : {}) })
  const ask = (request: Partial<CompletionRequest> = {}) => complete(model, { messages: MESSAGES, ...request })
  const fail = async (request: Partial<CompletionRequest> = {}): Promise<MemvidError> => {
    const error: unknown = await ask(request).then(
      (completion) => assert.fail(`expected an error, got ${JSON.stringify(completion.text)}`),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof MemvidError, `expected a MemvidError, got ${String(error)}`)
    return error
  }
  try {
    await test({ server, model, ask, fail })
  } finally {
    await server.close()
  }
}
