/**
 * R10 for the readers of documents: HTML, Markdown, JSONL and plain text that were cut, spliced and littered with what their parsers look for.
 * Each is read or refused, in time.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentFrom, decodeText } from '../../src/cli/input/document.js'
import { jsonlDocuments } from '../../src/cli/input/jsonl.js'
import { MemvidError } from '../../src/index.js'
import { figures, randomFrom, soakSeconds } from './support.js'

const SEEDS: Record<'html' | 'markdown' | 'text' | 'jsonl', string> = {
  html: '<!doctype html><html><head><title>Mill &amp; river</title><style>p{}</style></head><body><h1>Mill</h1><p>It <b>burned</b> <a href="/x">down</a>.</p><table><tr><td>1</td><td>2</td></tr></table><ul><li>a<li>b</ul><pre> x </pre></body></html>',
  markdown: '---\ntitle: Mill\n---\n# The mill\n\n* burned\n* down\n\n```js\ncode\n```\n\n[link](x) ![i](y) **b** _i_ `c`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n',
  text: 'The mill burned down in 1871.\r\n\u00e9\u4e2d\ud83d\ude92 and more.\n',
  jsonl: '{"text":"The mill","title":"Mill","uri":"mv2://m","tags":["a"],"metadata":{"n":1},"timestamp":"2025-01-01"}\n{"text":"two"}\n\n{"text":"three","vector":[1,2]}\n',
}

const PIECES = ['<', '>', '&', '&#', '&#x110000;', '<!--', '-->', '<script>', '</', '"', "'", '\\', '\\u', '\0', '\ufeff', '\ud800', '{', '[', ']', '}', ':', ',', '---\n', '```', '#', '|', '1e999', '<table>', '<td>', '<ul><li>', '<div>'.repeat(50)]

function mutated(text: string, random: () => number): string {
  let out = text
  const below = (n: number): number => Math.floor(random() * n)
  for (let n = 1 + below(8); n > 0; n -= 1) {
    const at = below(out.length + 1)
    const kind = below(5)
    if (kind === 0) out = out.slice(0, at) + PIECES[below(PIECES.length)]! + out.slice(at)
    else if (kind === 1) out = out.slice(0, at) + out.slice(at + below(30))
    else if (kind === 2) out = out.slice(0, at) + out.slice(below(out.length)) + out.slice(at)
    else if (kind === 3) out = out.slice(0, at) + String.fromCharCode(below(65_536)) + out.slice(at + 1)
    else out = out.slice(0, at) + PIECES[below(PIECES.length)]!.repeat(below(200)) + out.slice(at)
    if (out.length > 300_000) out = out.slice(0, 300_000)
  }
  return out
}

async function read(format: keyof typeof SEEDS, bytes: Buffer): Promise<void> {
  if (format === 'jsonl') {
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
    }
    for await (const item of jsonlDocuments(chunks(), 'x.jsonl')) assert.equal(typeof item.text, 'string')
    return
  }
  const text = decodeText(bytes)
  if (text !== undefined) assert.equal(typeof (await documentFrom(text, format, 'x')).text, 'string')
}

test('documents that are broken in any way are read or refused', async () => {
  const random = randomFrom()
  const until = Date.now() + soakSeconds(15) * 1000
  let [runs, refused, longestMs] = [0, 0, 0]
  for (; Date.now() < until; runs += 1) {
    const format = (Object.keys(SEEDS) as (keyof typeof SEEDS)[])[runs % 4]!
    const bytes = Buffer.from(mutated(SEEDS[format], random))
    if (random() < 0.3) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    const started = performance.now()
    try {
      await read(format, bytes)
    } catch (error) {
      assert.ok(error instanceof MemvidError, `${format} ${JSON.stringify(bytes.toString('latin1').slice(0, 2000))}: ${String((error as Error).stack)}`)
      refused += 1
    }
    const ms = performance.now() - started
    longestMs = Math.max(longestMs, ms)
    assert.ok(ms < 5000, `${format} took ${ms} ms: ${JSON.stringify(bytes.toString('latin1').slice(0, 2000))}`)
  }
  figures('R10', `${runs} broken documents, ${refused} refused, longest ${longestMs.toFixed(0)} ms`)
  assert.ok(refused > 0 && refused < runs)
})
