import type { PackedPuts, PutInput } from '../native/binding.js'

/** Packs are made in one and the same memory up to this length: a load would leave a hundred of them to the garbage collector, which is in no hurry. */
const KEPT_BYTES = 16 * 1024 * 1024
let kept = Buffer.alloc(0)

/**
 * Puts as the engine takes many of them, in two buffers; native/node/src/packed.rs says how they are laid out. They hold until the next call:
 * the engine copies what it is given, so they go to it in the same turn.
 */
export function packPuts(puts: readonly PutInput[]): Pick<PackedPuts, 'numbers' | 'bytes'> {
  const numbers: number[] = []
  let total = 0
  const length = (part: string | undefined): number => {
    if (part === undefined) return -1
    const bytes = Buffer.byteLength(part)
    total += bytes
    return bytes
  }
  const size = (part: Uint8Array | Float32Array | undefined): number => {
    if (part === undefined) return -1
    total += part.byteLength
    return part.length
  }
  for (const { text, bytes, mimeType, title, uri, metadata, timestampMs, supersedes, vector, passageVectors, tags } of puts) {
    const content = text === undefined ? size(bytes) : length(text)
    numbers.push(text === undefined ? 0 : 1, content, length(mimeType), length(title), length(uri), size(metadata))
    numbers.push(timestampMs ?? NaN, supersedes ?? -1, size(vector), passageVectors?.length ?? -1, tags?.length ?? -1)
    for (const tag of tags ?? []) numbers.push(length(tag))
    for (const passage of passageVectors ?? []) numbers.push(size(passage))
  }
  return { numbers: Float64Array.from(numbers), bytes: joined(puts, total) }
}

function joined(puts: readonly PutInput[], total: number): Buffer {
  const all = memoryOf(total)
  let at = 0
  const text = (part: string | undefined): void => {
    if (part !== undefined) at += all.write(part, at)
  }
  const raw = (part: Uint8Array | Float32Array | undefined): void => {
    if (part === undefined) return
    all.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  for (const put of puts) {
    if (put.text === undefined) raw(put.bytes)
    else text(put.text)
    text(put.mimeType)
    text(put.title)
    text(put.uri)
    raw(put.metadata)
    put.tags?.forEach(text)
    raw(put.vector)
    put.passageVectors?.forEach(raw)
  }
  return all
}

function memoryOf(size: number): Buffer {
  if (size > KEPT_BYTES) return Buffer.allocUnsafeSlow(size)
  if (kept.length < size) kept = Buffer.allocUnsafeSlow(size)
  return kept.subarray(0, size)
}
