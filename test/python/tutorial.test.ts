/** docs/python.md does what it says: its Python blocks run as one program, and print what their `#>` lines promise, in order. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageRoot, Workspace } from '../e2e/support/cli.js'
import { python } from './support.js'

test('the tutorial runs as it stands', async (t) => {
  const text = readFileSync(join(packageRoot, 'docs', 'python.md'), 'utf8')
  const blocks = [...text.matchAll(/^```python\n([^]*?)^```$/gm)].map(([, block = '']) => block)
  assert.ok(blocks.length > 5)
  const workspace = new Workspace(t)
  writeFileSync(workspace.path('tutorial.py'), blocks.join('\n'))
  const run = await workspace.run(python, ['tutorial.py'])
  assert.equal(run.code, 0, run.stderr)
  const promised = [...blocks.join('\n').matchAll(/^#> (.*)$/gm)].map(([, line = '']) => line)
  assert.deepEqual(run.stdout.trimEnd().split('\n'), promised)
})
