import type { ExpectedReplay, FindOptions, Memory, ReplayOptions } from '../../src/index.js'
import type { TestContext } from 'node:test'
import { newMemory } from '../memory/support.js'

/** Documents whose words make their order plain: the n-th names the kestrel in an ever longer sentence. */
export function ladder(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    text: `kestrel ${'and other birds of the moor '.repeat(n + 1)}`,
    uri: `mv2://k/${n}`,
    tags: n % 2 === 0 ? ['even', 'all'] : ['all'],
    timestamp: n * 1000,
  }))
}

/** A memory with these documents and one more that has none of the words, and a session with one search. */
export async function searched(t: TestContext, options: FindOptions, count = 20, query = 'kestrel'): Promise<Memory> {
  const mem = await newMemory(t, { enableVec: false })
  await mem.putMany([...ladder(count), { text: 'trains and rails', uri: 'mv2://odd' }])
  await mem.sessionStart('s')
  await mem.find(query, { mode: 'lex', ...options })
  await mem.sessionEnd()
  return mem
}

export async function expected(mem: Memory, expect: string | number, options: ReplayOptions = {}): Promise<ExpectedReplay> {
  const { findResults, askResults } = await mem.sessionReplay('s', { expect, ...options })
  return (findResults[0] ?? askResults[0]!.find!).expected!
}
