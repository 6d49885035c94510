/** The Python environment of `node python/tools/venv.mjs`, which `npm test` makes before the tests. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../e2e/support/cli.js'

export const python = join(packageRoot, 'python', '.venv', 'bin', 'python')
if (!existsSync(python)) throw new Error('there is no python/.venv; make it with `node python/tools/venv.mjs`')
