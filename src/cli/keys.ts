import type { Command } from 'commander'
import type { KeyView } from '../index.js'
import { addJson, type JsonOption } from './options.js'
import { line } from './output/escape.js'
import { formatJson } from './output/json.js'
import { note, print } from './output/terminal.js'

function formatKey({ name, keyId, path, canSign }: KeyView): string {
  return `${line(name)}  ${keyId}  ${canSign ? 'signs' : 'trusted'}  ${line(path)}`
}

async function create(name: string, { out, json }: JsonOption & { out?: string }): Promise<void> {
  const { createKey } = await import('../index.js')
  const key = createKey(name, out)
  if (json) process.stdout.write(formatJson(key))
  else {
    print(key.publicKey)
    note(`The private key is in ${line(key.path)}: keep it safe, and hand out the line above.`)
  }
}

async function list({ json }: JsonOption): Promise<void> {
  const { listKeys } = await import('../index.js')
  const keys = listKeys()
  if (json) process.stdout.write(formatJson(keys))
  else if (keys.length === 0) note('No keys. Make one with `memvid keys create <name>`.')
  else for (const key of keys) print(formatKey(key))
}

async function show(key: string, { json }: JsonOption): Promise<void> {
  const { showKey } = await import('../index.js')
  const shown = showKey(key)
  if (json) process.stdout.write(formatJson(shown))
  else print(shown.publicKey)
}

export function register(parent: Command): void {
  const keys = parent.command('keys').description('keys to sign sessions with; private keys stay in files of their own')
  const making = keys.command('create').argument('<name>', 'its name').description('make an Ed25519 key and print its public half')
  making.option('--out <path>', 'file for the private key (default: <name>.pem in the key folder, see `keys list`)')
  addJson(making).action(create)
  addJson(keys.command('list').description('the keys in ~/.config/memvid/keys: *.pem that sign, *.pub that are trusted')).action(list)
  addJson(keys.command('show').argument('<key>', 'its name, or the path of its file').description('print the public half')).action(show)
}
