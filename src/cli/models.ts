import type { Command } from 'commander'
import type { ModelListing } from '../index.js'
import { addJson, type JsonOption } from './options.js'
import { formatJson } from './output/json.js'
import { note, print } from './output/terminal.js'

function formatPrice({ price }: ModelListing): string {
  return price === null ? 'unknown price' : `$${price.input} in, $${price.output} out`
}

function formatReadiness({ ready, keyVariable }: ModelListing): string {
  return ready ? 'ready' : `needs ${keyVariable}`
}

async function run({ json }: JsonOption): Promise<void> {
  const { listModels } = await import('../index.js')
  const models = await listModels(process.env)
  if (json) {
    process.stdout.write(formatJson(models))
    return
  }
  const width = Math.max(...models.map(({ label }) => label.length))
  for (const model of models) print(`${model.label.padEnd(width)}  ${formatPrice(model).padEnd(28)}  ${formatReadiness(model)}`)
  note('Prices are in dollars for a million tokens. Any other model of a provider works too, as provider:model.')
}

export function register(parent: Command): void {
  addJson(parent.command('models').description('list the models that are known by name, with prices')).action(run)
}
