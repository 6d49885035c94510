import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leafHash, MerkleTree, nodeHash } from '../../src/proof/merkle.js'

/** The leaves and roots that implementations of RFC 6962 test each other with. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

function treeOf(leaves: readonly Buffer[]): MerkleTree {
  const tree = new MerkleTree()
  leaves.forEach((leaf) => tree.add(leaf))
  return tree
}

test('roots are those of RFC 6962, of the whole tree and of each beginning of it', () => {
  const leaves = LEAVES.map((hex) => Buffer.from(hex, 'hex'))
  const whole = treeOf(leaves)
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(treeOf(leaves.slice(0, size)).root().toString('hex'), root)
    assert.equal(whole.root(size).toString('hex'), root)
  }
})

/** RFC 9162, section 2.1.3.2. */
function rootFromProof(data: Buffer, index: number, size: number, path: Buffer[]): Buffer {
  let [number, last, hash] = [index, size - 1, leafHash(data)]
  for (const sibling of path) {
    if (number % 2 === 1 || number === last) {
      hash = nodeHash(sibling, hash)
      while (number % 2 === 0 && number !== 0) [number, last] = [number >> 1, last >> 1]
    } else hash = nodeHash(hash, sibling)
    ;[number, last] = [number >> 1, last >> 1]
  }
  assert.equal(last, 0)
  return hash
}

test('every inclusion proof leads to the root', () => {
  const leaves = Array.from({ length: 70 }, (_, index) => Buffer.from(`leaf ${index}`))
  const tree = treeOf(leaves)
  for (let size = 1; size <= leaves.length; size++) {
    for (let index = 0; index < size; index++) {
      const path = tree.inclusionProof(index, size)
      assert.deepEqual(rootFromProof(leaves[index]!, index, size, path), tree.root(size), `leaf ${index} of ${size}`)
    }
  }
})
