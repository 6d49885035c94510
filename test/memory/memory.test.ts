import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { create, open, type PutItem } from '../../src/index.js'
import { anotherHandle, fails, newMemory, scratch } from './support.js'

test('create makes a file or opens it, open refuses a missing one', async (t) => {
  const path = join(scratch(t), 'new.mv2')
  await assert.rejects(open(path), fails('NotFound'))
  const first = await create(path, { enableVec: false })
  await first.put({ text: 'kept' })
  await first.close()
  const second = await create(path, { enableVec: true })
  t.after(() => second.close())
  assert.equal((await second.get(0)).text, 'kept')
  await assert.rejects(create('', {}), fails('InvalidInput', /path of the memory/))
  await assert.rejects(create('a\0b', {}), fails('InvalidInput', /NUL/))
  await assert.rejects(create(path, { enable_vec: true } as never), fails('InvalidInput', /no option "enable_vec"/))
  await assert.rejects(create(path, { enableVec: false, vectorDim: 8 }), fails('InvalidInput', /vectorDim needs vectors/))
})

test('what was put comes back as it was', async (t) => {
  const mem = await newMemory(t)
  const timestamp = new Date('2024-12-27T10:00:00Z')
  const put = await mem.put({
    text: 'Ein Übernahmeangebot — 收购要约 \u{1F4C4}',
    title: 'Angebot',
    uri: 'mv2://offers/1',
    tags: ['deal', '收购'],
    metadata: { author: 'Ann', pages: 3, nested: { draft: false } },
    timestamp,
  })
  assert.equal(put.frameId, 0)
  assert.equal(put.durability, 'durable')
  const frame = await mem.get('mv2://offers/1')
  assert.equal(frame.text, 'Ein Übernahmeangebot — 收购要约 \u{1F4C4}')
  assert.equal(frame.title, 'Angebot')
  assert.deepEqual(frame.tags, ['deal', '收购'])
  assert.deepEqual(frame.metadata, { author: 'Ann', pages: 3, nested: { draft: false } })
  assert.equal(frame.timestampMs, timestamp.getTime())
  assert.equal(frame.contentHash, put.contentHash)
  assert.equal(frame.status, 'active')
  const bytes = await mem.put({ bytes: new Uint8Array([0, 255, 10]), title: 'raw' })
  const raw = await mem.get(bytes.frameId)
  assert.deepEqual([...raw.bytes!], [0, 255, 10])
  assert.equal(raw.text, undefined)
})

test('path reads text as text and the rest as bytes, and never waits for what is no file', async (t) => {
  const mem = await newMemory(t)
  const folder = dirname(mem.path)
  writeFileSync(join(folder, 'notes.md'), '# Notes\nÜber den Fluss')
  writeFileSync(join(folder, 'blob.bin'), Buffer.from([0xff, 0xfe, 0x00]))
  mkdirSync(join(folder, 'sub'))
  const notes = await mem.get((await mem.put({ path: join(folder, 'notes.md') })).frameId)
  assert.deepEqual([notes.title, notes.mimeType, notes.text], ['notes.md', 'text/markdown', '# Notes\nÜber den Fluss'])
  const blob = await mem.get((await mem.put({ path: join(folder, 'blob.bin') })).frameId)
  assert.deepEqual([blob.title, blob.text], ['blob.bin', undefined])
  await assert.rejects(mem.put({ path: join(folder, 'sub') }), fails('NotAFile'))
  await assert.rejects(mem.put({ path: join(folder, 'missing.txt') }), fails('NotFound'))
})

test('a bad document is refused in the words of the caller', async (t) => {
  const mem = await newMemory(t)
  const bad: [unknown, RegExp][] = [
    [{}, /exactly one of text, bytes and path, got none/],
    [{ text: 'a', bytes: new Uint8Array() }, /got text and bytes/],
    [{ text: 7 }, /text is a text/],
    [{ text: 'a', titel: 'b' }, /no option "titel"/],
    [{ text: 'a', tags: 'b' }, /tags is a list of texts/],
    [{ text: 'a', timestamp: 'soon' }, /timestamp is a Date/],
    [{ text: 'a', metadata: [1] }, /metadata is an object/],
    [{ text: 'a', uri: '' }, /uri is empty/],
    [null, /options are an object/],
  ]
  for (const [item, message] of bad) await assert.rejects(mem.put(item as PutItem), fails('InvalidInput', message))
  assert.equal((await mem.stats()).frameCount, 0)
})

