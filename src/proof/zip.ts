/**
 * Writes a ZIP in which every byte follows from names and contents: entries are stored, not compressed, and carry no time of day. So a
 * verifier of a few lines makes the same bytes from what it read, and no byte of an archive can differ unseen.
 */

import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { MemvidError } from '../errors.js'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const VERSION = 20
/** Names are UTF-8. */
const FLAGS = 0x0800
/** 1980-01-01, the first day that the format can name. */
const DATE = 0x0021
const MAX_BYTES = 0xffff_ffff
const MAX_ENTRIES = 0xffff

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array, before: number): number {
  let crc = ~before
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!
  return ~crc >>> 0
}

interface Entry {
  name: Buffer
  crc: number
  size: number
  offset: number
}

export class ZipWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #file: number
  readonly #entries: Entry[] = []
  #position = 0

  /** The archive comes to be beside `path` and gets its name, replacing what was there, when it is whole. */
  constructor(path: string) {
    this.#path = path
    this.#temporary = `${path}.${process.pid}.tmp`
    this.#file = openSync(this.#temporary, 'wx')
  }

  /** Adds an entry whose content comes in parts. */
  async add(name: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const entry: Entry = { name: Buffer.from(name), crc: 0, size: 0, offset: this.#position }
    if (this.#entries.push(entry) > MAX_ENTRIES) throw tooLarge(`more than ${MAX_ENTRIES} entries`)
    this.#write(localHeader(entry))
    for await (const part of parts) {
      entry.crc = crc32(part, entry.crc)
      entry.size += part.length
      this.#write(part)
    }
    writeSync(this.#file, localHeader(entry), 0, undefined, entry.offset)
  }

  /** Writes the directory and gives the archive its name. */
  finish(): void {
    const start = this.#position
    for (const entry of this.#entries) this.#write(centralHeader(entry))
    const end = Buffer.alloc(22)
    end.writeUInt32LE(END)
    end.writeUInt16LE(this.#entries.length, 8)
    end.writeUInt16LE(this.#entries.length, 10)
    end.writeUInt32LE(this.#position - start, 12)
    end.writeUInt32LE(start, 16)
    this.#write(end)
    fsyncSync(this.#file)
    closeSync(this.#file)
    renameSync(this.#temporary, this.#path)
  }

  /** Takes away what was written so far. */
  abandon(): void {
    closeSync(this.#file)
    unlinkSync(this.#temporary)
  }

  #write(bytes: Uint8Array): void {
    let done = 0
    while (done < bytes.length) done += writeSync(this.#file, bytes, done, bytes.length - done, this.#position + done)
    this.#position += bytes.length
    if (this.#position > MAX_BYTES) throw tooLarge('more than 4 GiB')
  }
}

function tooLarge(what: string): MemvidError {
  return new MemvidError('InvalidInput', `the evidence would have ${what}`, { hint: 'Record shorter sessions.' })
}

/** The fields that both headers of an entry have, in the same order. */
function common({ name, crc, size }: Entry): Buffer {
  const bytes = Buffer.alloc(26)
  bytes.writeUInt16LE(VERSION, 0)
  bytes.writeUInt16LE(FLAGS, 2)
  bytes.writeUInt16LE(DATE, 8)
  bytes.writeUInt32LE(crc, 10)
  bytes.writeUInt32LE(size, 14)
  bytes.writeUInt32LE(size, 18)
  bytes.writeUInt16LE(name.length, 22)
  return bytes
}

function localHeader(entry: Entry): Buffer {
  const signature = Buffer.alloc(4)
  signature.writeUInt32LE(LOCAL)
  return Buffer.concat([signature, common(entry), entry.name])
}

function centralHeader(entry: Entry): Buffer {
  const start = Buffer.alloc(6)
  start.writeUInt32LE(CENTRAL)
  start.writeUInt16LE(VERSION, 4)
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(entry.offset, 10)
  return Buffer.concat([start, common(entry), rest, entry.name])
}
