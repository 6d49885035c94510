/** What the routes of the Time Machine give: recorded data and what is computed from it, nothing else. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { open } from '../../src/index.js'
import { setEnvironment } from '../memory/support.js'
import { assertNoKey, CANARY } from '../support/canary.js'
import { startStandIn } from '../support/stand-in/index.js'
import type { ActionDetail, ApiError, CommitPage, CompareView, DocumentPage, EstimateView, ExportData, FileView, MissView, ReaskView, SearchView, SessionDetail, SessionRow, Timeline } from '../../src/ui/api.js'
import { pageIsBuilt } from '../../src/ui/server/assets.js'
import { Turns } from '../../src/ui/server/turns.js'
import { makePage, startTestUi } from './server.js'

test('the file: sizes add up, history and growth end at the newest commit, documents are those of a commit', async (t) => {
  const ui = await startTestUi(t)
  const file = await ui.get<FileView>('/api/file')
  const { textIndex, vectorIndex, tables, documentsAndHistory } = file.parts
  assert.equal(textIndex + vectorIndex + tables + documentsAndHistory, file.stats.sizeBytes)
  assert.equal(file.name, 'demo.mv2')
  assert.equal(file.canAsk, false)
  assert.equal(file.growth.at(-1)!.commit, file.snapshot.commit)
  const page = await ui.get<CommitPage>('/api/commits?limit=4')
  assert.deepEqual(page.commits[0], file.snapshot)
  const next = await ui.get<CommitPage>(`/api/commits?limit=500&before=${page.next}`)
  assert.deepEqual([next.commits[0]!.commit, next.next], [file.snapshot.commit - 4, null])
  const ids = async (query: string) => (await ui.get<DocumentPage>(`/api/documents?limit=500${query}`)).documents.map(({ frameId }) => frameId)
  const firstPage = await ui.get<DocumentPage>('/api/documents?limit=10')
  assert.deepEqual([firstPage.documents.length, firstPage.next], [10, 10])
  const rest = await ui.get<DocumentPage>('/api/documents?limit=500&offset=10')
  assert.deepEqual([rest.documents.length, rest.next], [file.stats.liveFrameCount - 10, null])
  const { deletedFrame } = ui.demo
  assert.ok(!(await ids('')).includes(deletedFrame))
  assert.ok((await ids('&asOf=5')).includes(deletedFrame))
  assert.equal((await ui.get<{ status: string }>(`/api/frames/${deletedFrame}`)).status, 'deleted')
  assert.equal((await ui.get<{ status: string }>(`/api/frames/${deletedFrame}?asOf=5`)).status, 'active')
})

test('sessions: rows and columns agree with the record, and what was not captured is null', async (t) => {
  const ui = await startTestUi(t)
  const rows = await ui.get<SessionRow[]>('/api/sessions')
  assert.deepEqual(rows.map(({ name }) => name), ['research', 'research, adaptive'])
  const [first] = rows
  assert.deepEqual(first!.models, ['openai:gpt-4o-mini', 'local:extractive'])
  assert.equal(first!.actions.ask, 4)
  const timeline = await ui.get<Timeline>('/api/sessions/research/timeline')
  assert.deepEqual(first!.lowestGrounding, Math.min(...timeline.grounding.filter((score) => score !== null)))
  assert.ok(rows[1]!.lowestGrounding! < first!.lowestGrounding!)
  for (const [name, column] of Object.entries(timeline)) if (Array.isArray(column)) assert.equal(column.length, 11, name)
  assert.deepEqual([timeline.model[2], timeline.costUsd[2], timeline.grounding[2], timeline.cached[2]], [null, null, null, null])
  assert.equal(timeline.startMs[9], timeline.timeMs[9]! - 5000)
  const detail = await ui.get<SessionDetail>(`/api/sessions/${first!.sessionId}`)
  assert.deepEqual(detail.checkpoints.map(({ name, number, action }) => [name, number, action]), [['before the follow-up', 1, 6]])
  const missing = await ui.send('/api/sessions/nobody')
  assert.deepEqual([missing.status, (missing.json() as ApiError).error.code], [404, 'SessionNotFound'])
})

test('what another process records meanwhile is seen', async (t) => {
  const ui = await startTestUi(t)
  const writer = await open(ui.demo.path)
  t.after(() => writer.close())
  await writer.sessionStart('live')
  const kinds = async () => (await ui.get<Timeline>('/api/sessions/live/timeline')).kind
  assert.deepEqual(await kinds(), [])
  await writer.record({ name: 'step' })
  assert.deepEqual(await kinds(), ['tool-call'])
  const before = await writer.sessionView('live')
  assert.equal((await ui.send('/api/sessions/live/actions/0')).status, 200)
  assert.deepEqual(await writer.sessionView('live'), before, 'looking records nothing')
})

test('an action: candidates with the cut, the verified prompt, and what became of its frames', async (t) => {
  const ui = await startTestUi(t)
  const action = (number: number) => ui.get<ActionDetail>(`/api/sessions/research/actions/${number}`)
  const { search, frames } = await action(0)
  assert.equal(search!.cut.kept, 5)
  assert.ok(search!.candidates.length > 5)
  assert.ok(search!.candidates.every(({ score }, index, all) => index === 0 || score <= all[index - 1]!.score))
  assert.match(frames.find(({ frameId }) => frameId === ui.demo.deletedFrame)!.note!, /^deleted since/)
  const { ask } = await action(3)
  assert.equal(ask!.context!.status, 'VERIFIED')
  assert.ok(ask!.context!.frames.every(({ hashMatches }) => hashMatches))
  assert.match(ask!.context!.prompt!.at(-1)!.content, /What was the acquisition price of the harbour\?/)
  assert.ok(ask!.context!.passages!.some(({ text }) => text.includes('$2 billion')))
  assert.equal(ask!.grounding!.sentences[0]!.verdict, 'SUPPORTED')
  const tool = await action(2)
  assert.deepEqual([tool.search, tool.ask, tool.frames], [null, null, []])
  assert.equal((await ui.send('/api/sessions/research/actions/11')).status, 404)
})

test('turning the knobs gives what such a search finds, and says of each document why', async (t) => {
  const ui = await startTestUi(t)
  const at = '/api/sessions/research/actions/0'
  const same = (await ui.send(`${at}/search`, {})).json() as SearchView
  assert.equal(same.find.status, 'IDENTICAL')
  const wider = (await ui.send(`${at}/search`, { topK: 12 })).json() as SearchView
  assert.equal(wider.find.newFrames.length, 12)
  assert.equal(wider.find.came.length, 7)
  assert.ok(wider.find.came.every(({ note, reason }) => note !== '' && reason === 'below-top-k'))
  assert.deepEqual(wider.candidates.slice(0, 12).map(({ frameId }) => frameId), wider.find.newFrames)
  const now = (await ui.send(`${at}/search`, { asOf: 'now' })).json() as SearchView
  assert.deepEqual(now.find.went.map(({ frameId, reason }) => [frameId, reason]), [[ui.demo.deletedFrame, 'deleted']])
  const missed = wider.find.came.at(-1)!.frameId
  const { expected, sweep } = (await ui.send(`${at}/miss`, { expect: missed, sweep: 'top-k=4..64' })).json() as MissView
  assert.equal(expected.recorded!.reason, 'below-top-k')
  const k = expected.recorded!.need!.k!
  assert.ok(((await ui.send(`${at}/search`, { topK: k })).json() as SearchView).find.newFrames.includes(missed))
  assert.ok(!((await ui.send(`${at}/search`, { topK: k - 1 })).json() as SearchView).find.newFrames.includes(missed))
  assert.ok(sweep!.some(({ found }) => found) && sweep!.some(({ found }) => !found))
  // An ask's search too; what is no search is refused, and so is what is no setting.
  assert.equal((await ui.send('/api/sessions/research/actions/3/search', { topK: 2 })).status, 200)
  assert.equal((await ui.send('/api/sessions/research/actions/2/search', {})).status, 409)
  for (const wrong of [{ topK: 0 }, { topK: '5' }, { alpha: 2 }, { mode: 'all' }, { useModel: 'openai' }, { adaptive: { rule: 'x' } }, { asOf: -1 }, { save: true }]) {
    assert.equal((await ui.send(`${at}/search`, wrong)).status, 400, JSON.stringify(wrong))
  }
})

test('compared: the differences of the second less the first, the worst first', async (t) => {
  const ui = await startTestUi(t)
  const { sessions } = (await ui.send('/api/compare', { sessions: ['research', 'research, adaptive'] })).json() as CompareView
  const [pair] = sessions!
  assert.equal(pair!.answers.length, 4)
  const changes = pair!.answers.map(({ grounding }) => grounding ?? 0)
  assert.deepEqual(changes, changes.toSorted((a, b) => a - b))
  assert.ok(changes[0]! < 0)
  const asks = [3, 1].map((action, index) => ({ session: index === 0 ? 'research' : 'research, adaptive', action }))
  const { answers } = (await ui.send('/api/compare', { asks })).json() as CompareView
  const [{ a, b, costUsd, wordDiff }] = answers as [NonNullable<CompareView['answers']>[number]]
  assert.deepEqual([a.model, b.model], ['openai:gpt-4o-mini', 'openai:gpt-4o'])
  assert.equal(Number(costUsd).toFixed(12), (Number(b.costUsd) - Number(a.costUsd)).toFixed(12))
  const without = (dropped: string) => wordDiff.filter(({ change }) => change !== dropped).map(({ value }) => value).join('')
  assert.deepEqual([without('added'), without('removed')], [a.answer, b.answer])
  assert.ok(wordDiff.some(({ value, change }) => change === 'removed' && value === '2'))
  assert.equal((await ui.send('/api/compare', { asks: [{ session: 'research', action: 0 }, { session: 'research', action: 3 }] })).status, 409)
})

test('a model is asked only where that is allowed, after an estimate, once, and for no more than was confirmed', async (t) => {
  const provider = await startStandIn({ provider: 'openai', key: CANARY })
  t.after(() => provider.close())
  setEnvironment(t, { OPENAI_API_KEY: CANARY, OPENAI_BASE_URL: provider.baseUrl })
  const at = '/api/sessions/research/actions/3'

  const closed = await startTestUi(t)
  for (const [route, body] of [['estimate', { models: ['openai:gpt-4o'] }], ['reask', { confirmation: '0'.repeat(32) }]] as const) {
    const { status, json } = await closed.send(`${at}/${route}`, body)
    assert.deepEqual([status, (json() as ApiError).error.code], [403, 'ReadOnly'])
  }

  const ui = await startTestUi(t, { allowAsk: true })
  const estimated = (await ui.send(`${at}/estimate`, { models: ['openai:gpt-4o', 'openai:gpt-4o-mini'], maxOutputTokens: 50 })).json() as EstimateView
  assert.equal(provider.requests.length, 0, 'an estimate sends nothing')
  const [dear, cheap] = estimated.models
  assert.ok(Number(dear!.expectedCostUsd) < Number(dear!.maxCostUsd) && Number(cheap!.maxCostUsd) < Number(dear!.maxCostUsd))
  const { confirmation } = estimated
  assert.equal((await ui.send('/api/sessions/research/actions/4/reask', { confirmation })).status, 409, 'it is for another action')
  assert.equal((await ui.send(`${at}/reask`, { confirmation: 'f'.repeat(32) })).status, 409)
  assert.equal(provider.requests.length, 0)
  const reply = await ui.send(`${at}/reask`, { confirmation })
  const asked = reply.json() as ReaskView
  assert.equal(asked.stopped, null)
  assert.deepEqual(asked.ask.answers!.map(({ model }) => model), ['openai:gpt-4o', 'openai:gpt-4o-mini'])
  assert.equal(provider.requests.length, 2)
  assertNoKey(reply.text, 'the reply')
  assert.ok(Number(asked.models![1]!.costUsd) <= Number(estimated.maxCostUsd))
  assert.equal((await ui.send(`${at}/reask`, { confirmation })).status, 409, 'it is spent')
  assert.equal(provider.requests.length, 2)
  const unknown = await ui.send(`${at}/estimate`, { models: ['openai:no-such-model-9'] })
  assert.deepEqual([unknown.status, (unknown.json() as ApiError).error.code], [409, 'UnknownPrice'])
})

test('an export holds the session and nothing that could run but the page', async (t) => {
  const injections = ['</script><script>alert(1)</script>', '<!-- <script>', '$& $1 \u2028']
  const ui = await startTestUi(t, {}, { injections })
  const { text, headers } = await ui.send(`/api/export?session=${ui.demo.sessions.injected}`)
  assert.match(headers['content-type']!, /^text\/html/)
  assert.equal(text.match(/<script\b/g)!.length, 2)
  const [, data] = /<script type="application\/json" id="memvid-export">(.*?)<\/script>/s.exec(text)!
  const { responses, sessionId, actionsLeftOut } = JSON.parse(data!) as ExportData
  assert.deepEqual([sessionId, actionsLeftOut], [ui.demo.sessions.injected, 0])
  const path = `/api/sessions/${sessionId}/actions/0`
  assert.deepEqual(responses[path], await ui.get(path))
  assert.equal((responses[`/api/sessions/${sessionId}`] as SessionDetail).session.name, injections[0])
  const [, script] = /<script type="module">(.*?)<\/script>/s.exec(text)!
  assert.equal(script, "const end = '<\\/script><\\!--' + '$&'")
  assert.ok(text.includes(`script-src 'sha256-${createHash('sha256').update(script!).digest('base64')}'`))
  assert.doesNotMatch(text, /src="|href="/)
})

test('where the page is not built, the server says so and the data are there all the same', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memvid-no-page-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.equal(pageIsBuilt(folder), false)
  const ui = await startTestUi(t, { page: folder })
  const page = await ui.send('/')
  assert.deepEqual([page.status, (page.json() as ApiError).error.code], [503, 'NotBuilt'])
  assert.equal((await ui.send('/api/file')).status, 200)
  assert.equal(pageIsBuilt(makePage(folder)), true)
})

test('ten thousand actions, and many requests at once', async (t) => {
  const ui = await startTestUi(t, {}, { longActions: 10_000 })
  const timeline = await ui.get<Timeline>(`/api/sessions/${ui.demo.sessions.long}/timeline`)
  assert.equal(timeline.kind.length, 10_000)
  const replies = await Promise.all(Array.from({ length: 60 }, (_, index) => ui.send(`/api/sessions/${ui.demo.sessions.long}/actions/${index * 150}`)))
  assert.ok(replies.every(({ status }) => status === 200))
  assert.deepEqual(replies.map((reply) => (reply.json() as ActionDetail).action.number), replies.map((_, index) => index * 150))
})

test('so many side by side, so many waiting, and the rest is told to come again', async () => {
  const turns = new Turns(2, 3)
  let running = 0
  let most = 0
  const ends: (() => void)[] = []
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => ends.push(resolve))
    running--
  }
  const all = Array.from({ length: 6 }, () => turns.run(work))
  await assert.rejects(all[5]!, { code: 'Busy' })
  for (let done = 0; done < 5; done++) {
    ends.shift()!()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(all.slice(0, 5))
  assert.equal(most, 2)
  const after = turns.run(work)
  await new Promise((resolve) => setImmediate(resolve))
  ends.shift()!()
  await after
})
