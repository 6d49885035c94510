import { MemvidError } from '../errors.js'
import { Secret } from '../ask/secrets.js'
import { normaliseBaseUrl } from './base-url.js'
import { CATALOG, PROVIDER_ALIASES, PROVIDERS, knownModel, type ProviderName } from './catalog.js'
import { nearestNames } from './nearest.js'

/** A model that can be asked: everything about it is known before any retrieval or request. */
export interface ResolvedModel {
  provider: ProviderName
  /** As the user named it. */
  model: string
  /** As the provider's API is asked for it. */
  apiModel: string
  /** `provider:model`. */
  label: string
  /** Empty for `local`. */
  baseUrl: string
  apiKey: Secret | undefined
  /** The environment variable that holds, or would hold, the key. */
  keyVariable: string | undefined
  /** True when answering makes no request at all. */
  local: boolean
  /** Said to the user, e.g. that a retired model is answered by its successor. */
  notice: string | undefined
}

export interface ResolveOptions {
  /** `--base-url`. Goes before the provider's environment variable. */
  baseUrl?: string | undefined
  /** Nothing will be sent: a missing key or server is no error. Default false. */
  offline?: boolean | undefined
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined
}

const DEFAULT_SPEC = 'local:extractive'

/**
 * Resolves `provider:model`. The option goes before `MEMVID_MODEL`, that before `local:extractive`: a key that lies in the
 * environment never makes a paid call by itself.
 *
 * @throws MemvidError `UnknownModel` (unknown provider, or a name is missing), `MissingKey`, `InvalidInput` (base URL).
 */
export function resolveModel(spec: string | undefined, options: ResolveOptions = {}): ResolvedModel {
  const env = options.env ?? process.env
  const wanted = (spec ?? env['MEMVID_MODEL'] ?? '').trim() || (spec === undefined ? DEFAULT_SPEC : '')
  const { provider, model } = parseSpec(wanted)
  const facts = CATALOG[provider]
  const known = knownModel(provider, model)
  const local = facts.wireFormat === 'none'
  if (local && known === undefined) {
    throw new MemvidError('UnknownModel', `there is no local model "${model}"`, { hint: `The local model is ${DEFAULT_SPEC}.` })
  }
  if (local && options.baseUrl !== undefined) {
    throw new MemvidError('InvalidInput', `--base-url was given, but ${DEFAULT_SPEC} makes no request`, {
      hint: 'Name a model with --use-model, e.g. openai-compatible:NAME.',
    })
  }
  const offline = options.offline ?? false
  const baseUrl = local ? '' : chooseBaseUrl(provider, options.baseUrl, env, offline)
  return {
    provider,
    model,
    apiModel: known?.apiModel ?? known?.name ?? model,
    label: `${provider}:${model}`,
    baseUrl,
    apiKey: local ? undefined : readKey(provider, `${provider}:${model}`, env, offline),
    keyVariable: facts.keyVariables[0],
    local,
    notice: known?.notice,
  }
}

function unknownModel(message: string, hint: string): MemvidError {
  return new MemvidError('UnknownModel', message, { hint, details: { providers: [...PROVIDERS] } })
}

function parseSpec(spec: string): { provider: ProviderName; model: string } {
  const colon = spec.indexOf(':')
  const prefix = (colon === -1 ? spec : spec.slice(0, colon)).trim().toLowerCase()
  const name = colon === -1 ? '' : spec.slice(colon + 1).trim()
  const provider = PROVIDER_ALIASES.get(prefix) ?? PROVIDERS.find((known) => known === prefix)
  if (provider === undefined) throw unknownModel(`unknown provider "${prefix}" in model "${spec}"`, providerHint(prefix))
  if (colon !== -1 && name === '') throw unknownModel(`"${spec}" names no model`, `Write ${prefix}:MODEL, or ${prefix} for its default.`)
  const model = name === '' ? CATALOG[provider].defaultModel : name
  if (model === null) {
    throw unknownModel(`${provider} has no default model`, `Write ${provider}:MODEL with the name that the server knows.`)
  }
  return { provider, model }
}

/** A model's name without its provider is the common slip, so that is looked for first. */
function providerHint(written: string): string {
  const owner = PROVIDERS.find((provider) => knownModel(provider, written) !== undefined)
  if (owner !== undefined) return `Did you mean ${owner}:${written}?`
  const near = nearestNames(written, [...PROVIDERS, ...PROVIDER_ALIASES.keys()], 1)[0]
  const guess = near === undefined ? '' : `Did you mean ${near}? `
  return `${guess}Providers: ${PROVIDERS.join(', ')}. Write provider:model, e.g. openai:gpt-4o-mini.`
}

function chooseBaseUrl(provider: ProviderName, option: string | undefined, env: NodeJS.ProcessEnv, offline: boolean): string {
  const facts = CATALOG[provider]
  if (option !== undefined) return normaliseBaseUrl(provider, option, '--base-url')
  const variable = facts.baseUrlVariable
  const fromEnvironment = variable === null ? undefined : env[variable]?.trim()
  if (variable !== null && fromEnvironment) return normaliseBaseUrl(provider, fromEnvironment, variable)
  if (facts.baseUrl !== null || offline) return facts.baseUrl ?? ''
  throw new MemvidError('InvalidInput', `${provider} needs the URL of its server`, {
    hint: 'Give it with --base-url, e.g. --base-url http://127.0.0.1:8080/v1.',
  })
}

function readKey(provider: ProviderName, label: string, env: NodeJS.ProcessEnv, offline: boolean): Secret | undefined {
  if (offline) return undefined
  const facts = CATALOG[provider]
  for (const variable of facts.keyVariables) {
    const key = env[variable]?.trim()
    if (!key) continue
    // Anything else could not be sent as a header, and the error of the HTTP library would quote it.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new MemvidError('InvalidInput', `${variable} holds characters that no key has`, {
        hint: 'Look for a line break, a space or a quotation mark in it.',
      })
    }
    return new Secret(key)
  }
  const variable = facts.keyVariables[0]
  if (!facts.keyRequired || variable === undefined) return undefined
  throw new MemvidError(
    'MissingKey',
    `${label} needs a key, and ${facts.keyVariables.join(' and ')} ${facts.keyVariables.length > 1 ? 'are' : 'is'} not set`,
    {
      hint: `Set ${variable}, or leave the model out to answer with ${DEFAULT_SPEC}.`,
      details: { variable, provider },
    },
  )
}
