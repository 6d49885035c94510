/**
 * Makes the golden files of the format version that this program writes, with their readable twins:
 *
 *     node dist/test/golden/make.js [name …]
 *
 * A golden file is made once and stays for ever, so a file that is there is never replaced. A new format version gets a new folder.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from '../../src/index.js'
import { CASES } from './cases.js'
import { describe } from './describe.js'
import { GOLDEN } from './paths.js'

/** The folder of the version that `path`, a file just written, says it has. */
async function folderOf(path: string): Promise<string> {
  const memory = await open(path, { readOnly: true })
  const { formatVersion } = await memory.stats()
  await memory.close()
  return join(GOLDEN, formatVersion)
}

const wanted = process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'memvid-golden-'))
process.env.MEMVID_KEYS = scratch
try {
  const touched = new Set<string>()
  for (const { name, make } of CASES.filter((entry) => wanted.length === 0 || wanted.includes(entry.name))) {
    const made = join(scratch, `${name}.mv2`)
    const own = join(scratch, name)
    mkdirSync(own)
    await make(made, own)
    const folder = await folderOf(made)
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `${name}.mv2`)
    if (existsSync(path)) {
      process.stderr.write(`${name}: is there, and stays\n`)
      continue
    }
    writeFileSync(path, readFileSync(made), { flag: 'wx', mode: 0o644 })
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(await describe(path), null, 1)}\n`)
    touched.add(folder)
    process.stderr.write(`${name}: ${readFileSync(path).length} bytes\n`)
  }
  for (const folder of touched) {
    const names = readdirSync(folder).filter((name) => name.endsWith('.mv2') || name.endsWith('.json'))
    const line = (name: string): string => `${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}  ${name}\n`
    writeFileSync(join(folder, 'SHA256SUMS'), names.sort().map(line).join(''))
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
