/**
 * A real language model, with no key and no cloud: what the README says about it is done, word for word, and the whole round trip of
 * recording, audit and A/B runs against it. It is a very small model and invents things, which the grounding has to notice.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startLocalModel, type LocalModel } from '../../src/demo/local-model.js'
import { complete } from '../../src/providers/complete.js'
import { resolveModel } from '../../src/providers/model.js'
import type { AskResult } from '../../src/index.js'
import { packageRoot, Workspace } from './support/cli.js'

const QUESTION = 'What was the revenue?'
const NAME = 'openai-compatible:smollm2'

describe('a real model on this machine', () => {
  let model: LocalModel
  before(async () => {
    model = await startLocalModel(0)
  }, { timeout: 15 * 60_000 })
  after(() => model?.stop())

  async function memory(workspace: Workspace): Promise<void> {
    await workspace.ok('create', 'knowledge.mv2')
    await workspace.run('sh', ['-c', 'printf "Revenue was \\$412 million in 2024.\\n" > revenue.txt; printf "The office is in Lyon.\\n" > office.txt'])
    await workspace.ok('put', 'knowledge.mv2', '--input', 'revenue.txt')
    await workspace.ok('put', 'knowledge.mv2', '--input', 'office.txt')
  }

  it('answers as the README says', async (t) => {
    const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8')
    assert.match(readme, /^npm run local-model /m)
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    assert.match(scripts['local-model'] ?? '', /node dist\/src\/demo\/local-model\.js$/)
    const command = /^memvid ask .* --use-model openai-compatible:smollm2 --base-url http:\/\/127\.0\.0\.1:8080\/v1$/m.exec(readme)?.[0]
    assert.ok(command, 'the README has the command')
    const workspace = new Workspace(t)
    await memory(workspace)
    const run = await workspace.shell(command.replace('http://127.0.0.1:8080/v1', model.baseUrl))
    assert.equal(run.code, 0, run.stderr)
    assert.ok(run.stdout.trim().length > 0)
    assert.match(run.stderr, /^tokens: [1-9]\d* input \+ [1-9]\d* output = \d+ {3}cost: unknown$/m)
    assert.match(run.stderr, /^grounding: /m)
  })

  it('is recorded, audited and compared', async (t) => {
    const workspace = new Workspace(t)
    await memory(workspace)
    const server = ['--use-model', NAME, '--base-url', model.baseUrl]
    await workspace.ok('session', 'start', 'knowledge.mv2', '--name', 'Real')
    const ask = ['ask', 'knowledge.mv2', '--question', QUESTION, ...server, '--max-tokens', '40']
    const answer = await workspace.json<Record<string, any>>(...ask)
    assert.ok(answer['answer'].trim().length > 0)
    assert.equal(answer['model'], NAME)
    assert.ok(['stop', 'length'].includes(answer['finish']), answer['finish'])
    assert.ok(answer['usage'].input_tokens > 50 && answer['usage'].output_tokens > 0)
    assert.equal(answer['usage'].cost_usd, null)
    assert.equal(answer['grounding'].sentence_count, answer['grounding'].sentences.filter((each: any) => each.verdict !== 'NOT_CHECKABLE').length)
    await workspace.ok('session', 'end', 'knowledge.mv2')

    const audit = await workspace.ok('session', 'replay', 'knowledge.mv2', '--session', 'Real', '--audit')
    assert.match(audit, /^ {3}Original Model: openai-compatible:smollm2$/m)
    assert.match(audit, /^ {3}Context: VERIFIED \(frames frozen\)$/m)

    const other = await workspace.memvid(['session', 'replay', 'knowledge.mv2', '--session', 'Real', '--audit', ...server, '--diff'])
    assert.ok(other.code === 0 || other.code === 3, other.stderr)
    assert.match(other.stdout, /^ {3}Context: VERIFIED \(frames frozen\)$/m)
    assert.match(other.stdout, /^ {3}Override Model: openai-compatible:smollm2$/m)
    assert.match(other.stdout, /^ {3}New Answer: ".+/m)
    assert.match(other.stdout, /^ {3}Diff: (IDENTICAL|CHANGED)/m)
    assert.ok((await workspace.json<{ ok: boolean }>('verify', 'knowledge.mv2')).ok)
  })

  it('streams what it gives as a whole, with counts in the last chunk, and stops when told', async () => {
    const resolved = resolveModel(NAME, { env: {}, baseUrl: model.baseUrl })
    const messages = [{ role: 'user' as const, content: 'Count from one to ten in words.' }]
    const whole = await complete(resolved, { messages, maxOutputTokens: 24 })
    const pieces: string[] = []
    const streamed = await complete(resolved, { messages, maxOutputTokens: 24, onToken: (text) => pieces.push(text) })
    assert.ok(pieces.length > 1)
    assert.equal(streamed.text, pieces.join(''))
    assert.equal(streamed.usage?.inputTokens, whole.usage?.inputTokens)
    assert.ok(streamed.usage && streamed.usage.outputTokens > 0 && streamed.usage.outputTokens <= 24)
    assert.equal(streamed.responseModel, 'smollm2')
    const limited = await complete(resolved, { messages, maxOutputTokens: 1 })
    assert.equal(limited.finish, 'length')
    const controller = new AbortController()
    const endless = complete(resolved, { messages, signal: controller.signal, onToken: () => controller.abort() })
    await assert.rejects(endless, { code: 'Aborted' })
    await assert.rejects(complete({ ...resolved, baseUrl: `${model.baseUrl}/nowhere` }, { messages }), { code: 'ProviderModelNotFound' })
  })

  it('invents numbers, and the grounding supports none of them', async (t) => {
    const workspace = new Workspace(t)
    await memory(workspace)
    const known = new Set(['412', '2024'])
    let invented = 0
    for (const question of ['Tell the history of the office in ten sentences with a year in each.', 'List the revenue of each year from 2015 to 2023.']) {
      const result = await workspace.json<AskResult>('ask', 'knowledge.mv2', '--question', question, '--use-model', NAME, '--base-url', model.baseUrl)
      for (const { sentence, verdict } of result.grounding.sentences) {
        const isInvented = (sentence.match(/\b\d{2,}\b/g) ?? []).some((number) => !known.has(number))
        if (!isInvented) continue
        invented++
        assert.notEqual(verdict, 'SUPPORTED', sentence)
      }
    }
    t.diagnostic(`${invented} sentences with an invented number`)
  })
})
