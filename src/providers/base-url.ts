import { MemvidError } from '../errors.js'
import { CATALOG, type ProviderName } from './catalog.js'

/** Ollama's own variable may hold `127.0.0.1`, `:11434`, `0.0.0.0:11434` or a whole URL. */
function ollamaUrl(value: string): string {
  const withScheme = /^[a-z]+:\/\//i.test(value) ? value : `http://${value.startsWith(':') ? `127.0.0.1${value}` : value}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  if (url === null) return value
  if (url.port === '' && url.protocol === 'http:') url.port = '11434'
  // Ollama listens on 0.0.0.0 and the same variable tells it so; nobody can connect to that address.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  return url.href
}

/**
 * The base URL to give to the provider's package: checked, without a trailing slash, and with the provider's usual path
 * where only a host was given (`http://127.0.0.1:8080` becomes `http://127.0.0.1:8080/v1`).
 *
 * @param source What to call it in an error, e.g. `--base-url` or `OPENAI_BASE_URL`.
 * @throws MemvidError `InvalidInput` when it is no http(s) URL, or holds a user name, a password or a query: base URLs are
 *   recorded, so a secret must not be in one.
 */
export function normaliseBaseUrl(provider: ProviderName, value: string, source: string): string {
  const given = provider === 'ollama' ? ollamaUrl(value.trim()) : value.trim()
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new MemvidError('InvalidInput', `${source} is not an http or https URL`, { hint: 'Write it like http://127.0.0.1:8080/v1.' })
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new MemvidError('InvalidInput', `${source} must not hold a user name, a password, a query or a fragment`, {
      hint: 'Base URLs are recorded. Put the key into its environment variable.',
    })
  }
  let path = url.pathname.replace(/\/+$/, '')
  if (path === '') path = CATALOG[provider].defaultPath
  // The Anthropic package adds /v1 itself.
  if (provider === 'claude') path = path.replace(/\/v1$/, '')
  if (provider === 'gemini' && path.endsWith('/v1beta')) path += '/openai'
  if (provider === 'groq' && path.endsWith('/openai')) path += '/v1'
  return `${url.origin}${path}`
}
