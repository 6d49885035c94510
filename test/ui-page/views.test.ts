/** Each view of the Time Machine, from a recorded demo session, as a person uses it. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { assertClean, go, startPageTest } from './browser.js'

const heading = (page: Page) => page.getByRole('heading', { level: 2 }).first().textContent()

test('sessions are listed, searched, sorted and opened; the token leaves the address', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open()
  const { page } = watched
  const names = () => page.locator('tbody th').allTextContents()
  await page.getByRole('link', { name: 'research, adaptive' }).waitFor()
  assert.equal(page.url(), `http://${pages.ui.host}/#/sessions`)
  assert.deepEqual(await names(), ['research, adaptive', 'research'])
  await page.getByRole('button', { name: /^Actions/ }).click()
  assert.deepEqual(await names(), ['research', 'research, adaptive'])
  await page.getByRole('searchbox').fill('adaptive')
  assert.deepEqual(await names(), ['research, adaptive'])
  await page.getByRole('searchbox').fill('nothing such')
  await page.getByText('No session fits').waitFor()
  await page.getByRole('searchbox').fill('')
  await page.getByRole('link', { name: 'research', exact: true }).click()
  await page.getByRole('slider').waitFor()
  await page.reload()
  await page.getByRole('slider').waitFor()
  assertClean(watched)
})

test('time is moved through by keys, by the slider and by playing; an address leads to an action', async (t) => {
  const pages = await startPageTest(t)
  const { first } = pages.ui.demo.sessions
  const watched = await pages.open({ session: first, action: 3 })
  const { page } = watched
  const at = async (number: number, kind: string) => {
    await page.getByRole('heading', { level: 2, name: `[${number}] ${kind}` }).waitFor()
    await page.waitForURL(`http://${pages.ui.host}/#/sessions/${first}/${number}`)
  }
  await page.getByRole('heading', { level: 2, name: '[3] ASK' }).waitFor()
  await page.keyboard.press('ArrowRight')
  await at(4, 'ASK')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await at(2, 'TOOL')
  const last = Number(await page.getByRole('slider').getAttribute('max'))
  await page.keyboard.press('End')
  await at(last, 'FIND')
  await page.keyboard.press('Home')
  await at(0, 'FIND')
  await page.getByRole('slider').fill('6')
  await at(6, 'CHECKPOINT')
  await page.keyboard.press(' ')
  await page.getByRole('heading', { level: 2, name: '[7] PUT' }).waitFor()
  await page.keyboard.press(' ')
  await page.getByRole('button', { name: 'Play' }).waitFor()
  await page.locator('canvas').click({ position: { x: 400, y: 5 } })
  await at(0, 'FIND')
  await go(page, `#/sessions/${first}/5`)
  await at(5, 'ASK')
  assertClean(watched)
})

test('a find shows its ranking with the cut; turned knobs say what came and went; a miss is explained', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open({ session: pages.ui.demo.sessions.first, action: 0 })
  const { page } = watched
  const rows = page.locator('.candidates tbody tr')
  await rows.first().waitFor()
  const total = await rows.count()
  assert.deepEqual([await page.locator('.candidates tr.cut').count(), await page.locator('.candidates tr.below').count()], [1, total - 5])
  await page.getByLabel('Top-k').fill('8')
  await page.getByRole('status').getByText(/3 came, 0 went/).waitFor()
  assert.equal(await page.locator('.changes .came').count(), 3)
  assert.equal(await page.locator('.candidates tr.below').count(), total - 8)
  await page.getByLabel('Mode').selectOption('lex')
  await page.getByRole('status').getByText(/went/).waitFor()
  await page.getByLabel('As of').selectOption('now')
  await page.getByText(/deleted/).first().waitFor()
  await page.getByRole('button', { name: 'As recorded' }).click()
  assert.equal(await page.locator('.changes').count(), 0)
  await page.locator('.candidates tr.below').first().getByRole('button', { name: /Why was frame/ }).click()
  await page.getByText('Settings that find it').waitFor()
  await page.getByText(/below top-k: rank 6/).first().waitFor()
  assertClean(watched)
})

test('an ask shows frames with their hashes, the prompt, each sentence with its evidence, and what is not captured', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open({ session: pages.ui.demo.sessions.second, action: 1 })
  const { page } = watched
  await page.getByText('Frozen context: VERIFIED').waitFor()
  assert.equal(await page.locator('.sentence.contradicted').count(), 1)
  assert.equal(await page.locator('.sentence.supported').count(), 1)
  await page.getByText('What each sentence rests on').click()
  assert.match((await page.locator('q').first().textContent()) ?? '', /harbour was \$2 billion/)
  await page.getByText('The prompt, as it was sent').click()
  assert.equal(await page.locator('figcaption', { hasText: 'system' }).count(), 1)
  await page.getByText('Everything that was recorded').click()
  assert.match((await page.locator('details', { hasText: 'Everything that was recorded' }).locator('pre').textContent()) ?? '', /"question"/)
  // The extractive answerer has no tokens and no first one.
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowLeft')
  await page.getByText('not captured').first().waitFor()
  // A document that was deleted since is said to be.
  await go(page, `#/sessions/${pages.ui.demo.sessions.first}/0`)
  await page.getByRole('cell', { name: 'deleted', exact: true }).first().waitFor()
  await page.getByRole('link', { name: String(pages.ui.demo.deletedFrame), exact: true }).first().click()
  await page.getByRole('heading', { name: `Frame ${pages.ui.demo.deletedFrame}` }).waitFor()
  assertClean(watched)
})

test('sessions and answers are compared: words, costs, the worst first', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open()
  const { page } = watched
  for (const name of ['research', 'research, adaptive']) await page.getByLabel(`Compare ${name}`, { exact: true }).check()
  await page.getByRole('link', { name: 'Compare 2 sessions' }).click()
  await page.locator('.pair').first().waitFor()
  const differing = await page.locator('.pair').count()
  assert.ok((await page.locator('.pair ins').count()) > 0 && (await page.locator('.pair del').count()) > 0)
  await page.getByLabel('Differences only').uncheck()
  assert.ok((await page.locator('.pair').count()) > differing)
  const { first, second } = pages.ui.demo.sessions
  await go(page, `#/sessions/${first}/3`)
  await page.getByLabel('Compare this answer').check()
  await go(page, `#/sessions/${second}/1`)
  await page.getByRole('heading', { name: '[1] ASK' }).waitFor()
  await page.getByLabel('Compare this answer').check()
  await page.getByRole('link', { name: 'Compare 2 answers' }).click()
  await page.getByText(/Δ cost \+\$/).waitFor()
  assertClean(watched)
})

test('the file: its parts, growth and commits, and documents as of each', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open()
  const { page } = watched
  await page.getByRole('link', { name: 'The file' }).click()
  await page.getByRole('heading', { name: 'Growth' }).waitFor()
  const commits = page.locator('table').last().locator('tbody tr')
  await commits.first().waitFor()
  await commits.last().getByRole('link').click()
  await page.getByRole('heading', { name: /Documents as of commit \d+/ }).waitFor()
  await page.getByRole('link', { name: 'Back to now' }).click()
  await page.getByRole('heading', { name: 'Documents', exact: true }).waitFor()
  await page.locator('tbody a').first().click()
  await page.locator('pre.text').waitFor()
  assertClean(watched)
})

test('charts are of what was captured', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open({ session: pages.ui.demo.sessions.first })
  const { page } = watched
  await page.getByText('Charts', { exact: true }).click()
  await page.getByRole('img', { name: /Cost by action: [1-9]/ }).waitFor()
  assert.match((await page.getByRole('row', { name: /openai:gpt-4o-mini/ }).textContent()) ?? '', /\$0\.00/)
  assertClean(watched)
})

test('the saved page shows the same without a server', async (t) => {
  const pages = await startPageTest(t)
  const watched = await pages.open({ session: pages.ui.demo.sessions.second, action: 1 })
  const { page } = watched
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as one page' }).click()])
  assert.equal(download.suggestedFilename(), 'research-adaptive.html')
  const folder = mkdtempSync(join(tmpdir(), 'memvid-page-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'export.html')
  writeFileSync(path, readFileSync(await download.path()))
  await pages.ui.server.close()
  const alone = await pages.tab()
  await alone.page.goto(`${pathToFileURL(path).href}#/sessions/${pages.ui.demo.sessions.second}/1`)
  await alone.page.getByText('Frozen context: VERIFIED').waitFor()
  assert.equal(await alone.page.locator('.sentence.contradicted').count(), 1)
  await alone.page.keyboard.press('ArrowLeft')
  await alone.page.getByRole('heading', { name: '[0] FIND' }).waitFor()
  assert.equal(await alone.page.locator('.candidates tr.cut').count(), 1)
  assert.match((await heading(alone.page)) ?? '', /FIND/)
  assertClean(alone)
})

test('a model is asked again only after its greatest cost was confirmed', async (t) => {
  const readOnly = await startPageTest(t)
  const shut = await readOnly.open({ session: readOnly.ui.demo.sessions.first, action: 3 })
  await shut.page.getByText('Frozen context').waitFor()
  assert.equal(await shut.page.getByText('Ask other models').count(), 0)
  const pages = await startPageTest(t, {}, { allowAsk: true })
  const { page } = await pages.open({ session: pages.ui.demo.sessions.second, action: 1 })
  await page.getByText('Ask other models over this context').click()
  await page.getByLabel('Models').fill('local:extractive')
  await page.getByRole('button', { name: 'What would it cost?' }).click()
  await page.getByText(/At most/).waitFor()
  assert.equal(await page.getByText('IDENTICAL').count() + (await page.getByText('CHANGED').count()), 0)
  await page.getByRole('button', { name: /Ask, for at most/ }).click()
  await page.getByText(/CHANGED|IDENTICAL/).first().waitFor()
})
