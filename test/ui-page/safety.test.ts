/** Texts of the file in every place that the page shows them: none is run, and nothing is asked of anyone else. And: who can't see can use it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { go, assertClean, startPageTest, type PageTest, type Watched } from './browser.js'
import { INJECTIONS } from './injections.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Finding {
  id: string
  impact: string | null
  nodes: { html: string }[]
}

/** The views of a demo, by address; each with what stands there when it is loaded. */
function views({ ui: { demo } }: PageTest): [string, string][] {
  const { first, second } = demo.sessions
  return [
    ['#/sessions', 'tbody tr'],
    [`#/sessions/${first}/0`, '.candidates'],
    [`#/sessions/${first}/2`, '.action pre'],
    [`#/sessions/${second}/1`, '.answer'],
    [`#/compare/${first}/${second}`, '.pair'],
    [`#/answers/${first}/3/${second}/1`, '.pair'],
    ['#/file', 'tbody a'],
    ['#/documents', 'tbody a'],
    [`#/frames/${demo.supersededFrame}`, 'pre.text'],
  ]
}

test('no view has a serious or critical finding of axe, light or dark', async (t) => {
  const pages = await startPageTest(t)
  const findings: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    // The policy forbids scripts of others; the checker is one, so it is put in before the policy counts.
    const { page } = await pages.tab({ colorScheme, bypassCSP: true })
    await page.addInitScript(axe)
    await page.goto(pages.ui.server.url())
    for (const [address, ready] of views(pages)) {
      await go(page, address)
      await page.locator(ready).first().waitFor()
      await openAll(page)
      const { violations } = (await page.evaluate('axe.run()')) as { violations: Finding[] }
      for (const { id, impact, nodes } of violations) {
        if (impact === 'serious' || impact === 'critical') findings.push(`${colorScheme} ${address}: ${id}: ${nodes[0]?.html}`)
      }
    }
  }
  assert.deepEqual(findings, [])
})

test('a hundred texts that would be code are shown as they are', async (t) => {
  const pages = await startPageTest(t, { injections: INJECTIONS })
  const session = pages.ui.demo.sessions.injected ?? assert.fail()
  const watched = await pages.open()
  const { page } = watched
  await page.evaluate('window.ran = []')
  await page.getByRole('link', { name: INJECTIONS[0]!, exact: true }).waitFor()
  await go(page, `#/sessions/${session}/0`)
  const slider = page.getByRole('slider')
  await slider.waitFor()
  const last = Number(await slider.getAttribute('max'))
  assert.ok(last >= INJECTIONS.length * 4)
  for (let action = 0; action <= last; action++) {
    await page.keyboard.press('ArrowRight')
    // Every fifth text in all of its places, each of the others in passing.
    if (action % 5 === 0) await page.getByRole('heading', { level: 2, name: new RegExp(`^\\[${Math.min(action + 1, last)}\\]`) }).waitFor()
  }
  await go(page, `#/sessions/${session}/2`)
  await page.locator('.answer').waitFor()
  assert.ok(((await page.locator('.answer').textContent()) ?? '').includes(INJECTIONS[0]!))
  await openAll(page)
  await go(page, '#/documents')
  await page.getByRole('cell', { name: INJECTIONS[0]!, exact: true }).first().waitFor()
  await go(page, `#/compare/${session}/${pages.ui.demo.sessions.first}`)
  await page.getByRole('heading', { name: 'Compare' }).waitFor()
  await page.getByText(/pairs are identical/).waitFor()
  assert.deepEqual(await page.evaluate('window.ran'), [])
  await assertNotRun(watched)
})

test('the saved page runs none of them either', async (t) => {
  const pages = await startPageTest(t, { injections: INJECTIONS })
  const session = pages.ui.demo.sessions.injected ?? assert.fail()
  const html = (await pages.ui.send(`/api/export?session=${session}`)).text
  const alone = await pages.tab()
  await alone.page.route('**/saved.html', (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await alone.page.goto(`http://${pages.ui.host}/saved.html#/sessions/${session}/2`)
  await alone.page.locator('.answer').waitFor()
  for (let i = 0; i < 40; i++) await alone.page.keyboard.press('ArrowRight')
  await assertNotRun(alone)
})

/** Everything that is folded, unfolded. */
async function openAll(page: Page): Promise<void> {
  await page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
}

async function assertNotRun(watched: Watched): Promise<void> {
  // What was to run would have set this, or shown a dialog, or asked a host for something.
  assert.equal(await watched.page.evaluate('typeof window.pwned'), 'undefined')
  assertClean(watched)
}