test('update keeps what is not given, and the old version stays readable by id', async (t) => {
  const mem = await newMemory(t)
  const old = await mem.put({ text: 'first', title: 'T', tags: ['a'], metadata: { n: 1 }, uri: 'mv2://doc' })
  const updated = await mem.update('mv2://doc', { text: 'second' })
  assert.equal(updated.supersedes, old.frameId)
  const frame = await mem.get('mv2://doc')
  assert.deepEqual([frame.frameId, frame.text, frame.title, frame.tags, frame.metadata], [updated.frameId, 'second', 'T', ['a'], { n: 1 }])
  const before = await mem.get(old.frameId)
  assert.deepEqual([before.text, before.status, before.supersededBy], ['first', 'superseded', updated.frameId])
  await assert.rejects(mem.update(old.frameId, { text: 'third' }), fails('FrameNotFound', /superseded/))
  await assert.rejects(mem.update('mv2://doc', {}), fails('InvalidInput', /nothing to change/))
  await assert.rejects(mem.update('mv2://nowhere', { text: 'x' }), fails('FrameNotFound'))
})

test('delete hides a document and keeps its bytes', async (t) => {
  const mem = await newMemory(t)
  const { frameId } = await mem.put({ text: 'secret plan of the mill', uri: 'mv2://plan' })
  assert.deepEqual(await mem.delete('mv2://plan'), { frameId, uri: 'mv2://plan', commit: 2 })
  assert.equal((await mem.find('mill')).hits.length, 0)
  await assert.rejects(mem.get('mv2://plan'), fails('FrameNotFound'))
  assert.equal((await mem.get(frameId)).status, 'deleted')
  await assert.rejects(mem.delete(frameId), fails('FrameNotFound'))
  await assert.rejects(mem.delete(-1), fails('InvalidInput'))
})

test('putMany commits in batches, reports progress, and says how much of an aborted run stays', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  const seen: number[] = []
  const items = Array.from({ length: 2500 }, (_, n) => ({ text: `document number ${n}` }))
  const result = await mem.putMany(items, { onProgress: ({ done, total }) => seen.push(done, total!) })
  assert.deepEqual([result.count, result.commits, result.frameIds.length], [2500, 3, 2500])
  assert.deepEqual(seen, [1000, 2500, 2000, 2500, 2500, 2500])

  const controller = new AbortController()
  async function* endless() {
    for (let n = 0; ; n++) {
      if (n === 1500) controller.abort()
      yield { text: `endless ${n}` }
    }
  }
  await assert.rejects(mem.putMany(endless(), { signal: controller.signal }), (error: { code: string; details: { committed: number } }) => {
    assert.equal(error.code, 'Aborted')
    assert.equal(error.details.committed, 1000)
    return true
  })
  assert.equal((await mem.stats()).liveFrameCount, 3500)
})

test('a bad item of putMany is named by its place', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  await assert.rejects(mem.putMany([{ text: 'good' }, { txt: 'bad' } as never]), fails('InvalidInput', /item 1: putMany: .*"txt"/))
  await assert.rejects(mem.putMany('text' as never), fails('InvalidInput', /iterable/))
  assert.deepEqual((await mem.putMany([])).count, 0)
})

