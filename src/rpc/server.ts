/** The engine behind the protocol of format-spec/rpc.md: requests in, results and events out. */
import type { Readable, Writable } from 'node:stream'
import { create, engineVersion, installModel, listModels, MemvidError, open, salvage, scoreGrounding, SDK_VERSION, type Memory } from '../index.js'
import { arraysAsBytes, encodeFrame, FrameReader, MAX_FRAME_BYTES, ProtocolError, type Message } from './frames.js'
import type { MethodShape } from './method-shape.js'
import { METHODS } from './methods.js'
import { ITEM_WINDOW, ItemParts, itemsOf, withVector } from './parts.js'

export const PROTOCOL = 1
const MAX_IN_FLIGHT = 64
/** A search that took less the last time is done on this thread when nothing else runs: the hand-over to another one would cost more than it. */
const QUICK_FIND_MS = 20

/** A request that has not ended. */
interface Running {
  controller: AbortController
  parts?: ItemParts
}

type Params = Record<string, unknown>

/** What needs no memory. Their own checks refuse parameters that do not fit. */
const FUNCTIONS: Readonly<Record<string, (params: Params) => unknown>> = {
  listModels: () => listModels(process.env),
  installModel: ({ name }) => installModel(name as string),
  salvage: ({ input, output }) => salvage(input as string, output as string),
  scoreGrounding: ({ answer, contexts, options }) => scoreGrounding(answer as string, contexts as string[], (options ?? {}) as object),
}

/** Serves until the input ends, then stops what runs and closes every memory. Returns the exit code. */
export async function serve(input: Readable, output: Writable): Promise<number> {
  const server = new Server(output)
  server.hello()
  const reader = new FrameReader()
  try {
    await new Promise<void>((resolve, reject) => {
      // Not `for await`, which would put turns of the event loop between a request and its answer.
      input.on('data', (chunk: Buffer) => {
        try {
          for (const message of reader.read(chunk)) server.receive(message)
        } catch (error) {
          input.pause()
          reject(error)
        }
      })
      input.once('end', resolve)
      input.once('error', reject)
    })
    if (reader.pendingBytes > 0) throw new ProtocolError(`the input ended ${reader.pendingBytes} bytes into a frame`)
    return 0
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    server.refuse(error)
    return 1
  } finally {
    await server.end()
  }
}

class Server {
  readonly #output: Writable
  readonly #memories = new Map<number, Memory>()
  readonly #running = new Map<number, Running>()
  readonly #work = new Set<Promise<void>>()
  /** How long the last search in a memory took. */
  readonly #findMs = new WeakMap<Memory, number>()
  #nextMemory = 1
  #isGone = false

