/** The built page: three files, each read when it is asked for. Nothing else below any folder can be named. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refusal } from './problem.js'

export type AssetName = 'index.html' | 'app.js' | 'app.css'

const FILES: Readonly<Record<string, { name: AssetName; type: string }>> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/app.js': { name: 'app.js', type: 'text/javascript; charset=utf-8' },
  '/app.css': { name: 'app.css', type: 'text/css; charset=utf-8' },
}

/** Where the build puts the page: `dist/ui`, two folders above a bundle's chunk and three above this file as it is compiled. */
export function builtPage(): string {
  const folders = ['../../ui', '../../../ui'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => pageIsBuilt(folder)) ?? folders[0]!
}

export function pageIsBuilt(folder: string): boolean {
  return Object.values(FILES).every(({ name }) => existsSync(join(folder, name)))
}

export class Assets {
  constructor(readonly folder: string) {}

  read(name: AssetName): Buffer {
    try {
      return readFileSync(join(this.folder, name))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
      throw new Refusal(503, 'NotBuilt', 'the page is not built', 'Run `npm run setup`.')
    }
  }

  /** The file under a path of the server; undefined when there is none. */
  at(path: string): { body: Buffer; type: string } | undefined {
    const found = Object.hasOwn(FILES, path) ? FILES[path] : undefined
    return found && { body: this.read(found.name), type: found.type }
  }
}