test('find searches by words, by meaning and both, with filters and at past commits', async (t) => {
  const mem = await newMemory(t)
  await mem.putMany([
    { text: 'Databricks purchased MosaicML for 1.3 billion dollars.', tags: ['deal'], uri: 'mv2://news/1', timestamp: '2023-06-26' },
    { text: 'The mill burned down in 1871.', uri: 'mv2://history/1', timestamp: '1999-01-01' },
    { text: '收购价格为二十亿美元', uri: 'mv2://news/2', tags: ['deal', 'zh'], timestamp: '2024-01-01' },
  ])
  const byWords = await mem.find('mill', { mode: 'lex' })
  assert.deepEqual(byWords.hits.map((hit) => hit.uri), ['mv2://history/1'])
  assert.equal(byWords.hits[0]!.rank, 1)
  assert.ok(byWords.hits[0]!.scores.text! > 0)
  assert.equal(byWords.hits[0]!.scores.vector, null)
  const byMeaning = await mem.find('company acquisition', { mode: 'vec', k: 1 })
  assert.equal(byMeaning.hits.length, 1)
  assert.ok(byMeaning.hits[0]!.scores.vector !== null)
  assert.equal((await mem.find('收购')).hits[0]!.uri, 'mv2://news/2')
  assert.deepEqual((await mem.find('billion OR 收购', { tags: ['zh'] })).hits.map((hit) => hit.uri), ['mv2://news/2'])
  assert.ok((await mem.find('purchased mill', { scope: 'mv2://news/' })).hits.every((hit) => hit.uri.startsWith('mv2://news/')))
  assert.deepEqual((await mem.find('mill', { before: '2000-01-01', mode: 'lex' })).hits.length, 1)
  assert.deepEqual((await mem.find('mill', { after: '2000-01-01', mode: 'lex' })).hits.length, 0)
  const { commit } = await mem.refresh()
  await mem.update('mv2://history/1', { text: 'The brewery burned down in 1871.' })
  assert.equal((await mem.find('mill', { mode: 'lex' })).hits.length, 0)
  assert.equal((await mem.find('mill', { mode: 'lex', asOf: commit })).hits.length, 1)
  assert.equal((await mem.get('mv2://history/1', { asOf: commit })).text, 'The mill burned down in 1871.')
})

test('find refuses what it can not do, and a malformed query is searched all the same', async (t) => {
  const mem = await newMemory(t)
  await mem.put({ text: 'quotes " and (brackets' })
  await assert.rejects(mem.find(''), fails('InvalidInput', /query is empty/))
  await assert.rejects(mem.find('x', { k: 0 }), fails('InvalidInput', /k is a whole number from 1/))
  await assert.rejects(mem.find('x', { topK: 3 } as never), fails('InvalidInput', /no option "topK"/))
  await assert.rejects(mem.find('x', { adaptive: { treshold: 1 } as never }), fails('InvalidInput', /no option "treshold"/))
  await assert.rejects(mem.find('x', { asOf: 'yesterday-ish' }), fails('InvalidInput', /asOf is a commit number/))
  assert.equal((await mem.find('quotes " (brackets', { mode: 'lex' })).hits.length, 1)
})

test('adaptive cuts by score and says so', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  const strong = Array.from({ length: 5 }, (_, n) => ({ text: `kestrel kestrel kestrel ${n}` }))
  const sentence = 'one kestrel among many other words of a long sentence about birds and the sea'
  const weak = Array.from({ length: 30 }, (_, n) => ({ text: `${sentence} ${n}` }))
  await mem.putMany([...strong, ...weak])
  const fixed = await mem.find('kestrel', { k: 20 })
  assert.deepEqual([fixed.cut.rule, fixed.cut.kept], ['top-k', 20])
  const adaptive = await mem.find('kestrel', { adaptive: { threshold: 0.9 } })
  assert.equal(adaptive.cut.rule, 'relative')
  assert.equal(adaptive.hits.length, 5)
  assert.ok(adaptive.cut.threshold! > 0)
})

test('vectors of one\'s own are searched and given back', async (t) => {
  const mem = await newMemory(t, { vectorDim: 3 })
  await mem.put({ text: 'north', vector: [0, 1, 0] })
  await mem.put({ text: 'east', vector: new Float32Array([1, 0, 0]) })
  const { hits } = await mem.find('', { vector: [0.9, 0.1, 0], mode: 'vec' })
  assert.equal(hits[0]!.frameId, 1)
  const views = await mem.vectors()
  assert.deepEqual(views.map((view) => view.dim), views.map(() => 3))
  assert.equal(views.reduce((sum, view) => sum + view.frameIds.length, 0), 2)
  await assert.rejects(mem.find('', { vector: [1, 2], mode: 'vec' }), fails('VectorMismatch'))
})

test('another handle sees what was committed at once; a closed one refuses', async (t) => {
  const mem = await newMemory(t)
  const other = await anotherHandle(t, mem)
  await mem.put({ text: 'fresh news' })
  assert.equal((await other.find('fresh', { mode: 'lex' })).hits.length, 1)
  await other.put({ text: 'answer to it' })
  assert.equal((await mem.timeline()).length, 2)
  const third = await open(mem.path)
  await third.close()
  await assert.rejects(third.put({ text: 'x' }), fails('Closed'))
})

