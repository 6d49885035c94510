/**
 * A recorded memory that the Time Machine can be looked at with: everything that a view shows is in it, and nothing of it needs a
 * network. Its paid asks go to a stand-in provider on the loopback interface, which is gone when the file is made.
 */
import { fileURLToPath } from 'node:url'
import { create, type Memory } from '../../src/index.js'
import { openStore } from '../../src/memory/store.js'
import { findSession } from '../../src/session/lookup.js'
import { encodePayload } from '../../src/session/codec.js'
import { newSessionId, sessionIdText } from '../../src/session/id.js'
import { CANARY } from '../support/canary.js'
import { startStandIn, type StandIn } from '../support/stand-in/index.js'

export interface DemoOptions {
  /** Adds a session of so many actions, named `long`. Default: none. */
  longActions?: number
  /** Puts these texts into every text field that a file has: documents, URIs, tags, names, questions, answers, tool calls, errors. */
  injections?: readonly string[]
}

export interface Demo {
  path: string
  /** `research` and `research, adaptive` ask the same questions; the second one searches adaptively and asks a dearer model. */
  sessions: { first: string; second: string; long?: string; injected?: string }
  /** A document that was deleted after the first session used it, and one that was replaced. */
  deletedFrame: number
  supersededFrame: number
}

const PLACES = ['Lyon', 'Kraków', '東京', 'São Paulo', 'Zürich', 'Αθήνα', 'Oslo', 'Porto']
const TOPICS = ['acquisition of a warehouse', 'price of steel', 'acquisition price of the land', 'hiring plan', 'acquisition talks', 'price list']
const FACTS = [
  { uri: 'mv2://deals/mosaic', title: 'MosaicML', text: 'In June 2023 Databricks announced the purchase of MosaicML. The acquisition price was about $1.3 billion.' },
  { uri: 'mv2://deals/harbour', title: 'Harbour', text: 'The acquisition price of the harbour was $2 billion when it closed in June 2023. The seller kept the pilot boats.' },
  { uri: 'mv2://reports/2024', title: 'Report 2024', text: 'The revenue was $4.2 million in 2024. Revenue grew by 12% over the year before.' },
  { uri: 'mv2://audit/4711', title: 'Review of 4711', text: 'The transaction 4711 was not fraudulent. It was a regular payment to a supplier.' },
]
const QUESTIONS = ['What was the acquisition price of the harbour?', 'Was transaction 4711 fraudulent?', 'How much did revenue grow in 2024?']
/** The second answer contradicts its context and the third one is not in it, so that every colour of grounding is there. */
const ANSWERS: Readonly<Record<string, readonly [string, string]>> = {
  [QUESTIONS[0]!]: ['The acquisition price of the harbour was $2 billion [1].', 'The acquisition price of the harbour was $3 billion [1]. The seller kept the pilot boats.'],
  [QUESTIONS[1]!]: ['The transaction 4711 was not fraudulent [1].', 'The transaction 4711 was fraudulent [1].'],
  [QUESTIONS[2]!]: ['Revenue grew by 12% in 2024 [1].', 'Revenue grew by 12% [1]. The owners celebrated in Venice with a large fleet of painted gondolas.'],
}

/** Makes the file at `path`, which must not exist. */
export async function makeDemo(path: string, options: DemoOptions = {}): Promise<Demo> {
  const provider = await startStandIn({ provider: 'openai', key: CANARY })
  const keyBefore = process.env['OPENAI_API_KEY']
  process.env['OPENAI_API_KEY'] = CANARY
  const memory = await create(path, { client: 'demo' })
  try {
    return await recordDemo(memory, provider, options)
  } finally {
    await memory.close()
    await provider.close()
    if (keyBefore === undefined) delete process.env['OPENAI_API_KEY']
    else process.env['OPENAI_API_KEY'] = keyBefore
  }
}

async function recordDemo(memory: Memory, provider: StandIn, { longActions, injections }: DemoOptions): Promise<Demo> {
  const facts = []
  for (const fact of FACTS) facts.push(await memory.put(fact))
  const minutes = TOPICS.flatMap((topic) =>
    PLACES.map((place) => ({ title: `Minutes, ${place}`, text: `Minutes from ${place}: the meeting spoke about the ${topic}. No decision was taken in ${place}.` })),
  )
  await memory.putMany(minutes)
  const first = await recordFirst(memory, provider)
  // What the first session used is deleted or replaced, so that an audit has something to say.
  await memory.delete(facts[0]!.frameId)
  await memory.update(facts[2]!.frameId, { text: 'The revenue was $4.2 million in 2024, as restated. Revenue grew by 11% over the year before.' })
  const second = await recordSecond(memory, provider)
  const injected = injections && (await recordInjections(memory, provider, injections))
  const long = longActions === undefined ? undefined : await recordLong(memory.path, first, longActions)
  return {
    path: memory.path,
    sessions: { first, second, ...(long === undefined ? {} : { long }), ...(injected === undefined ? {} : { injected }) },
    deletedFrame: facts[0]!.frameId,
    supersededFrame: facts[2]!.frameId,
  }
}

