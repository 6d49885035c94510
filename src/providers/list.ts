import { priceOf } from '../ask/cost.js'
import { readPriceOverrides, type Price, type PriceOverrides } from '../ask/prices.js'
import { CATALOG, PROVIDERS, type ProviderName } from './catalog.js'

/** One line of `memvid models`. */
export interface ModelListing {
  provider: ProviderName
  model: string
  label: string
  apiModel: string
  aliases: string[]
  /** The model of the bare provider name. */
  isDefault: boolean
  /** Null when no table has a price. */
  price: Price | null
  keyVariable: string | null
  /** Whether a key is set, or none is needed. */
  ready: boolean
  /** Whether one of the provider's key variables is set. */
  keySet: boolean
  notice: string | null
}

/**
 * The models that are known by name, with prices, and for which a key is set. Any other model of a provider works too.
 *
 * @param overrides Prices that go first. Default: those of the file that `MEMVID_PRICES` names.
 */
export async function listModels(
  env: NodeJS.ProcessEnv = process.env,
  at = new Date(),
  overrides: PriceOverrides | null = env['MEMVID_PRICES'] ? readPriceOverrides(env['MEMVID_PRICES']) : null,
): Promise<ModelListing[]> {
  const listings: ModelListing[] = []
  for (const provider of PROVIDERS) {
    const facts = CATALOG[provider]
    const keySet = facts.keyVariables.some((variable) => (env[variable]?.trim() ?? '') !== '')
    for (const known of facts.models) {
      const apiModel = known.apiModel ?? known.name
      listings.push({
        provider,
        model: known.name,
        label: `${provider}:${known.name}`,
        apiModel,
        aliases: [...(known.aliases ?? [])],
        isDefault: known.name === facts.defaultModel,
        price: await priceOf({ provider, model: known.name, apiModel }, at, overrides),
        keyVariable: facts.keyVariables[0] ?? null,
        ready: keySet || !facts.keyRequired,
        keySet,
        notice: known.notice ?? null,
      })
    }
  }
  return listings
}
