/** memvid through its public API, as it ships: the bundle. */
import type * as Sdk from '../../src/index.js'
import type { Vectors } from '../rows.js'
import { DIMENSION, SNIPPET_CHARACTERS, type Engine, type EngineStore } from './engine.js'

const { create, open } = (await import(new URL('../../bundle/sdk/index.mjs', import.meta.url).href)) as typeof Sdk

export const memvid: Engine = {
  name: 'memvid',
  async create(path, vectors) {
    return store(await create(path, createOptions(vectors)))
  },
  async open(path) {
    return store(await open(path))
  },
}

function createOptions(vectors: Vectors) {
  return { none: { enableVec: false }, embedded: { enableVec: true }, given: { enableVec: true, vectorDim: DIMENSION } }[vectors]
}

function store(memory: Sdk.Memory): EngineStore {
  return {
    async putAll(documents) {
      const { frameIds } = await memory.putMany(documents)
      // Frames of a new file are numbered from 0 in the order they were put, as the benchmark's documents are; recall depends on it.
      if (frameIds[0] !== 0 || frameIds.at(-1) !== frameIds.length - 1) throw new Error('frame ids are not the numbers of the documents')
    },
    async putOne(document, blocking = false) {
      await memory.put(document, { blocking })
    },
    async find({ text, vector }, mode, k) {
      const options = { mode, k, snippetChars: SNIPPET_CHARACTERS }
      const { hits } = await memory.find(text, mode === 'lex' || vector === undefined ? options : { ...options, vector })
      return hits.map((hit) => hit.frameId)
    },
    close: () => memory.close(),
  }
}