  constructor(output: Writable) {
    this.#output = output
    // A client that closed its end gets nothing more; its input ends too, which ends the server.
    output.on('error', () => (this.#isGone = true))
  }

  hello(): void {
    const limits = { maxFrameBytes: MAX_FRAME_BYTES, maxInFlight: MAX_IN_FLIGHT, itemWindow: ITEM_WINDOW }
    this.#send({ hello: { protocol: PROTOCOL, sdkVersion: SDK_VERSION, engineVersion: engineVersion(), ...limits } })
  }

  refuse(error: ProtocolError): void {
    this.#send({ error: { code: 'ProtocolError', message: error.message } })
  }

  /** Takes one message. Throws `ProtocolError` for one that breaks the protocol. */
  receive(message: Message): void {
    if (typeof message['cancel'] === 'number') return this.#cancel(message['cancel'])
    const { id } = message
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw new ProtocolError('a message without an id')
    if ('items' in message || 'end' in message) return this.#part(id, message)
    const { method } = message
    if (typeof method !== 'string') throw new ProtocolError(`request ${id} names no method`)
    if (this.#running.has(id)) throw new ProtocolError(`request ${id} is running already`)
    this.#start(id, method, (message['params'] ?? {}) as Params)
  }

  /** Stops everything. */
  async end(): Promise<void> {
    for (const { controller, parts } of this.#running.values()) {
      controller.abort()
      parts?.fail(aborted())
    }
    await Promise.allSettled(this.#work)
    await Promise.allSettled([...this.#memories.values()].map((memory) => memory.close()))
  }

  #cancel(id: number): void {
    // It may have ended already: then there is nothing to stop.
    const running = this.#running.get(id)
    running?.controller.abort()
    running?.parts?.fail(aborted())
  }

  #part(id: number, message: Message): void {
    const running = this.#running.get(id)
    // Parts of a request that failed may still be under way.
    if (!running) return
    const { parts } = running
    if (!parts) throw new ProtocolError(`request ${id} takes no items`)
    if (message['end'] === true) return parts.end()
    let items
    try {
      items = itemsOf(message)
    } catch (error) {
      return parts.fail(error as Error)
    }
    if (!parts.push(items)) throw new ProtocolError(`request ${id} got items without credit`)
  }

  #start(id: number, method: string, params: Params): void {
    if (this.#running.size >= MAX_IN_FLIGHT) {
      const error = new MemvidError('Busy', `${MAX_IN_FLIGHT} requests are running`, { hint: 'Wait for one of them to end.' })
      return this.#send({ id, error: error.toJSON() })
    }
    const running: Running = { controller: new AbortController() }
    if (method === 'putMany') running.parts = new ItemParts((credit) => this.#send({ id, credit }))
    this.#running.set(id, running)
    const work = this.#carryOut(id, method, params, running)
    this.#work.add(work)
    void work.finally(() => this.#work.delete(work))
  }

  async #carryOut(id: number, method: string, params: Params, running: Running): Promise<void> {
    let reply: Message
    try {
      reply = { id, result: (await this.#call(id, method, params, running)) ?? null }
    } catch (error) {
      reply = { id, error: errorObject(error) }
    }
    this.#running.delete(id)
    this.#send(reply)
  }

  async #call(id: number, method: string, params: Params, running: Running): Promise<unknown> {
    if (method === 'create' || method === 'open') return this.#open(method, params)
    if (Object.hasOwn(FUNCTIONS, method)) return FUNCTIONS[method]?.(params)
    const shape = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
    if (!shape) throw new MemvidError('UnknownMethod', `there is no method "${method}"`)
    const number = params['memory']
    const memory = typeof number === 'number' ? this.#memories.get(number) : undefined
    if (!memory) throw new MemvidError('UnknownMemory', `there is no open memory ${String(number)}`, { hint: 'Open it first.' })
    if (method === 'find') return this.#find(id, memory, params, shape, running)
    const given = shape.params.map((name) => this.#argument(id, name, params, shape, running))
    if (method === 'close') this.#memories.delete(number as number)
    const target = memory as unknown as Record<string, (...given: unknown[]) => unknown>
    // The one result with arrays; looking for them in every other would cost a search a tenth of its time.
    if (method === 'vectors') return (await memory.vectors()).map(arraysAsBytes)
    const result = (target[method] as (...given: unknown[]) => unknown).apply(memory, given)
    return isTexts(result) ? joined(result) : result
  }

  async #find(id: number, memory: Memory, params: Params, shape: MethodShape, running: Running): Promise<unknown> {
    const [query, options] = shape.params.map((name) => this.#argument(id, name, params, shape, running))
    const blocking = this.#running.size === 1 && (this.#findMs.get(memory) ?? Infinity) < QUICK_FIND_MS
    const result = await memory.find(query as string, { ...(options as object), blocking })
    this.#findMs.set(memory, result.latencyMs)
    return result
  }

  #argument(id: number, name: string, params: Params, shape: MethodShape, running: Running): unknown {
    if (name === 'items') return running.parts
    const value = params[name] ?? undefined
    if (name !== 'options') return withVector(value)
    const options = { ...withVector((value ?? {}) as Params) }
    const events = Array.isArray(params['events']) ? params['events'] : []
    // Progress may be left out where the client reads slowly; a piece of an answer may not.
    if (shape.progress && events.includes('progress')) {
      options['onProgress'] = (data: unknown) => {
        if (!this.#output.writableNeedDrain) this.#send({ id, event: 'progress', data })
      }
    }
    if (shape.token && events.includes('token')) options['onToken'] = (data: string) => this.#send({ id, event: 'token', data })
    if (shape.signal) options['signal'] = running.controller.signal
    return options
  }

  async #open(method: 'create' | 'open', params: Params): Promise<{ memory: number; path: string }> {
    const call = method === 'create' ? create : open
    const memory = await call(params['path'] as string, (params['options'] ?? {}) as object)
    const number = this.#nextMemory++
    this.#memories.set(number, memory)
    return { memory: number, path: memory.path }
  }

  #send(message: Message): void {
    if (!this.#isGone) this.#output.write(encodeFrame(message))
  }
}

function isTexts(result: unknown): result is AsyncIterable<string> {
  return result !== null && typeof result === 'object' && Symbol.asyncIterator in result
}

/** A text that the Node API gives piece by piece, as one: a result is one message. */
async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

function aborted(): MemvidError {
  return new MemvidError('Aborted', 'the request was cancelled')
}

function errorObject(error: unknown): Record<string, unknown> {
  if (error instanceof MemvidError) return error.toJSON()
  return { code: 'Internal', message: error instanceof Error ? error.message : String(error) }
}
