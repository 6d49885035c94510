/**
 * R7 through Node and Python: a write, a sync or a cut fails with EIO, once at each call. What failed is not acknowledged, the handle takes no
 * further commit, reads go on, and whoever opens the file next finds a whole one.
 */
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { open } from '../../src/index.js'
import { packageRoot, Workspace } from '../e2e/support/cli.js'
import { callsOf, figures, grown, hasStrace, holds, injected, leftOvers, using, worker, WRITING } from './support.js'

interface Said {
  first: string
  second: string
  read: string
  hits: number
}

/** The same as the worker's task `faulty`, in Python. */
const PYTHON = `
import json, sys, memvid_sdk
def code(work):
    try:
        work()
        return "ok"
    except memvid_sdk.MemvidError as error:
        return error.code
memory = memvid_sdk.open(sys.argv[1])
first = code(lambda: memory.put(text="The first document.", uri="mv2://first"))
second = code(lambda: memory.put(text="The second document.", uri="mv2://second"))
read = code(lambda: memory.get("mv2://notes/0"))
print(json.dumps({"first": first, "second": second, "read": read, "hits": len(memory.find("lamp", mode="lex").hits)}))
`

async function failing(t: TestContext, row: string, command: (file: string) => string[]): Promise<void> {
  const workspace = new Workspace(t)
  const [base, path] = ['base.mv2', 'k.mv2'].map((name) => workspace.path(name)) as [string, string]
  await grown(base, 3)
  copyFileSync(base, path)
  const calls = (await callsOf(workspace, command(path), 'k.mv2')).filter(([name]) => WRITING.split(',').includes(name))
  let [faults, poisoned] = [0, 0]
  for (const [name, when] of calls) {
    copyFileSync(base, path)
    const run = await injected(workspace, command(path), { calls: name, fault: 'error=EIO', when })
    const what = `${name} ${when}: ${run.stdout}${run.stderr}`
    const { first, second, read, hits } = JSON.parse(run.stdout.trim().split('\n').at(-1)!) as Said
    assert.deepEqual([read, hits >= 3], ['ok', true], `reads go on; ${what}`)
    if (first !== 'ok') {
      faults += 1
      assert.equal(first, 'Io', what)
      // Before the first write of a commit nothing is in doubt, so the writer may go on.
      assert.ok(second === 'Poisoned' || name.startsWith('unlink'), what)
    } else assert.ok(second === 'ok' || second === 'Io', what)
    poisoned += Number(second === 'Poisoned')
    const acknowledged: [string, string][] = []
    if (first === 'ok') acknowledged.push(['mv2://first', 'The first document.'])
    if (second === 'ok') acknowledged.push(['mv2://second', 'The second document.'])
    await holds(path, acknowledged)
    await using(await open(path), (memory) => memory.put({ text: 'Put afterwards.', uri: 'mv2://after' }))
    await holds(path, [...acknowledged, ['mv2://after', 'Put afterwards.']])
    assert.deepEqual(leftOvers(path), [])
  }
  assert.ok(faults >= 2 && poisoned >= 2, `${calls.length} calls, ${faults} faults, ${poisoned} poisoned`)
  figures(row, `EIO at ${calls.length} calls: ${faults} not acknowledged, ${poisoned} handles poisoned`)
}

if (hasStrace) {
  test('a failed write or sync through Node', (t) => failing(t, 'R7 Node', (path) => worker('faulty', path)))
  test('a failed write or sync through Python', (t) =>
    failing(t, 'R7 Python', (path) => [join(packageRoot, 'python', '.venv', 'bin', 'python'), '-c', PYTHON, path]))
} else {
  test('a failed write or sync (no strace here: native/core/tests/faults.rs alone)', () => {})
}
