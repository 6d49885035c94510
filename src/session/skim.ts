/** Leaves the bulk of a record undecoded where only its few facts are wanted: a page of searches holds tens of thousands of numbers. */

/** Whole lengths of the MessagePack values whose first byte tells it; 0 for the others. A table, because this runs before anything is compiled. */
const LENGTHS = new Uint8Array(256)
LENGTHS.fill(1, 0x00, 0x80).fill(1, 0xe0)
for (let length = 0; length < 32; length++) LENGTHS[0xa0 + length] = 1 + length
for (const [length, types] of [[1, [0xc0, 0xc2, 0xc3]], [2, [0xcc, 0xd0]], [3, [0xcd, 0xd1]], [5, [0xca, 0xce, 0xd2]], [9, [0xcb, 0xcf, 0xd3]]] as const) {
  for (const type of types) LENGTHS[type] = length
}

/** Width of the length of the types that carry one: of bin and str it counts bytes, of arrays and maps values. */
const SIZED = new Map([[0xc4, 1], [0xc5, 2], [0xc6, 4], [0xd9, 1], [0xda, 2], [0xdb, 4]])
const ARRAYS = new Map([[0xdc, 2], [0xdd, 4]])
const MAPS = new Map([[0xde, 2], [0xdf, 4]])

/** First byte after the value at `at`; null where there is a type that our payloads do not use. Throws `RangeError` past the end. */
function endOf(bytes: Buffer, at: number): number | null {
  let left = 1
  let end = at
  while (left > 0) {
    const type = bytes[end]
    if (type === undefined) throw new RangeError('a value goes past the end of the payload')
    const length = LENGTHS[type]!
    left--
    if (length > 0) {
      end += length
      continue
    }
    const sized = SIZED.get(type)
    if (sized !== undefined) {
      end += 1 + sized + bytes.readUIntBE(end + 1, sized)
      continue
    }
    const head = headOf(bytes, end)
    if (!head) return null
    left += head.values
    end += head.bytes
  }
  return end
}

/** Bytes before the first value of the array or map at `at`, and how many values it has. */
function headOf(bytes: Buffer, at: number): { bytes: number; values: number } | null {
  const type = bytes.readUInt8(at)
  if (type >= 0x80 && type < 0x90) return { bytes: 1, values: 2 * (type & 0x0f) }
  if (type >= 0x90 && type < 0xa0) return { bytes: 1, values: type & 0x0f }
  const array = ARRAYS.get(type)
  if (array !== undefined) return { bytes: 1 + array, values: bytes.readUIntBE(at + 1, array) }
  const map = MAPS.get(type)
  return map === undefined ? null : { bytes: 1 + map, values: 2 * bytes.readUIntBE(at + 1, map) }
}

/** Where the map at `at` holds a key: the key's first byte, its value's first byte, and the first byte after it. */
function entryAt(bytes: Buffer, at: number, key: string): { key: number; value: number; end: number } | null {
  const type = bytes.readUInt8(at)
  const head = headOf(bytes, at)
  if (!head || !((type >= 0x80 && type < 0x90) || MAPS.has(type))) return null
  let next = at + head.bytes
  for (let entry = 0; entry < head.values / 2; entry++) {
    const value = endOf(bytes, next)
    const end = value === null ? null : endOf(bytes, value)
    if (value === null || end === null) return null
    // A key of less than 32 bytes has one byte before its text.
    if (value - next === key.length + 1 && bytes.toString('latin1', next + 1, value) === key) return { key: next, value, end }
    next = end
  }
  return null
}

/**
 * The payload of an action without its search's candidates. Payloads whose maps are too large for a one-byte head, or that are not
 * MessagePack, are given back as they are; the decoder has its own word on those.
 */
export function withoutCandidates(payload: Buffer): Buffer {
  try {
    const retrieval = entryAt(payload, 0, 'retrieval')
    const candidates = retrieval && entryAt(payload, retrieval.value, 'candidates')
    if (!candidates || payload[retrieval.value]! >= 0x90) return payload
    const skimmed = Buffer.concat([payload.subarray(0, candidates.key), payload.subarray(candidates.end)])
    skimmed[retrieval.value]! -= 1
    return skimmed
  } catch (error) {
    if (error instanceof RangeError) return payload
    throw error
  }
}
