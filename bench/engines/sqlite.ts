/** SQLite with FTS5 and sqlite-vec, set up as one would who wants each batch on the disk: WAL, synchronous = FULL. */
import type { Mode } from '../rows.js'
import { loadPeer, type Database, type DatabaseClass, type Statement } from '../peers.js'
import { BATCH_SIZE, DIMENSION, SNIPPET_CHARACTERS, type Document, type Engine, type EngineStore, type Query } from './engine.js'

/** FTS5 measures snippets in words; so many make about `SNIPPET_CHARACTERS` of this text. */
const SNIPPET_WORDS = Math.round(SNIPPET_CHARACTERS / 6)

/** How far down each list the fusion looks, as memvid does for ten hits. */
const FUSION_DEPTH = 100
const RECIPROCAL_RANK_CONSTANT = 60

type Row = { id: number }

export const sqlite: Engine = {
  name: 'sqlite',
  async create(path, vectors) {
    const database = connect(path, vectors !== 'none')
    database.exec(`CREATE VIRTUAL TABLE documents USING fts5(text, tokenize = 'porter unicode61 remove_diacritics 2')`)
    if (vectors !== 'none') database.exec(`CREATE VIRTUAL TABLE vectors USING vec0(embedding float[${DIMENSION}] distance_metric=cosine)`)
    return new SqliteStore(database, vectors !== 'none')
  },
  async open(path, vectors) {
    return new SqliteStore(connect(path, vectors !== 'none'), vectors !== 'none')
  },
}

function connect(path: string, withVectors: boolean): Database {
  const database = new (loadPeer<DatabaseClass>('better-sqlite3'))(path)
  if (withVectors) loadPeer<{ load(database: Database): void }>('sqlite-vec').load(database)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('cache_size = -65536')
  database.pragma('mmap_size = 1073741824')
  return database
}

class SqliteStore implements EngineStore {
  readonly #database: Database
  readonly #withVectors: boolean
  readonly #statements = new Map<string, Statement>()
  #next: number

  constructor(database: Database, withVectors: boolean) {
    this.#database = database
    this.#withVectors = withVectors
    this.#next = 1
  }

  async putAll(documents: Iterable<Document>): Promise<void> {
    const insertAll = this.#database.transaction((batch: readonly Document[]) => batch.forEach((document) => this.putOne(document)))
    let batch: Document[] = []
    for (const document of documents) {
      if (batch.push(document) < BATCH_SIZE) continue
      insertAll(batch)
      batch = []
    }
    if (batch.length > 0) insertAll(batch)
  }

  putOne({ text, vector }: Document): void {
    const id = BigInt(this.#next++)
    this.#prepare('INSERT INTO documents(rowid, text) VALUES (?, ?)').run(id, text)
    if (this.#withVectors && vector) this.#prepare('INSERT INTO vectors(rowid, embedding) VALUES (?, ?)').run(id, bytes(vector))
  }

  find(query: Query, mode: Mode, k: number): number[] {
    if (mode === 'lex') {
      const sql = `SELECT rowid AS id, snippet(documents, 0, '', '', '…', ${SNIPPET_WORDS}) AS snippet, rank FROM documents
        WHERE documents MATCH ? ORDER BY rank LIMIT ?`
      return numbers(this.#prepare(sql).all(anyWord(query.text), k))
    }
    const ids = mode === 'vec' ? this.#nearest(query, k) : this.#fused(query, k)
    const text = this.#prepare(`SELECT substr(text, 1, ${SNIPPET_CHARACTERS}) AS snippet FROM documents WHERE rowid = ?`)
    for (const id of ids) text.get(id + 1)
    return ids
  }

  close(): void {
    this.#database.close()
  }

  #nearest({ vector }: Query, k: number): number[] {
    return numbers(this.#prepare('SELECT rowid AS id, distance FROM vectors WHERE embedding MATCH ? AND k = ?').all(bytes(vector!), k))
  }

  #fused(query: Query, k: number): number[] {
    const matching = this.#prepare('SELECT rowid AS id, rank FROM documents WHERE documents MATCH ? ORDER BY rank LIMIT ?')
    const lists = [numbers(matching.all(anyWord(query.text), FUSION_DEPTH)), this.#nearest(query, FUSION_DEPTH)]
    const scores = new Map<number, number>()
    for (const list of lists) list.forEach((id, rank) => scores.set(id, (scores.get(id) ?? 0) + 1 / (RECIPROCAL_RANK_CONSTANT + rank + 1)))
    return [...scores].sort((a, b) => b[1] - a[1]).slice(0, k).map(([id]) => id)
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)))
    return statement
  }
}

function anyWord(text: string): string {
  return text.split(' ').map((word) => `"${word}"`).join(' OR ')
}

function numbers(rows: unknown[]): number[] {
  return (rows as Row[]).map(({ id }) => id - 1)
}

function bytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
}
