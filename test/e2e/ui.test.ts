/** `memvid ui` and `session replay --web` as a person starts and ends them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeDemo } from '../ui/fixture.js'
import { finish, Workspace, type Run } from './support/cli.js'

interface Started {
  url: string
  port: number
  token: string
  session?: string
}

/** Starts the command, hands over what it printed, and ends it as Ctrl-C does. */
async function whileServing(workspace: Workspace, words: string[], look: (started: Started) => Promise<void>): Promise<Run> {
  const child = workspace.spawn('memvid', words)
  const ended = finish(child)
  const printed = await new Promise<string>((resolve) => {
    let text = ''
    child.stdout!.on('data', (piece: string) => {
      text += piece
      if (/^\}$/m.test(text)) resolve(text)
    })
    child.on('close', () => resolve(text))
  })
  try {
    await look(JSON.parse(printed) as Started)
  } finally {
    child.kill('SIGINT')
  }
  return ended
}

test('the server comes up with an address that works, and goes with Ctrl-C', async (t) => {
  const workspace = new Workspace(t)
  const { sessions } = await makeDemo(workspace.path('demo.mv2'))
  for (const words of [['ui', 'demo.mv2', '--session', 'research'], ['session', 'replay', 'demo.mv2', '--session', 'research', '--web']]) {
    const run = await whileServing(workspace, [...words, '--json'], async ({ url, port, token }) => {
      assert.equal(url, `http://127.0.0.1:${port}/#token=${token}&session=${sessions.first}`)
      const page = await fetch(url)
      assert.equal(page.status, 200, 'setup has built the page')
      assert.match(await page.text(), /<title>memvid/)
      const api = `http://127.0.0.1:${port}/api/sessions/${sessions.first}`
      assert.equal((await fetch(api)).status, 401)
      assert.equal((await fetch(api, { headers: { authorization: `Bearer ${token}` } })).status, 200)
    })
    assert.equal(run.code, 130, run.stderr)
    assert.match(run.stderr, /read-only; Ctrl-C ends it/)
  }
})

test('a wrong port, file or option starts nothing', async (t) => {
  const workspace = new Workspace(t)
  assert.equal((await workspace.memvid(['ui', 'none.mv2', '--port', 'x'])).code, 2)
  const missing = await workspace.memvid(['ui', 'none.mv2'])
  assert.deepEqual([missing.code, missing.stdout], [6, ''])
  const run = await workspace.memvid(['session', 'replay', 'none.mv2', '--session', 'x', '--web', '--audit'])
  assert.deepEqual([run.code, /--web goes with/.test(run.stderr)], [2, true])
})
