/** The tools of the MCP server: what a model can do with a memory. */
import { z } from 'zod'
import type { Memory, PutItem } from '../index.js'

/** One tool. `run` gives what the Node API gives. */
export interface Tool {
  name: string
  title: string
  description: string
  input: z.ZodRawShape
  /** Changes the file. Left out in read-only mode. */
  writes: boolean
  run: (memory: Memory, input: never, signal: AbortSignal) => Promise<unknown>
}

function tool<Shape extends z.ZodRawShape>(
  about: Omit<Tool, 'input' | 'run'> & { input: Shape; run: (memory: Memory, input: z.infer<z.ZodObject<Shape>>, signal: AbortSignal) => Promise<unknown> },
): Tool {
  return about as unknown as Tool
}

const mode = z.enum(['hybrid', 'lex', 'vec']).optional().describe('How to search. Default: hybrid, or lex in a file without vectors')
const topK = z.number().int().min(1).max(100).optional().describe('Most results. Default 8')
const filters = {
  tags: z.array(z.string()).optional().describe('Only documents with all of these tags'),
  scope: z.string().optional().describe('Only documents whose URI begins so'),
  after: z.string().optional().describe('Only documents dated at or after this ISO 8601 time'),
  before: z.string().optional().describe('Only documents dated before this ISO 8601 time'),
}
const session = z.string().describe("The session's id, any unambiguous beginning of it, or its name")

export const TOOLS: readonly Tool[] = [
  tool({
    name: 'put',
    title: 'Store a document',
    description: 'Stores a text in the memory, to be found later by words and by meaning. A document that has the given URI already is superseded.',
    input: {
      text: z.string().min(1).describe('The document'),
      title: z.string().optional(),
      uri: z.string().optional().describe('Its name, mv2://… by custom'),
      tags: z.array(z.string()).optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    },
    writes: true,
    run: (memory, input) => memory.put(input as PutItem),
  }),
  tool({
    name: 'find',
    title: 'Search',
    description: 'Finds documents by words and by meaning, and shows the best passage of each.',
    input: { query: z.string().min(1), top_k: topK, mode, ...filters },
    writes: false,
    run: (memory, { query, top_k, ...options }) => memory.find(query, { ...options, k: top_k } as Parameters<Memory['find']>[1]),
  }),
  tool({
    name: 'ask',
    title: 'Answer from the memory',
    description:
      'Answers a question from what is stored, with citations and a grounding score. Without a model set by the user it quotes the best sentences and uses no network.',
    input: { question: z.string().min(1), top_k: topK, mode, ...filters },
    writes: false,
    run: (memory, { question, top_k, ...options }, signal) =>
      memory.ask(question, { ...options, k: top_k, signal } as Parameters<Memory['ask']>[1]),
  }),
  tool({
    name: 'get',
    title: 'Read a document',
    description: 'Gives one document whole, by its frame id or its URI.',
    input: { frame: z.union([z.number().int().min(0), z.string().min(1)]) },
    writes: false,
    run: (memory, { frame }) => memory.get(frame),
  }),
  tool({
    name: 'session_start',
    title: 'Start recording',
    description: 'Begins to record every put, find and ask on this file, by whichever program, until session_end.',
    input: { name: z.string().min(1).describe('What the recording is for') },
    writes: true,
    run: async (memory, { name }) => ({ sessionId: await memory.sessionStart(name) }),
  }),
  tool({
    name: 'session_end',
    title: 'End recording',
    description: 'Ends the active session and gives its totals.',
    input: {},
    writes: true,
    run: (memory) => memory.sessionEnd(),
  }),
  tool({
    name: 'session_list',
    title: 'List sessions',
    description: 'All recorded sessions of the file, oldest first.',
    input: {},
    writes: false,
    run: async (memory) => ({ sessions: await memory.sessionList() }),
  }),
  tool({
    name: 'session_checkpoint',
    title: 'Name the present state',
    description: "Names the file's present state in the active session.",
    input: { name: z.string().optional() },
    writes: true,
    run: (memory, { name }) => memory.sessionCheckpoint(name),
  }),
  tool({
    name: 'session_replay',
    title: 'Replay a session',
    description:
      'Carries a recorded session out again and compares; with audit, verifies that what each answer was given is still there, byte for byte. Asks no model.',
    input: { session, audit: z.boolean().optional().describe('Freeze retrieval: verify the recorded context instead of searching again'), top_k: topK, adaptive: z.boolean().optional() },
    writes: false,
    run: (memory, { session, top_k, ...options }, signal) =>
      memory.sessionReplay(session, { ...options, topK: top_k, signal } as Parameters<Memory['sessionReplay']>[1]),
  }),
]
