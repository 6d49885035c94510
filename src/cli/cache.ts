import type { Command } from 'commander'
import { register as registerClear } from './cache/clear.js'
import { register as registerList } from './cache/list.js'

export function register(parent: Command): void {
  const cache = parent.command('cache').description('look at the answer cache of a file, and empty it')
  registerList(cache)
  registerClear(cache)
}
