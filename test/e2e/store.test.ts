/** Storing, finding and getting documents of every kind, in every script. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Workspace } from './support/cli.js'

interface Hit {
  uri: string
  title: string | null
  snippet: string
  frame_id: number
  rank: number
}

interface Found {
  hits: Hit[]
  total: number
}

async function made(workspace: Workspace, ...options: string[]): Promise<void> {
  await workspace.ok('create', 'knowledge.mv2', ...options)
}

test('a folder is stored in a stable order, with URIs from its paths and titles from its contents', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace)
  mkdirSync(workspace.path('docs/Ünïcode 文書'), { recursive: true })
  mkdirSync(workspace.path('docs/.git'))
  writeFileSync(workspace.path('docs/.git/config'), 'hidden')
  writeFileSync(workspace.path('docs/b.md'), '```\n# not this\n```\n\n# The *second* title #\n\nText about mills.\n')
  writeFileSync(
    workspace.path('docs/a.html'),
    '<html><head><title>Caf&eacute; &amp; Bar</title><script>evil()</script></head><body><h1>Menu</h1><p>Soup.</p></body></html>',
  )
  writeFileSync(workspace.path('docs/Ünïcode 文書/記録.txt'), '水車は一八七一年に焼けました。')
  writeFileSync(workspace.path('docs/picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]))
  writeFileSync(
    workspace.path('docs/rows.jsonl'),
    '{"text":"row one","uri":"mv2://rows/1","timestamp":"2024-05-01"}\n{"text":"row two","metadata":{"someKey":1}}\n',
  )
  symlinkSync('.', workspace.path('docs/loop'))
  const run = await workspace.memvid(['put', 'knowledge.mv2', '--input', 'docs', '--tag', 'all'])
  assert.equal(run.code, 0, run.stderr)
  assert.equal(run.stdout, 'Stored 5 documents as frames 0 to 4. 2 skipped.\n')
  assert.equal(run.stderr, 'skipped docs/loop: not a plain file\nskipped docs/picture.png: not text\n')

  const entries = await workspace.json<{ frame_id: number; uri: string; title: string | null; tags: string[] }[]>(
    'timeline',
    'knowledge.mv2',
  )
  const byFrame = entries.sort((a, b) => a.frame_id - b.frame_id)
  assert.deepEqual(
    byFrame.map(({ uri, title }) => [uri, title]),
    [
      ['mv2://docs/a.html', 'Café & Bar'],
      ['mv2://docs/b.md', 'The *second* title'],
      ['mv2://rows/1', null],
      ['mv2://frames/3', null],
      ['mv2://docs/Ünïcode 文書/記録.txt', '記録.txt'],
    ],
  )
  assert.ok(byFrame.every(({ tags }) => tags.includes('all')))
  const html = await workspace.ok('get', 'knowledge.mv2', 'mv2://docs/a.html')
  assert.equal(html.replace(/\s+/g, ' ').trim(), 'Menu Soup.')
  assert.equal((await workspace.json<{ metadata: unknown }>('get', 'knowledge.mv2', '3')).metadata && true, true)
  assert.deepEqual((await workspace.json<{ metadata: unknown }>('get', 'knowledge.mv2', '3')).metadata, { someKey: 1 })

  const again = await workspace.ok('put', 'knowledge.mv2', '--input', 'docs')
  assert.match(again, /^Stored 5 documents/)
  assert.equal((await workspace.json<{ live_frame_count: number }>('stats', 'knowledge.mv2')).live_frame_count, 6)
  assert.deepEqual(
    readdirSync(workspace.folder).filter((name) => name.startsWith('knowledge')),
    ['knowledge.mv2'],
  )
})

test('every script is found, shown and got back byte for byte', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace)
  const texts = [
    '水車は一八七一年に焼けました。',
    'Das Mühlenwerk brannte nieder — naïve façade',
    'Η μύλος κάηκε',
    'المطحنة احترقت',
    'Мельница сгорела 🔥🦆',
    'e\u0301tude',
  ]
  for (const [index, text] of texts.entries()) {
    const run = await workspace.memvid(
      ['put', 'knowledge.mv2', '--input', '-', '--title', `題 ${index} ñ`, '--uri', `mv2://ключ/${index}`],
      { input: text },
    )
    assert.equal(run.stdout, `Stored frame ${index} as mv2://ключ/${index}.\n`)
    assert.equal(await workspace.ok('get', 'knowledge.mv2', `mv2://ключ/${index}`), text)
  }
  const queries = ['水車', 'Mühlenwerk', 'μύλος', 'المطحنة', 'Мельница', 'e\u0301tude']
  for (const [index, query] of queries.entries()) {
    const { hits } = await workspace.json<Found>('find', 'knowledge.mv2', '--query', query, '--mode', 'lex')
    assert.equal(hits[0]?.frame_id, index, query)
    assert.equal(hits[0]?.title, `題 ${index} ñ`)
  }
})

test('bytes are kept as they are', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace)
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) % 256))
  writeFileSync(workspace.path('data.bin'), bytes)
  await workspace.ok('put', 'knowledge.mv2', '--input', 'data.bin')
  await workspace.shell('memvid get knowledge.mv2 0 > copy.bin && cmp data.bin copy.bin && touch same')
  assert.ok(readdirSync(workspace.folder).includes('same'))
  assert.equal((await workspace.json<{ bytes: string }>('get', 'knowledge.mv2', '0')).bytes, bytes.toString('hex'))
})

test('filters: tag, scope, time, and the memory as it was', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace)
  const rows = [
    { text: 'price of steel', uri: 'mv2://a/1', tags: ['x', 'y'], timestamp: '2020-01-01' },
    { text: 'price of tea', uri: 'mv2://b/1', tags: ['x'], timestamp: '2022-01-01' },
    { text: 'price of wool', uri: 'mv2://b/2', timestamp: '2024-01-01' },
  ]
  writeFileSync(workspace.path('rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
  await workspace.ok('put', 'knowledge.mv2', '--input', 'rows.jsonl')
  const { commits } = await workspace.json<{ commits: number }>('stats', 'knowledge.mv2')
  await workspace.memvid(['put', 'knowledge.mv2', '--input', '-', '--uri', 'mv2://b/3'], { input: 'price of silk' })
  const uris = async (...words: string[]): Promise<string[]> => {
    const { hits } = await workspace.json<Found>('find', 'knowledge.mv2', '--query', 'price', '--mode', 'lex', ...words)
    return hits.map(({ uri }) => uri).sort()
  }
  assert.deepEqual(await uris('--tag', 'x'), ['mv2://a/1', 'mv2://b/1'])
  assert.deepEqual(await uris('--tag', 'x', '--tag', 'y'), ['mv2://a/1'])
  assert.deepEqual(await uris('--scope', 'mv2://b/'), ['mv2://b/1', 'mv2://b/2', 'mv2://b/3'])
  assert.deepEqual(await uris('--after', '2022-01-01', '--before', '2024-01-01'), ['mv2://b/1'])
  assert.deepEqual(await uris('--as-of', String(commits - 1)), ['mv2://a/1', 'mv2://b/1', 'mv2://b/2'])
  assert.equal((await uris('--top-k', '2')).length, 2)
})

test('update supersedes, delete hides, and history stays', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace)
  writeFileSync(workspace.path('one.txt'), 'The mill stood by the river.')
  writeFileSync(workspace.path('two.txt'), 'The mill burned down.')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'one.txt', '--uri', 'mv2://mill')
  assert.equal(
    await workspace.ok('update', 'knowledge.mv2', 'mv2://mill', '--input', 'two.txt'),
    'Frame 0 is superseded by frame 1 as mv2://mill.\n',
  )
  assert.equal(await workspace.ok('get', 'knowledge.mv2', 'mv2://mill'), 'The mill burned down.')
  assert.equal(await workspace.ok('get', 'knowledge.mv2', '0'), 'The mill stood by the river.')
  assert.equal(await workspace.ok('delete', 'knowledge.mv2', 'mv2://mill'), 'Deleted frame 1 (mv2://mill).\n')
  assert.equal((await workspace.memvid(['get', 'knowledge.mv2', 'mv2://mill'])).code, 1)
  assert.equal((await workspace.json<{ status: string }>('get', 'knowledge.mv2', '1')).status, 'deleted')
  assert.equal((await workspace.json<Found>('find', 'knowledge.mv2', '--query', 'mill')).hits.length, 0)
})

test('a file without vectors is searched by words', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace, '--no-vec')
  await workspace.memvid(['put', 'knowledge.mv2', '--input', '-'], { input: 'The mill stood by the river.' })
  const found = await workspace.json<Found & { mode: string }>('find', 'knowledge.mv2', '--query', 'mill')
  assert.deepEqual([found.mode, found.hits.length], ['lex', 1])
  assert.equal((await workspace.memvid(['find', 'knowledge.mv2', '--query', 'mill', '--mode', 'vec'])).code, 1)
})

test('your own vectors are searched by them', async (t) => {
  const workspace = new Workspace(t)
  await made(workspace, '--vector-dim', '4')
  const rows = [
    { text: 'north', vector: [1, 0, 0, 0] },
    { text: 'south', vector: [0, 1, 0, 0] },
  ]
  const put = await workspace.memvid(['put', 'knowledge.mv2', '--input', '-', '--format', 'jsonl'], {
    input: rows.map((row) => JSON.stringify(row)).join('\n'),
  })
  assert.equal(put.code, 0, put.stderr)
  assert.equal((await workspace.json<{ vector_dim: number }>('stats', 'knowledge.mv2')).vector_dim, 4)
})
