/** Frames of the RPC protocol (format-spec/rpc.md): a u32 length and one MessagePack map. */
import { Packr, Unpackr } from 'msgpackr'

export const MAX_FRAME_BYTES = 256 * 1024 * 1024
const LENGTH_BYTES = 4

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, variableMapSize: true })
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

export type Message = Record<string, unknown>

/** What came is not the protocol; nothing after it can be understood. */
export class ProtocolError extends Error {}

/** One message as a frame. */
export function encodeFrame(message: Message): Buffer {
  const body = packr.pack(message)
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length)
  frame.writeUInt32LE(body.length, 0)
  body.copy(frame, LENGTH_BYTES)
  return frame
}

/** The fields of an object with the numbers of typed arrays as their bytes. */
export function arraysAsBytes(value: object): Message {
  const bytes = (field: unknown) =>
    ArrayBuffer.isView(field) && !(field instanceof Uint8Array) ? Buffer.from(field.buffer, field.byteOffset, field.byteLength) : field
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, bytes(field)]))
}

/** Puts chunks together and gives out whole messages. */
export class FrameReader {
  #chunks: Buffer[] = []
  #bytes = 0

  /** Bytes of a frame that is not whole. */
  get pendingBytes(): number {
    return this.#bytes
  }

  /** Takes a chunk; gives the messages that it completes. Throws `ProtocolError`. */
  *read(chunk: Buffer): Generator<Message> {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (let length = this.#nextLength(); length !== undefined && this.#bytes >= LENGTH_BYTES + length; length = this.#nextLength()) {
      const frame = this.#take(LENGTH_BYTES + length)
      yield decode(frame.subarray(LENGTH_BYTES))
    }
  }

  #nextLength(): number | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined
    let first = this.#chunks[0] as Buffer
    if (first.length < LENGTH_BYTES) {
      first = Buffer.concat(this.#chunks)
      this.#chunks = [first]
    }
    const length = first.readUInt32LE(0)
    if (length === 0 || length > MAX_FRAME_BYTES) {
      throw new ProtocolError(`a frame of ${length} bytes; it must have 1 to ${MAX_FRAME_BYTES}`)
    }
    return length
  }

  #take(length: number): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    const rest = all.subarray(length)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#bytes = rest.length
    return all.subarray(0, length)
  }
}

function decode(body: Buffer): Message {
  let message: unknown
  try {
    message = unpackr.unpack(body)
  } catch (error) {
    throw new ProtocolError(`a frame that is no MessagePack: ${(error as Error).message}`)
  }
  if (message === null || typeof message !== 'object' || Array.isArray(message) || message instanceof Uint8Array) {
    throw new ProtocolError('a message that is not a map')
  }
  return message as Message
}
