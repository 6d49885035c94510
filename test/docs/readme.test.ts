/**
 * The README's shell blocks do what they say. A block that begins with ```sh run is typed into a shell, line by line, in one folder for
 * the whole document; a comment line below a command that begins with `#>` has to stand in what the command prints.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot, Workspace } from '../e2e/support/cli.js'

interface Command {
  text: string
  promised: string[]
}

/** The commands of every block tagged to run, in order. */
export function commandsOf(markdown: string): Command[] {
  const commands: Command[] = []
  for (const [, block = ''] of markdown.matchAll(/^```sh run\n([^]*?)^```$/gm)) {
    for (const row of block.replace(/\\\n\s*/g, '').split('\n')) {
      const promise = /^#> ?(.*)$/.exec(row)?.[1]
      if (promise !== undefined) commands.at(-1)?.promised.push(promise)
      else if (row.trim() !== '' && !row.startsWith('#')) commands.push({ text: row, promised: [] })
    }
  }
  return commands
}

test('blocks are read with their promises', () => {
  const markdown = 'Text\n```sh\nnot this\n```\n```sh run\nmemvid a \\\n  --b\n# a comment\n#> Done.\n\nmemvid c\n```\n'
  assert.deepEqual(commandsOf(markdown), [
    { text: 'memvid a --b', promised: ['Done.'] },
    { text: 'memvid c', promised: [] },
  ])
})

test('every shell block of the README that is tagged to run does', async (t) => {
  const commands = commandsOf(readFileSync(join(packageRoot, 'README.md'), 'utf8'))
  assert.ok(commands.length > 0, 'the README has blocks that are tagged ```sh run')
  const workspace = new Workspace(t)
  for (const { text, promised } of commands) {
    const run = await workspace.shell(text)
    assert.equal(run.code, 0, `${text}\n${run.stdout}${run.stderr}`)
    const printed = `${run.stdout}${run.stderr}`.split('\n').map((line) => line.trim())
    for (const line of promised) assert.ok(printed.includes(line.trim()), `${text}\nshould print: ${line}\nprinted:\n${printed.join('\n')}`)
  }
})

test('the README says of its benchmark how many targets were met as the log does', () => {
  const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8')
  const [, met, of, log = ''] = /\((\d+) of (\d+) are met\): \[`[^`]*`\]\(([^)]*)\)/.exec(readme) ?? []
  const lines = readFileSync(join(packageRoot, log), 'utf8').split('\n')
  const isMet = (answer: RegExp): number => lines.filter((line) => answer.test(line)).length
  const yes = isMet(/\| yes \|$/)
  assert.deepEqual([Number(met), Number(of)], [yes, yes + isMet(/\| \*\*no\*\* \|$/)])
})