async function recordFirst(memory: Memory, provider: StandIn): Promise<string> {
  const session = await memory.sessionStart('research')
  answerWith(provider, 0)
  await memory.find('acquisition price', { k: 5 })
  await memory.find('regular payment to a supplier', { mode: 'lex', k: 3 })
  await memory.record({ name: 'search_web', input: { query: 'harbour acquisition' }, output: { hits: 3 }, startedAtMs: Date.now() - 240, durationMs: 240 })
  for (const question of QUESTIONS) await ask(memory, provider, question, 'openai:gpt-4o-mini')
  await memory.sessionCheckpoint('before the follow-up')
  await memory.put({ uri: 'mv2://notes/1', title: 'Note', text: 'The harbour deal needs a second look at the pilot boats.' })
  await memory.ask('What did the seller keep?', { model: 'local:extractive' })
  await memory.record({ name: 'fetch_page', input: { url: 'https://example.org/' }, error: { code: 'Timeout', message: 'no answer within 5 s' }, durationMs: 5000 })
  await memory.find('second look at the pilot boats', { mode: 'vec', k: 4 })
  await memory.sessionEnd()
  return session
}

async function recordSecond(memory: Memory, provider: StandIn): Promise<string> {
  const session = await memory.sessionStart('research, adaptive')
  answerWith(provider, 1)
  await memory.find('acquisition price', { adaptive: { threshold: 0.5 } })
  for (const question of QUESTIONS) await ask(memory, provider, question, 'openai:gpt-4o', true)
  await memory.ask('What did the seller keep?', { model: 'local:extractive' })
  await memory.sessionCheckpoint('end')
  await memory.sessionEnd()
  return session
}

function ask(memory: Memory, provider: StandIn, question: string, model: string, adaptive = false) {
  return memory.ask(question, { model, baseUrl: provider.baseUrl, adaptive, onToken: () => {} })
}

function answerWith(provider: StandIn, version: 0 | 1): void {
  provider.setReply(({ user }) => {
    const question = QUESTIONS.find((each) => user.includes(each))
    return { text: question ? ANSWERS[question]![version] : 'The context does not say.', delayMs: 15 + 10 * version, pieceDelayMs: 2, pieceLength: 12 }
  })
}

async function recordInjections(memory: Memory, provider: StandIn, injections: readonly string[]): Promise<string> {
  const session = await memory.sessionStart(injections[0] ?? 'injections')
  for (const [index, text] of injections.entries()) {
    await memory.put({ text: `kestrel ${index} ${text}`, title: text, uri: `mv2://injected/${index}/${text}`, tags: [text], metadata: { note: text } })
    await memory.find(`kestrel ${index} ${text}`, { k: 3, mode: 'lex' })
    provider.setReply(() => ({ text: `${text} kestrel [1].` }))
    await ask(memory, provider, `What of the kestrel ${index} ${text}?`, 'openai:gpt-4o-mini')
    await memory.record({ name: text, input: { [text]: text }, output: text, error: { code: text, message: text } })
    await memory.sessionCheckpoint(`${index} ${text}`)
  }
  await memory.sessionEnd()
  return session
}

/** Actions of the session `model`, over and over, as if an agent had run for long. Times are of its events: all about now. */
async function recordLong(path: string, model: string, wanted: number): Promise<string> {
  const store = await openStore(path, { client: 'demo' })
  try {
    const { session, info } = await findSession(store, model)
    const payloads = (await store.native.sessionEvents(session, 0, info.actionCount)).map(({ payload }) => payload)
    const long = newSessionId(Date.now())
    const start = { name: 'long', timeMs: Date.now(), client: 'demo', sdkVersion: '0', engineVersion: '0' }
    await store.commit({ events: [{ type: 'start', session: long, payload: encodePayload(start) }] })
    const batch = 500
    for (let done = 0; done < wanted; done += batch) {
      const count = Math.min(batch, wanted - done)
      const events = Array.from({ length: count }, (_, index) => ({ type: 'action', session: long, payload: payloads[(done + index) % payloads.length]! }))
      await store.commit({ events })
    }
    await store.commit({ events: [{ type: 'end', session: long, payload: encodePayload({ timeMs: Date.now() }) }] })
    return sessionIdText(long)
  } finally {
    await store.close()
  }
}

// `node dist/test/ui/fixture.js demo.mv2 [actions]` makes the file, to look at it by hand.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = 'demo.mv2', actions] = process.argv.slice(2)
  const demo = await makeDemo(path, actions === undefined ? {} : { longActions: Number(actions) })
  process.stdout.write(`${JSON.stringify(demo, null, 2)}\n`)
}
