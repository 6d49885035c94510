/** The tree of RFC 6962, section 2.1, over SHA-256 (format-spec/09-proof). Pure. */

import { createHash } from 'node:crypto'

const LEAF = Buffer.of(0)
const NODE = Buffer.of(1)

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function leafHash(data: Uint8Array): Buffer {
  return sha256(LEAF, data)
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right)
}

/** Leaves in their order. Adding one is O(1); the hash of each complete subtree is computed once. */
export class MerkleTree {
  readonly #leaves: Buffer[] = []
  /** Hashes of complete subtrees by their first leaf and size. */
  readonly #complete = new Map<string, Buffer>()

  get size(): number {
    return this.#leaves.length
  }

  /** Adds the leaf of these bytes. */
  add(data: Uint8Array): void {
    this.#leaves.push(leafHash(data))
  }

  /** The root of the first `size` leaves. */
  root(size = this.size): Buffer {
    return size === 0 ? sha256() : this.#hash(0, size)
  }

  /** The audit path of leaf `index` in the tree of the first `size` leaves: from the leaf upwards. */
  inclusionProof(index: number, size = this.size): Buffer[] {
    const path: Buffer[] = []
    let [start, end] = [0, size]
    while (end - start > 1) {
      const middle = start + splitPoint(end - start)
      if (index < middle) {
        path.push(this.#hash(middle, end))
        end = middle
      } else {
        path.push(this.#hash(start, middle))
        start = middle
      }
    }
    return path.reverse()
  }

  #hash(start: number, end: number): Buffer {
    const size = end - start
    if (size === 1) return this.#leaves[start]!
    const isComplete = (size & (size - 1)) === 0
    const key = `${start} ${size}`
    const known = isComplete ? this.#complete.get(key) : undefined
    if (known) return known
    const middle = start + splitPoint(size)
    const hash = nodeHash(this.#hash(start, middle), this.#hash(middle, end))
    if (isComplete) this.#complete.set(key, hash)
    return hash
  }
}

/** The largest power of two below `size`. */
function splitPoint(size: number): number {
  return 2 ** (31 - Math.clz32(size - 1))
}
