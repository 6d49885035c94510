import { scrub, Secret } from '../ask/secrets.js'
import { CATALOG, PROVIDERS } from '../providers/catalog.js'

const MASK = '[secret]'

/** Fields and headers whose whole value is a credential, in any spelling (`X-API-Key`, `apiKey`, `access_token`, …). */
const CREDENTIAL_FIELDS = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'apikey',
  'xapikey',
  'xgoogapikey',
  'accesstoken',
  'refreshtoken',
  'authtoken',
  'xauthtoken',
  'clientsecret',
  'secretkey',
  'secretaccesskey',
  'privatekey',
  'password',
])

/** An authorization header's value within a text. */
const CREDENTIALS_IN_TEXT = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi

/** The keys that are set in the environment: what a tool prints must not carry them into the file. */
export function environmentSecrets(env: NodeJS.ProcessEnv = process.env): Secret[] {
  const variables = PROVIDERS.flatMap((provider) => CATALOG[provider].keyVariables)
  const keys = variables.map((variable) => env[variable]?.trim() ?? '').filter((key) => key !== '')
  return [...new Set(keys)].map((key) => new Secret(key))
}

/** Text from an agent's tool without keys, tokens and authorization headers. */
export function scrubText(text: string, secrets: readonly Secret[]): string {
  return scrub(text.replace(CREDENTIALS_IN_TEXT, `$1 ${MASK}`), secrets)
}

/** A JSON value whose texts and names hold no key, token or authorization header; `[secret]` stands where one stood. */
export function scrubValue(value: unknown, secrets: readonly Secret[]): unknown {
  if (typeof value === 'string') return scrubText(value, secrets)
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, secrets))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
    // Whole, whatever its shape: headers may be lists.
    const masked = isCredential(name) && item !== null
    return [scrubText(name, secrets), masked ? MASK : scrubValue(item, secrets)]
  })
  return Object.fromEntries(entries)
}

function isCredential(name: string): boolean {
  return CREDENTIAL_FIELDS.has(name.toLowerCase().replace(/[^a-z0-9]/g, ''))
}
