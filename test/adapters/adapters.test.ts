/** The adapters in the hands of the packages that they are for. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { RunnableLambda } from '@langchain/core/runnables'
import { generateText, stepCountIs, type LanguageModel } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { memvidTools } from '../../src/adapters/ai-sdk.js'
import { MemvidRetriever } from '../../src/adapters/langchain.js'
import { create, type Memory } from '../../src/index.js'

async function memory(t: TestContext): Promise<Memory> {
  const folder = mkdtempSync(join(tmpdir(), 'memvid-adapters-'))
  const mem = await create(join(folder, 'a.mv2'))
  t.after(async () => {
    await mem.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await mem.put({ text: 'The mill burned down in 1871.', title: 'Mill', uri: 'mv2://docs/mill', metadata: { page: 3 } })
  await mem.put({ text: 'Revenue grew by 18%.', title: 'Report' })
  return mem
}

/** A model that first calls a tool, and then repeats what the tool gave it. */
function callingModel(toolName: string, input: unknown): { model: LanguageModel; seen: string[] } {
  const seen: string[] = []
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
  }
  const model = new MockLanguageModelV3({
    doGenerate: async ({ prompt }) => {
      const results = prompt.filter(({ role }) => role === 'tool')
      if (results.length === 0) {
        const call = { type: 'tool-call' as const, toolCallId: 'call-1', toolName, input: JSON.stringify(input) }
        return { content: [call], finishReason: { unified: 'tool-calls' as const, raw: undefined }, usage, warnings: [] }
      }
      seen.push(JSON.stringify(results))
      const text = { type: 'text' as const, text: 'done' }
      return { content: [text], finishReason: { unified: 'stop' as const, raw: undefined }, usage, warnings: [] }
    },
  })
  return { model, seen }
}

test('a model of the AI SDK searches the memory, and the session records it', async (t) => {
  const mem = await memory(t)
  await mem.sessionStart('agent')
  const { model, seen } = callingModel('find', { query: 'mill', top_k: 1 })
  const { text } = await generateText({ model, tools: memvidTools(mem), stopWhen: stepCountIs(3), prompt: 'When did it burn?' })
  assert.equal(text, 'done')
  assert.match(seen.join(), /The mill burned down in 1871/)
  assert.deepEqual((await mem.sessionEnd()).actions, { find: 1 })
})

test('an input that does not fit is told to the model, and nothing is stored', async (t) => {
  const mem = await memory(t)
  const { model, seen } = callingModel('put', { title: 'no text' })
  await generateText({ model, tools: memvidTools(mem), stopWhen: stepCountIs(3), prompt: 'Store this.' })
  assert.match(seen.join(), /Invalid input/)
  assert.equal((await mem.stats()).frameCount, 2)
})

test('which tools are offered', async (t) => {
  const mem = await memory(t)
  assert.deepEqual(Object.keys(memvidTools(mem, { readOnly: true })), ['find', 'ask', 'get', 'session_list', 'session_replay'])
  assert.deepEqual(Object.keys(memvidTools(mem, { only: ['ask'] })), ['ask'])
})

test('a chain of LangChain.js retrieves from the memory', async (t) => {
  const mem = await memory(t)
  const retriever = new MemvidRetriever({ memory: mem, search: { k: 1 }, tags: ['memory'] })
  const chain = retriever.pipe(RunnableLambda.from((documents) => documents))
  const [document, ...others] = await chain.invoke('When did the mill burn down?')
  assert.deepEqual([document?.id, document?.pageContent, others.length], ['mv2://docs/mill', 'The mill burned down in 1871.', 0])
  const { page, title, uri } = document?.metadata as Record<string, unknown>
  assert.deepEqual([page, title, uri], [3, 'Mill', 'mv2://docs/mill'])
})
