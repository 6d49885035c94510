/** The protocol of format-spec/rpc.md, message by message, over streams in memory. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { Memory } from '../../src/index.js'
import { encodeFrame, FrameReader, MAX_FRAME_BYTES, type Message } from '../../src/rpc/frames.js'
import { METHODS } from '../../src/rpc/methods.js'
import { serve } from '../../src/rpc/server.js'
import { packageRoot } from '../e2e/support/cli.js'

/** A server with a client's view of it. */
class Connection {
  readonly input = new PassThrough()
  readonly path: string
  readonly exit: Promise<number>
  readonly #messages: Message[] = []
  readonly #waiting: (() => void)[] = []
  #nextId = 1

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'memvid-rpc-'))
    this.path = join(folder, 'a.mv2')
    const output = new PassThrough()
    const reader = new FrameReader()
    output.on('data', (chunk: Buffer) => {
      for (const message of reader.read(chunk)) this.#messages.push(message)
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.exit = serve(this.input, output)
    t.after(async () => {
      this.input.end()
      await this.exit
      rmSync(folder, { recursive: true, force: true })
    })
  }

  send(message: Message): void {
    this.input.write(encodeFrame(message))
  }

  request(method: string, params: Message = {}): number {
    const id = this.#nextId++
    this.send({ id, method, params })
    return id
  }

  /** The first message that fits, taken out of those that came. */
  async next(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const index = this.#messages.findIndex(fits)
      if (index >= 0) return this.#messages.splice(index, 1)[0] as Message
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  end(id: number): Promise<Message> {
    return this.next((message) => message['id'] === id && ('result' in message || 'error' in message))
  }

  async call<T>(method: string, params: Message = {}): Promise<T> {
    const message = await this.end(this.request(method, params))
    assert.equal(message['error'], undefined)
    return message['result'] as T
  }

  async code(method: string, params: Message = {}): Promise<unknown> {
    return ((await this.end(this.request(method, params)))['error'] as { code: string }).code
  }

  async open(): Promise<number> {
    return (await this.call<{ memory: number }>('create', { path: this.path })).memory
  }
}

test('every method of the Node API can be called, by the names of its parameters', () => {
  const names = Object.getOwnPropertyNames(Memory.prototype).filter((name) => name !== 'constructor' && name !== 'path')
  assert.deepEqual(Object.keys(METHODS).sort(), names.sort())
  const source = readFileSync(join(packageRoot, 'src/memory/memory.ts'), 'utf8')
  for (const [name, { params }] of Object.entries(METHODS)) {
    const signature = new RegExp(`^  (?:async )?\\*?${name}\\(([^]*?)\\): (?:Promise|AsyncGenerator)`, 'm').exec(source)?.[1] ?? assert.fail(name)
    assert.deepEqual([...signature.matchAll(/(\w+)\??: /g)].map(([, param]) => param), params, name)
  }
})

test('the server says who it is, opens, stores, finds and closes', async (t) => {
  const connection = new Connection(t)
  const { hello } = (await connection.next((message) => 'hello' in message)) as { hello: Record<string, number> }
  assert.deepEqual([hello['protocol'], hello['maxFrameBytes'], hello['itemWindow']], [1, MAX_FRAME_BYTES, 4])
  const memory = await connection.open()
  const vector = Buffer.from(new Float32Array(256).fill(0.5).buffer)
  assert.equal((await connection.call<{ frameId: number }>('put', { memory, item: { text: 'the mill', vector: null } })).frameId, 0)
  const found = await connection.call<{ hits: { frameId: number }[] }>('find', { memory, query: 'mill', options: { vector } })
  assert.deepEqual(found.hits.map(({ frameId }) => frameId), [0])
  const [view] = await connection.call<{ data: Buffer; dim: number }[]>('vectors', { memory })
  assert.equal(view?.data.length, 256 * 4)
  await connection.call('close', { memory })
  assert.equal(await connection.code('stats', { memory }), 'UnknownMemory')
  assert.equal(await connection.code('toString', { memory }), 'UnknownMethod')
  connection.input.end()
  assert.equal(await connection.exit, 0)
})

test('a search that was quick is done on the server\'s thread, unless something else runs', async (t) => {
  const connection = new Connection(t)
  const memory = await connection.open()
  await connection.call('put', { memory, item: { text: 'the mill' } })
  const find = t.mock.method(Memory.prototype, 'find')
  const blocking = () => find.mock.calls.map(({ arguments: [, options] }) => options?.blocking)
  await connection.call('find', { memory, query: 'mill' })
  await connection.call('find', { memory, query: 'mill', options: { k: 3 } })
  assert.deepEqual(blocking(), [false, true])
  const [first, second] = [connection.request('find', { memory, query: 'mill' }), connection.request('find', { memory, query: 'mill' })]
  await Promise.all([connection.end(first), connection.end(second)])
  assert.deepEqual(blocking().slice(2), [true, false])
})

test('items come in parts on credit, with vectors in bulk, and a request can be cancelled between them', async (t) => {
  const connection = new Connection(t)
  const { memory } = await connection.call<{ memory: number }>('create', { path: connection.path, options: { vectorDim: 2 } })
  const id = connection.request('putMany', { memory, events: ['progress'] })
  const vectors = Buffer.from(Float32Array.of(1, 0, 0, 1).buffer)
  connection.send({ id, items: [{ text: 'a' }, { text: 'b' }], vectors, dimension: 2 })
  assert.equal((await connection.next((message) => 'credit' in message))['credit'], 1)
  connection.send({ id, end: true })
  assert.deepEqual((await connection.next((message) => message['event'] === 'progress'))['data'], { done: 2, total: null })
  assert.equal(((await connection.end(id))['result'] as { count: number }).count, 2)
  const nearest = await connection.call<{ hits: { frameId: number }[] }>('find', {
    memory,
    query: '',
    options: { mode: 'vec', vector: Buffer.from(Float32Array.of(0, 1).buffer), k: 1 },
  })
  assert.equal(nearest.hits[0]?.frameId, 1)

  const cancelled = connection.request('putMany', { memory })
  connection.send({ cancel: cancelled })
  assert.equal(((await connection.end(cancelled))['error'] as { code: string }).code, 'Aborted')
  // Parts that were under way when it ended are no error.
  connection.send({ id: cancelled, items: [{ text: 'late' }] })
  const wrong = connection.request('putMany', { memory })
  connection.send({ id: wrong, items: [{ text: 'a' }], vectors, dimension: 3 })
  assert.equal(((await connection.end(wrong))['error'] as { code: string }).code, 'InvalidInput')
  assert.equal((await connection.call<{ frameCount: number }>('stats', { memory })).frameCount, 2)
})

test('pieces of an answer come as events, when asked for', async (t) => {
  const connection = new Connection(t)
  const memory = await connection.open()
  await connection.call('put', { memory, item: { text: 'The mill burned down in 1871.' } })
  const id = connection.request('ask', { memory, question: 'When did the mill burn down?', events: ['token'] })
  assert.match(String((await connection.next((message) => message['event'] === 'token'))['data']), /1871/)
  await connection.end(id)
})

test('one request more than the limit is refused, and the others go on', async (t) => {
  const connection = new Connection(t)
  const memory = await connection.open()
  const open = Array.from({ length: 64 }, () => connection.request('putMany', { memory }))
  assert.equal(await connection.code('stats', { memory }), 'Busy')
  for (const id of open) connection.send({ id, end: true })
  for (const id of open) assert.equal(((await connection.end(id))['result'] as { count: number }).count, 0)
  assert.equal((await connection.call<{ frameCount: number }>('stats', { memory })).frameCount, 0)
})

const HOSTILE: Record<string, (connection: Connection) => void> = {
  'a frame without length': (c) => c.input.write(Buffer.alloc(4)),
  'a frame that is too long': (c) => c.input.write(Buffer.from([0xff, 0xff, 0xff, 0xff])),
  'no MessagePack': (c) => c.input.write(Buffer.from([2, 0, 0, 0, 0xc1, 0xc1])),
  'no map': (c) => c.input.write(Buffer.from([1, 0, 0, 0, 0x07])),
  'half a frame': (c) => c.input.end(Buffer.from([9, 0, 0, 0, 0x81])),
  'no id': (c) => c.send({ method: 'stats' }),
  'no method': (c) => c.send({ id: 1 }),
  'an id twice': (c) => [1, 1].forEach((id) => c.send({ id, method: 'putMany', params: { memory: 1 } })),
  'items without credit': (c) => {
    c.send({ id: 9, method: 'putMany', params: { memory: 1 } })
    for (let part = 0; part < 9; part++) c.send({ id: 9, items: [] })
  },
  'items for a request that takes none': (c) => {
    c.send({ id: 9, method: 'verify', params: { memory: 1 } })
    c.send({ id: 9, items: [] })
  },
}

for (const [what, send] of Object.entries(HOSTILE)) {
  test(`the connection ends with a reason: ${what}`, async (t) => {
    const connection = new Connection(t)
    await connection.open()
    send(connection)
    const { error } = (await connection.next((message) => 'error' in message && message['id'] === undefined)) as { error: { code: string } }
    assert.equal(error.code, 'ProtocolError')
    assert.equal(await connection.exit, 1)
  })
}

test('random bytes never crash the server', async (t) => {
  let seed = 7
  const random = () => (seed = (seed * 48271) % 2147483647)
  for (let round = 0; round < 200; round++) {
    const connection = new Connection(t)
    const frame = encodeFrame({ id: 1, method: 'find', params: { memory: 1, query: 'x', options: { k: 3 } } })
    for (let flips = 0; flips < 3; flips++) frame[4 + (random() % (frame.length - 4))] = random() & 0xff
    connection.input.end(frame)
    assert.ok([0, 1].includes(await connection.exit))
  }
})
