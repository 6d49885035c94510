/**
 * What other processes do in the reliability tests: `node worker.js <task> <file> …`. Each prints a line for what was acknowledged, at once.
 */
import { readFileSync, writeSync } from 'node:fs'
import { open, type Memory, type MemvidError } from '../../src/index.js'

const [task, path, ...rest] = process.argv.slice(2) as [string, string, ...string[]]

/** Written before the next statement runs, so that a kill can't come between an acknowledgement and its line. */
function say(line: unknown): void {
  writeSync(1, `${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'ok'
  } catch (error) {
    return (error as MemvidError).code ?? String(error)
  }
}

const until = (ms: number): (() => boolean) => {
  const end = Date.now() + ms
  return () => Date.now() < end
}

/** A put on a disk that fails, another one after it, and reads. */
async function faulty(memory: Memory): Promise<void> {
  const first = await codeOf(() => memory.put({ text: 'The first document.', uri: 'mv2://first' }))
  const second = await codeOf(() => memory.put({ text: 'The second document.', uri: 'mv2://second' }))
  const read = await codeOf(() => memory.get('mv2://notes/0'))
  const hits = await memory.find('lamp', { mode: 'lex' }).then(
    (found) => found.hits.length,
    () => -1,
  )
  say({ first, second, read, hits })
}

/** Puts one document after the other for `ms`, waiting for the lock; says the URI of each that was acknowledged. */
async function write(memory: Memory, label: string, ms: number): Promise<void> {
  const goesOn = until(ms)
  for (let n = 0; goesOn(); n += 1) {
    const uri = `mv2://${label}/${n}`
    await memory.put({ text: `Document ${n} of ${label} about lamps.`, uri })
    say(uri)
  }
}

/** For `ms`: each commit brings the same generation of two documents. */
async function generations(memory: Memory, ms: number): Promise<void> {
  const goesOn = until(ms)
  let generation = 0
  for (; goesOn(); generation += 1) {
    const text = (side: string): string => `generation pair ${side} number ${generation}.`
    await memory.putMany(['left', 'right'].map((side) => ({ text: text(side), uri: `mv2://pair/${side}` })))
    await memory.put({ text: `Something else ${generation}.` })
  }
  say({ generation })
}

/** Times that this thread gave up its core by itself, which is what it does to wait for something: a lock, a disk, an alarm. */
function waits(): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))![1])
}

/** Waiting for the writer's lock is trying again after pauses of 0.2 ms that double up to 20 ms: eight in the first 50 ms, fewer on a full machine. */
const LOCK_WAITS = 5

/**
 * For `ms`: searches and reads. Each answer has to be of one commit, so both sides are of one generation. A search runs on this thread. One that
 * took long counts as blocked only if the thread also waited as often as for a lock: on a machine with more work than cores a search that
 * only computes takes long too. (Time spent is no measure: a loop without any system call, eight at a time beside two others, shows
 * gaps of 348 ms in the kernel's own account of running and waiting for a core.)
 */
async function read(memory: Memory, ms: number): Promise<void> {
  const goesOn = until(ms)
  let [queries, torn, newest, longestMs, mostWaits, blocked] = [0, 0, -1, 0, 0, 0]
  while (goesOn()) {
    const [before, started] = [waits(), process.hrtime.bigint()]
    const { hits } = await memory.find('generation pair', { mode: 'lex', k: 4, blocking: true })
    const elapsedMs = Number(process.hrtime.bigint() - started) / 1e6
    const waited = waits() - before
    longestMs = Math.max(longestMs, elapsedMs)
    mostWaits = Math.max(mostWaits, waited)
    if (elapsedMs > 50 && waited >= LOCK_WAITS) blocked += 1
    queries += 1
    const seen = hits.map((hit) => Number(/number (\d+)/.exec(hit.snippet)?.[1]))
    const isPair = new Set(hits.map((hit) => hit.uri)).size === 2 && hits.length === 2
    if ((hits.length > 0 || newest >= 0) && (!isPair || seen[0] !== seen[1] || seen[0]! < newest)) torn += 1
    newest = seen[0] ?? newest
    if (queries % 20 === 0) {
      const { commit } = await memory.refresh()
      const [left, right] = await Promise.all(['left', 'right'].map((side) => memory.get(`mv2://pair/${side}`, { asOf: commit }).catch(() => undefined)))
      if (left?.text?.replace('left', 'right') !== right?.text || (newest >= 0 && !left)) torn += 1
    }
  }
  say({ queries, torn, newest, longestMs, mostWaits, blocked })
}

const memory = await open(path, { lockTimeoutMs: 60_000 })
say('ready')
if (task === 'faulty') await faulty(memory)
else if (task === 'write') await write(memory, rest[0]!, Number(rest[1]))
else if (task === 'generations') await generations(memory, Number(rest[0]))
else if (task === 'read') await read(memory, Number(rest[0]))
else throw new Error(`no task ${task}`)
await memory.close()
