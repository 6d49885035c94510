/**
 * `npm run bench:ui`: the Time Machine over a session of 10,000 actions in headless Chromium: how soon it is painted, and how smoothly
 * it is scrubbed through. No peer has such a page; the figures stand alone.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { open } from '../src/index.js'
import { startUi } from '../src/ui/server/index.js'
import { makeDemo } from '../test/ui/fixture.js'
import { chromiumPath } from '../test/ui-page/browser.js'
import { describeCommit, describeMachine } from './machine.js'
import { ROOT } from './peers.js'
import { median } from './summary.js'

const ACTIONS = 10_000
const ROUNDS = 7
const FRAMES = 300

/** Moves the slider once a frame, from end to end, and says how many frames came in a second. */
const SCRUB = `new Promise((resolve) => {
  const slider = document.querySelector('.scrubber')
  const times = []
  const step = (time) => {
    times.push(time)
    if (times.length > ${FRAMES}) return resolve({ fps: ${FRAMES} / ((times.at(-1) - times[0]) / 1000), worst: Math.max(...times.slice(1).map((t, i) => t - times[i])) })
    slider.value = String(Math.round((times.length / ${FRAMES}) * slider.max))
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})`

const folder = mkdtempSync(join(tmpdir(), 'memvid-bench-ui-'))
try {
  const demo = await makeDemo(join(folder, 'demo.mv2'), { longActions: ACTIONS })
  const memory = await open(demo.path, { readOnly: true })
  const server = await startUi(memory)
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: ['--no-sandbox'] })
  const figures = { paintMs: [] as number[], drawnMs: [] as number[], fps: [] as number[], worstFrameMs: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage()
    await page.goto(server.url({ session: demo.sessions.long! }))
    await page.locator('canvas').waitFor()
    figures.drawnMs.push((await page.evaluate('performance.now()')) as number)
    figures.paintMs.push((await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")) as number)
    const { fps, worst } = (await page.evaluate(SCRUB)) as { fps: number; worst: number }
    figures.fps.push(fps)
    figures.worstFrameMs.push(worst)
    await page.context().close()
  }
  const version = browser.version()
  await browser.close()
  await server.close()
  await memory.close()
  report(figures, version)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function report(figures: Record<'paintMs' | 'drawnMs' | 'fps' | 'worstFrameMs', number[]>, browser: string): void {
  const files = ['index.html', 'app.js', 'app.css'].map((name) => readFileSync(join(ROOT, 'dist', 'ui', name)))
  const kB = (compress: (file: Buffer) => Buffer) => (files.reduce((sum, file) => sum + compress(file).length, 0) / 1000).toFixed(1)
  const { processor, cores, system, node, load } = describeMachine(tmpdir())
  const row = (what: string, values: number[], unit: string) => `| ${what} | ${median(values).toFixed(1)} ${unit} | ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} |`
  const date = new Date().toISOString().slice(0, 10)
  const text = [
    `# The Time Machine over ${ACTIONS.toLocaleString('en-US')} actions, ${date}`,
    '',
    `- Command: \`npm run bench:ui\`, commit ${describeCommit()}`,
    `- Machine: ${processor}, ${cores} cores, ${system}, Node ${node}; load ${load.toFixed(1)} at the end; headless Chromium ${browser}, no GPU`,
    `- ${ROUNDS} fresh tabs, each with the session opened by its address, then the slider moved once a frame over ${FRAMES} frames. Size compressed: ${kB(gzipSync)} kB by gzip, ${kB(brotliCompressSync)} kB by brotli.`,
    '',
    '| what | median | range |',
    '|---|---:|---:|',
    row('first paint (first-contentful-paint)', figures.paintMs, 'ms'),
    row('the timeline of all actions is drawn', figures.drawnMs, 'ms'),
    row('scrubbing', figures.fps, 'frames a second'),
    row('longest frame of a scrub', figures.worstFrameMs, 'ms'),
    '',
  ].join('\n')
  const results = join(ROOT, 'bench', 'results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `ui-${date}.md`), text)
  process.stdout.write(text)
}
