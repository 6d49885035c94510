/** `npm run screenshots`: each view of the Time Machine, light and dark, into docs/screenshots. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { open } from '../../src/index.js'
import { startUi } from '../../src/ui/server/index.js'
import { packageRoot } from '../e2e/support/cli.js'
import { makeDemo } from '../ui/fixture.js'
import { chromiumPath, go } from './browser.js'

const target = join(packageRoot, 'docs', 'screenshots')
const folder = mkdtempSync(join(tmpdir(), 'memvid-screenshots-'))
try {
  const demo = await makeDemo(join(folder, 'knowledge.mv2'))
  const { first, second } = demo.sessions
  const views: [string, string, string][] = [
    ['sessions', '#/sessions', 'tbody tr'],
    ['find', `#/sessions/${first}/0`, '.candidates'],
    ['ask', `#/sessions/${second}/1`, '.answer'],
    ['compare', `#/compare/${first}/${second}`, '.pair'],
    ['answers', `#/answers/${first}/3/${second}/1`, '.pair'],
    ['file', '#/file', '.growth'],
    ['documents', '#/documents', 'tbody a'],
    ['frame', `#/frames/${demo.supersededFrame}`, 'pre.text'],
  ]
  const memory = await open(demo.path, { readOnly: true })
  const server = await startUi(memory)
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: ['--no-sandbox'] })
  mkdirSync(target, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await (await browser.newContext({ viewport: { width: 1100, height: 760 }, colorScheme })).newPage()
    await page.goto(server.url())
    for (const [name, address, ready] of views) {
      await go(page, address)
      await page.locator(ready).first().waitFor()
      const find = name === 'find'
      if (find) await page.getByLabel('Top-k').fill('8')
      if (find) await page.getByText(/3 came/).waitFor()
      // Charts are folded: this view shows them.
      if (name === 'ask') await page.screenshot({ path: join(target, `ask-${colorScheme}.png`) })
      if (name === 'ask') await page.getByText('Charts', { exact: true }).click()
      await page.screenshot({ path: join(target, `${name === 'ask' ? 'charts' : name}-${colorScheme}.png`) })
    }
  }
  await browser.close()
  await server.close()
  await memory.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
