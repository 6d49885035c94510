// The browser that the tests of the web page drive: the system's Chromium. Where there is none it is installed from the distribution's
// own packages, which takes root; else the tests say what is missing.
import { existsSync } from 'node:fs'

/** Where a Chromium may be; `MEMVID_CHROMIUM` names another place. */
export const CHROMIUM_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Installs Chromium by apt where there is none. `run` starts a command and resolves to `{ code }`. */
export async function ensureBrowser(run) {
  const named = process.env.MEMVID_CHROMIUM
  if (named || CHROMIUM_PLACES.some((path) => existsSync(path))) return
  process.stderr.write('test: installing Chromium\n')
  const updated = await run('apt-get', ['update', '-qq'])
  const installed = updated.code === 0 && (await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'])).code === 0
  if (!installed) process.stderr.write('test: Chromium could not be installed; the tests of the web page will fail. Install it, or name it by MEMVID_CHROMIUM.\n')
}
