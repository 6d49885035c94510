import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { assertNoTraces } from '../support/canary.js'
import { create, open, type CreateOptions, type Memory, type OpenOptions } from '../../src/index.js'

/** A folder that is gone after the test. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'memvid-test-'))
  t.after(async () => {
    try {
      await assertNoTraces(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
  return folder
}

/** A new memory in a folder of its own, closed after the test. */
export async function newMemory(t: TestContext, options: CreateOptions = {}): Promise<Memory> {
  return opened(t, await create(join(scratch(t), 'knowledge.mv2'), options))
}

/** A second handle on the same file, as another process would have. */
export async function anotherHandle(t: TestContext, mem: Memory, options: OpenOptions = {}): Promise<Memory> {
  return opened(t, await open(mem.path, options))
}

function opened(t: TestContext, mem: Memory): Memory {
  t.after(() => mem.close())
  return mem
}

/** For `assert.rejects`: the code, and a part of the message. */
export function fails(code: string, message: RegExp = /./) {
  return (error: { code?: string; message: string }) => {
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  }
}

/** Environment variables set for one test. */
export function setEnvironment(t: TestContext, variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name]
    process.env[name] = value
    t.after(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
}
