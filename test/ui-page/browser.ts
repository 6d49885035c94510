/** The page in a real browser: the system's Chromium, driven by playwright-core, with everything that it does watched. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import type { UiOptions } from '../../src/ui/server/index.js'
import { packageRoot } from '../e2e/support/cli.js'
import type { DemoOptions } from '../ui/fixture.js'
import { startTestUi, type TestUi } from '../ui/server.js'

interface BrowserModule {
  CHROMIUM_PLACES: readonly string[]
}

/** The browser of this machine; `MEMVID_CHROMIUM` names another one. The test command installs it where it can. */
export async function chromiumPath(): Promise<string> {
  const { CHROMIUM_PLACES } = (await import(pathToFileURL(join(packageRoot, 'test/browser.mjs')).href)) as BrowserModule
  const found = process.env['MEMVID_CHROMIUM'] ?? CHROMIUM_PLACES.find((path) => existsSync(path))
  if (!found) assert.fail('there is no Chromium: install it (Debian: apt-get install chromium) or name it by MEMVID_CHROMIUM')
  return found
}

/** What the page did that it must not: errors, messages of its policy, dialogs, requests to anything but its server. */
export interface Watched {
  page: Page
  faults: string[]
  outside: string[]
}

export class PageTest {
  constructor(
    readonly ui: TestUi,
    readonly browser: Browser,
  ) {}

  /** A fresh tab, not opened anywhere yet. */
  async tab(options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await this.browser.newContext({ viewport: { width: 1200, height: 900 }, ...options })
    const page = await context.newPage()
    const watched: Watched = { page, faults: [], outside: [] }
    page.on('pageerror', (error) => watched.faults.push(error.message))
    page.on('console', (message) => {
      // A browser asks for this by itself; the server has none.
      if (['error', 'warning'].includes(message.type()) && !message.location().url.endsWith('/favicon.ico')) watched.faults.push(message.text())
    })
    page.on('dialog', (dialog) => {
      watched.faults.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      const isOurs = url.host === this.ui.host || ['blob:', 'file:'].includes(url.protocol)
      if (!isOurs) watched.outside.push(request.url())
    })
    page.setDefaultTimeout(15_000)
    return watched
  }

  /** A tab that was opened by the address which the command prints. */
  async open(place: { session?: string; action?: number } = {}, options: BrowserContextOptions = {}): Promise<Watched> {
    const watched = await this.tab(options)
    await watched.page.goto(this.ui.server.url(place))
    return watched
  }
}

export async function startPageTest(t: TestContext, demo: DemoOptions = {}, options: UiOptions = {}): Promise<PageTest> {
  const ui = await startTestUi(t, { page: join(packageRoot, 'dist', 'ui'), ...options }, demo)
  // Without the sandbox it also runs for root, as in a container; only our own page is shown.
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: ['--no-sandbox'] })
  t.after(() => browser.close())
  return new PageTest(ui, browser)
}

/** Goes to a route of the page as a link does. */
export async function go(page: Page, fragment: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`)
}

export function assertClean({ faults, outside }: Watched): void {
  assert.deepEqual({ faults, outside }, { faults: [], outside: [] })
}
