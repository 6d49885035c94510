/** The MCP server as a host sees it: the official client over standard input and output. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { create, open } from '../../src/index.js'
import { mainPath, Workspace } from '../e2e/support/cli.js'

interface Reply {
  isError: boolean
  value: Record<string, unknown>
}

class Host {
  constructor(readonly client: Client) {}

  async call(name: string, given: Record<string, unknown> = {}): Promise<Reply> {
    const { isError, content } = await this.client.callTool({ name, arguments: given })
    const [{ text }] = content as [{ text: string }]
    return { isError: isError === true, value: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text } }
  }
}

async function connect(t: TestContext, workspace: Workspace, ...options: string[]): Promise<Host> {
  const client = new Client({ name: 'test', version: '1' })
  const args = [mainPath, 'mcp', workspace.path('a.mv2'), ...options]
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env: workspace.environment(), stderr: 'ignore' }))
  t.after(() => client.close())
  return new Host(client)
}

test('a host stores, finds, asks, reads, records and replays', async (t) => {
  const workspace = new Workspace(t)
  const host = await connect(t, workspace)
  const { tools } = await host.client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['put', 'find', 'ask', 'get', 'session_start', 'session_end', 'session_list', 'session_checkpoint', 'session_replay'],
  )
  const put = await host.call('put', { text: 'The mill burned down in 1871.', title: 'Mill', uri: 'mv2://docs/mill 磨坊', metadata: { aB: 1 } })
  assert.deepEqual([put.isError, put.value['frame_id']], [false, 0])
  const { session_id } = (await host.call('session_start', { name: 'by an agent' })).value
  const found = (await host.call('find', { query: 'mill', top_k: 1 })).value as { hits: { uri: string }[] }
  assert.equal(found.hits[0]?.uri, 'mv2://docs/mill 磨坊')
  const asked = (await host.call('ask', { question: 'When did the mill burn down?' })).value
  assert.match(String(asked['answer']), /1871/)
  await host.call('session_checkpoint', {})
  const ended = (await host.call('session_end')).value
  assert.deepEqual([ended['session_id'], ended['action_count']], [session_id, 3])
  assert.equal(((await host.call('session_list')).value['sessions'] as unknown[]).length, 1)
  const replay = (await host.call('session_replay', { session: 'by an agent', audit: true })).value
  assert.deepEqual([replay['ok'], replay['counts']], [true, { VERIFIED: 3 }])
  const got = (await host.call('get', { frame: 0 })).value
  assert.deepEqual([got['text'], got['metadata']], ['The mill burned down in 1871.', { aB: 1 }])
})

test('documents are resources', async (t) => {
  const workspace = new Workspace(t)
  const mem = await create(workspace.path('a.mv2'))
  await mem.put({ text: 'eins', uri: 'mv2://docs/a', title: 'One' })
  await mem.put({ bytes: Buffer.from([1, 2]), uri: 'mv2://docs/b', timestamp: Date.now() + 1000 })
  await mem.close()
  const host = await connect(t, workspace)
  const { resources } = await host.client.listResources()
  assert.deepEqual(
    resources.map(({ uri, name }) => [uri, name]),
    [
      ['mv2://docs/b', 'mv2://docs/b'],
      ['mv2://docs/a', 'One'],
    ],
  )
  const text = await host.client.readResource({ uri: 'mv2://docs/a' })
  assert.deepEqual(text.contents, [{ uri: 'mv2://docs/a', mimeType: 'text/plain', text: 'eins' }])
  const bytes = await host.client.readResource({ uri: 'mv2://docs/b' })
  assert.deepEqual((bytes.contents[0] as { blob: string }).blob, 'AQI=')
  await assert.rejects(host.client.readResource({ uri: 'mv2://docs/none' }))
})

test('an error is a result that the model can read', async (t) => {
  const host = await connect(t, new Workspace(t))
  const { isError, value } = await host.call('session_end')
  assert.equal(isError, true)
  assert.equal((value['error'] as { code: string }).code, 'NoActiveSession')
  assert.equal((await host.call('find', { query: '' })).isError, true)
  assert.equal((await host.call('get', { frame: 9 })).isError, true)
})

test('read-only offers and changes nothing', async (t) => {
  const workspace = new Workspace(t)
  const mem = await create(workspace.path('a.mv2'))
  await mem.put({ text: 'The mill burned down in 1871.' })
  const { commit } = await mem.refresh()
  const host = await connect(t, workspace, '--read-only')
  const { tools } = await host.client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['find', 'ask', 'get', 'session_list', 'session_replay'],
  )
  assert.equal((await host.call('put', { text: 'no' })).isError, true)
  assert.match(String((await host.call('ask', { question: 'When did the mill burn down?' })).value['answer']), /1871/)
  assert.equal((await mem.refresh()).commit, commit)
  await mem.close()
})

/** `MEMVID_MCP_SECONDS=60` for the long run. */
const TOGETHER_MS = Number(process.env['MEMVID_MCP_SECONDS'] ?? 8) * 1000

test('two hosts and a command line on one file: nothing is lost', async (t) => {
  const end = Date.now() + TOGETHER_MS
  const workspace = new Workspace(t)
  const hosts = [await connect(t, workspace), await connect(t, workspace)]
  await hosts[0]?.call('session_start', { name: 'together' })
  const acknowledged = new Set<number>()
  const keep = ({ isError, value }: Reply) => {
    assert.equal(isError, false, JSON.stringify(value))
    acknowledged.add(value['frame_id'] as number)
  }
  const byHost = async (host: Host, name: number) => {
    for (let i = 0; Date.now() < end; i++) {
      keep(await host.call('put', { text: `host ${name} says ${i}` }))
      if (i % 10 === 0) assert.equal((await host.call('find', { query: `host ${name}` })).isError, false)
    }
  }
  const byCommand = async () => {
    for (let i = 0; Date.now() < end; i++) {
      const run = await workspace.run('memvid', ['put', 'a.mv2', '--input', '-', '--json'], { input: `the shell says ${i}` })
      assert.equal(run.code, 0, run.stderr)
      acknowledged.add((JSON.parse(run.stdout) as { frame_id: number }).frame_id)
    }
  }
  await Promise.all([...hosts.map(byHost), byCommand()])
  const ended = (await hosts[1]?.call('session_end'))?.value as { actions: Record<string, number> }
  const mem = await open(workspace.path('a.mv2'))
  assert.ok(acknowledged.size > 20)
  assert.equal((await mem.stats()).frameCount, acknowledged.size)
  assert.equal((ended.actions['put'] ?? 0) + (ended.actions['put-many'] ?? 0), acknowledged.size)
  t.diagnostic(`${acknowledged.size} puts acknowledged, as many stored`)
  assert.deepEqual((await mem.verify()).damages, [])
  await mem.close()
})
