/** Runs commands of the demo as a person would type them, and shows them with their output. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const mainPath = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const coloured = process.stdout.isTTY === true && !process.env['NO_COLOR']

export function paint(code: number, text: string): string {
  return coloured ? `\u001b[${code}m${text}\u001b[0m` : text
}

export function say(text: string): void {
  process.stdout.write(`\n${paint(1, text)}\n`)
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/(["\\$`])/g, '\\$1')}"`
}

/** What a command printed, stdout and stderr together as a terminal shows them. */
export interface Outcome {
  output: string
  exitCode: number | null
}

/**
 * Runs `memvid` with these words in `folder`, printing the command and what it prints. Keys of providers are kept from it: the demo
 * must work, and must prove that it works, without any.
 */
export function memvid(folder: string, words: string[]): Promise<Outcome> {
  process.stdout.write(`\n${paint(36, `$ memvid ${words.map(shown).join(' ')}`)}\n`)
  const { PATH, HOME, TMPDIR, SystemRoot } = process.env
  const child = spawn(process.execPath, [mainPath, ...words], {
    cwd: folder,
    env: { PATH, HOME, TMPDIR, SystemRoot },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      process.stdout.write(text)
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ output, exitCode }))
  })
}