test('a read-only handle reads and refuses to write', async (t) => {
  const mem = await newMemory(t)
  await mem.put({ text: 'kept' })
  const reader = await anotherHandle(t, mem, { readOnly: true })
  assert.equal((await reader.get(0)).text, 'kept')
  await assert.rejects(reader.put({ text: 'x' }), fails('ReadOnly'))
})

test('timeline, stats and verify', async (t) => {
  const mem = await newMemory(t)
  for (const day of ['2024-03-01', '2024-01-01', '2024-02-01']) await mem.put({ text: `day ${day}`, timestamp: day })
  const days = (entries: { preview: string }[]) => entries.map((entry) => entry.preview.slice(4, 14))
  assert.deepEqual(days(await mem.timeline()), ['2024-01-01', '2024-02-01', '2024-03-01'])
  assert.deepEqual(days(await mem.timeline({ reverse: true, limit: 1 })), ['2024-03-01'])
  assert.deepEqual(days(await mem.timeline({ after: '2024-01-15', before: '2024-02-15' })), ['2024-02-01'])
  assert.equal((await mem.stats()).liveFrameCount, 3)
  const report = await mem.verify()
  assert.deepEqual([report.ok, report.damages], [true, []])
})

test('a search on the calling thread gives the same, errors too', async (t) => {
  const mem = await newMemory(t)
  await mem.putMany(['the mill burned down', 'the mill was built again', 'a bridge over the river'].map((text) => ({ text })))
  const { latencyMs: _, ...expected } = await mem.find('mill')
  const { latencyMs: __, ...found } = await mem.find('mill', { blocking: true })
  assert.equal(found.hits.length > 0, true)
  assert.deepEqual(found, expected)
  await assert.rejects(mem.find('mill', { blocking: true, vector: [1, 2, 3] }), fails('VectorMismatch'))
})

test('a search without a mode uses vectors as soon as the file has some', async (t) => {
  const mem = await newMemory(t)
  assert.equal((await mem.find('mill')).mode, 'lex')
  await mem.put({ text: 'the mill burned down' })
  assert.equal((await mem.find('mill')).mode, 'hybrid')
})

test('a blocking put gives what another one gives, and many of them are sealed in between', async (t) => {
  const mem = await newMemory(t)
  for (let index = 0; index < 200; index++) {
    const { frameId, durability } = await mem.put({ text: `the mill ${index}` }, { blocking: true })
    assert.deepEqual([frameId, durability], [index, 'durable'])
  }
  const { unsealedFrames, liveFrameCount } = await mem.stats()
  assert.equal(liveFrameCount, 200)
  assert.ok(unsealedFrames < 100, `${unsealedFrames} are left to each search`)
  assert.equal((await mem.put({ text: 'quick' }, { blocking: true, durability: 'none' })).durability, 'none')
  await assert.rejects(mem.put({ text: 'x' }, { blocking: true, durability: 'group' }), fails('InvalidInput'))
  await assert.rejects(mem.put({ text: 'x', vector: [1, 2] }, { blocking: true }), fails('VectorMismatch'))
  assert.equal((await mem.stats()).liveFrameCount, 201)
})

test('nothing is committed after items that end with an error', async (t) => {
  const mem = await newMemory(t, { enableVec: false })
  function* items() {
    for (let i = 0; i < 5_500; i++) yield { text: `the mill ${i}` }
    throw new Error('no more')
  }
  await assert.rejects(mem.putMany(items()), /no more/)
  const { frameCount } = await mem.stats()
  assert.ok(frameCount >= 3_000)
  assert.equal((await mem.put({ text: 'after' })).frameId, frameCount)
})

test('close lets go of the file: no mapping and no descriptor of it is left', async (t) => {
  const mem = await newMemory(t)
  await mem.put({ text: 'The mill burned down in 1871.' })
  await mem.find('mill')
  // A put's own view may be of memory; a second handle reads from the mapped file.
  const other = await anotherHandle(t, mem)
  await other.find('mill')
  const held = (): number => readFileSync('/proc/self/maps', 'utf8').split(mem.path).length - 1
  if (process.platform === 'linux') assert.ok(held() > 0, 'or this shows nothing')
  await mem.close()
  await other.close()
  if (process.platform === 'linux') assert.equal(held(), 0)
  await assert.rejects(other.get(0), fails('Closed'))
})
