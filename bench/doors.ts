/**
 * `npm run bench:doors`: what Python costs beyond Node, both doors to the same engine, in turn.
 *
 *   npm run bench:doors -- [--quick]
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { create, open } from '../src/index.js'
import { buildCorpus } from './corpus.js'
import { describeCommit, describeMachine } from './machine.js'
import { ROOT } from './peers.js'
import { median } from './summary.js'

const quick = process.argv.includes('--quick')
const DOCUMENTS = 10_000
const ROUNDS = quick ? 2 : 5
const VECTORS = quick ? 10_000 : 100_000
const DIMENSION = 384

/** The Python process, asked one thing at a time. */
class Python {
  readonly #child = spawn(join(ROOT, 'python/.venv/bin/python'), [join(ROOT, 'bench/doors.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  readonly #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()

  async ask<T>(command: Record<string, unknown>): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('Python ended')
    return JSON.parse(value) as T
  }

  end(): void {
    this.#child.stdin.end()
  }
}

async function findInNode(path: string, queries: string[]): Promise<number[]> {
  const mem = await open(path)
  await mem.find(queries[0] as string)
  const samples: number[] = []
  for (const query of queries) {
    const started = performance.now()
    await mem.find(query, { k: 10 })
    samples.push(performance.now() - started)
  }
  await mem.close()
  return samples
}

/** Seconds from the first item to the closed file. */
async function putManyInNode(path: string): Promise<number> {
  let seed = 7
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5
  const vectors = Float32Array.from({ length: VECTORS * DIMENSION }, random)
  const started = performance.now()
  const mem = await create(path, { vectorDim: DIMENSION })
  function* items() {
    for (let i = 0; i < VECTORS; i++) yield { text: `item ${i}`, vector: vectors.subarray(i * DIMENSION, (i + 1) * DIMENSION) }
  }
  await mem.putMany(items())
  await mem.close()
  return (performance.now() - started) / 1000
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'memvid-doors-'))
  const { processor, cores, system, node, fileSystem, load } = describeMachine(folder)
  const python = new Python()
  try {
    const corpus = buildCorpus(DOCUMENTS)
    const path = join(folder, 'a.mv2')
    const mem = await create(path)
    await mem.putMany(corpus.texts.map((text) => ({ text })))
    await mem.close()
    const find: { node: number[]; python: number[] } = { node: [], python: [] }
    const put: { node: number[]; python: number[] } = { node: [], python: [] }
    for (let round = 0; round < ROUNDS; round++) {
      find.node.push(...(await findInNode(path, corpus.queries)))
      find.python.push(...(await python.ask<number[]>({ command: 'find', path, queries: corpus.queries })))
    }
    for (let round = 0; round < Math.ceil(ROUNDS / 2); round++) {
      put.node.push(await putManyInNode(join(folder, `node-${round}.mv2`)))
      put.python.push(await python.ask<number>({ command: 'put_many', path: join(folder, `python-${round}.mv2`), count: VECTORS, dimension: DIMENSION }))
      for (const door of ['node', 'python']) rmSync(join(folder, `${door}-${round}.mv2`))
    }
    const [nodeFind, pythonFind, nodePut, pythonPut] = [median(find.node), median(find.python), median(put.node), median(put.python)]
    const rate = (seconds: number) => Math.round(VECTORS / seconds).toLocaleString('en')
    const date = new Date().toISOString().slice(0, 10)
    const text = `# Python next to Node, ${date}

- Command: \`npm run bench:doors${quick ? ' -- --quick' : ''}\`, commit ${describeCommit()}
- Machine: ${processor}, ${cores} cores, ${fileSystem}, ${system}, Node ${node}; load ${load.toFixed(1)} at the start
- Corpus: ${DOCUMENTS.toLocaleString('en')} paragraphs of speeches, ${corpus.queries.length} queries × ${ROUNDS} rounds; ${VECTORS.toLocaleString('en')} vectors of ${DIMENSION} f32. Both doors in turn.

| what | Node | Python | |
|---|---:|---:|---|
| \`find\`, hybrid, ten hits: median | ${nodeFind.toFixed(3)} ms | ${pythonFind.toFixed(3)} ms | Python costs ${(pythonFind - nodeFind).toFixed(3)} ms more |
| \`put_many\` of texts with vectors | ${rate(nodePut)} /s | ${rate(pythonPut)} /s | ${Math.round((100 * nodePut) / pythonPut)} % of Node's rate |
`
    process.stdout.write(text)
    if (!quick) {
      mkdirSync(join(ROOT, 'bench/results'), { recursive: true })
      writeFileSync(join(ROOT, `bench/results/doors-${date}.md`), text)
    }
  } finally {
    python.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
