/**
 * The JSON of the Time Machine: each route of the server, what it takes and gives. Both halves import it; it holds types only.
 *
 * Every request carries `Authorization: Bearer <token>`; the token is the fragment of the address that the command printed,
 * `#token=<64 hex digits>` or `#token=<…>&session=<id>&action=<n>`. Bodies are `application/json`. Errors are `ApiError` with a status
 * of 400 or above. `null` means that the file does not hold it: not captured, never zero. Times are milliseconds since 1970 (UTC), money
 * is an exact decimal text in US dollars. All texts come from the file and may hold anything: they are text, never markup.
 *
 * | route | takes | gives |
 * |---|---|---|
 * | `GET /api/file` | | `FileView` |
 * | `GET /api/commits?before=&limit=` | `CommitQuery` | `CommitPage` |
 * | `GET /api/documents?asOf=&offset=&limit=` | `DocumentQuery` | `DocumentPage` |
 * | `GET /api/frames/:id?asOf=` | | `FrameView` |
 * | `GET /api/sessions` | | `SessionRow[]` |
 * | `GET /api/sessions/:id` | | `SessionDetail` |
 * | `GET /api/sessions/:id/timeline` | | `Timeline` |
 * | `GET /api/sessions/:id/actions/:n` | | `ActionDetail` |
 * | `POST /api/sessions/:id/actions/:n/search` | `SearchKnobs` | `SearchView` |
 * | `POST /api/sessions/:id/actions/:n/miss` | `MissRequest` | `MissView` |
 * | `POST /api/sessions/:id/actions/:n/estimate` | `EstimateRequest` | `EstimateView` |
 * | `POST /api/sessions/:id/actions/:n/reask` | `ReaskRequest` | `ReaskView` |
 * | `POST /api/compare` | `CompareRequest` | `CompareView` |
 * | `GET /api/export?session=` | | `text/html`: the page with an `ExportData` embedded |
 */

import type {
  ActionKind,
  ActionView,
  AdaptiveOptions,
  AskReplay,
  ChatMessage,
  CheckpointInfo,
  ContextPassage,
  ContextStatus,
  Cost,
  Cut,
  ExpectedReplay,
  FindReplay,
  FrameCheck,
  FrameView as StoredFrame,
  Fusion,
  Grounding,
  GroundingLabel,
  ModelTotals,
  RankedCandidate,
  SearchMode,
  SessionComparison,
  SessionInfo,
  SessionTotals,
  SnapshotInfo,
  Stats,
  SweepRow,
  TimelineEntry,
  TokenUsage,
  WordDiffPart,
} from '../index.js'

/** What every route gives when it can't do what was asked. */
export interface ApiError {
  error: {
    /** Stable: a code of the SDK, or `Unauthorized`, `Forbidden`, `NotFound`, `MethodNotAllowed`, `TooLarge`, `UnsupportedMediaType`, `Busy`. */
    code: string
    message: string
    /** What to do about it. */
    hint?: string
  }
}

/** `GET /api/file`: the file as it is now, and what this server permits. */
export interface FileView {
  /** Name without its folder. */
  name: string
  /** Size, counts, sizes by part, and the file's format. */
  stats: Stats
  /** The newest commit. */
  snapshot: SnapshotInfo
  /** Bytes by what holds them; the last one is what no index or table takes: contents, sessions, and what newer segments have replaced. */
  parts: { textIndex: number; vectorIndex: number; tables: number; documentsAndHistory: number }
  /** At most 200 commits from the first to the newest at equal steps: how the file grew, in documents. Sizes by commit are not captured. */
  growth: GrowthPoint[]
  /** Whether models may be asked from this page (`--allow-ask`). */
  canAsk: boolean
  /** Version of the product. */
  version: string
}

export interface GrowthPoint {
  commit: number
  timeMs: number
  frameCount: number
  liveFrameCount: number
}

/** `GET /api/commits`, newest first. */
export interface CommitQuery {
  /** Only commits below this one. Default: from the newest on. */
  before?: number
  /** 1 to 500. Default 100. */
  limit?: number
}

export interface CommitPage {
  commits: SnapshotInfo[]
  /** The next page's `before`; null at the end. */
  next: number | null
}

/** `GET /api/documents`: what the file held at a commit, in the order of its documents' times. */
export interface DocumentQuery {
  /** Commit number. Default: now. */
  asOf?: number
  /** Default 0. */
  offset?: number
  /** 1 to 500. Default 100. */
  limit?: number
}

export interface DocumentPage {
  documents: TimelineEntry[]
  /** The next page's `offset`; null at the end. */
  next: number | null
}

/** `GET /api/frames/:id`: one stored item; `text` is absent where it is not text. Bytes stay in the file. */
export type FrameView = Omit<StoredFrame, 'bytes'>

/** `GET /api/sessions`: one session of the list, oldest first. */
export interface SessionRow extends SessionInfo {
  /** To now while it is active. */
  durationMs: number
  /** `provider:model` of its asks, each once, in the order of first use. */
  models: string[]
  /** How many actions of each kind. */
  actions: Partial<Record<ActionKind, number>>
  totals: SessionTotals
  /** Least grounding score of its answers, 0..1; null where none was scored. */
  lowestGrounding: number | null
}

/** `GET /api/sessions/:id`; `:id` is the id, an unambiguous beginning of it, or the name. */
export interface SessionDetail {
  session: SessionRow
  checkpoints: CheckpointInfo[]
}

/** `GET /api/sessions/:id/timeline`: every action in columns; entry i is of action i. Null: not captured, or no such thing for its kind. */
export interface Timeline {
  sessionId: string
  actionCount: number
  kind: ActionKind[]
  /** When it was recorded, which is when it ended. */
  timeMs: number[]
  /** `timeMs` less `durationMs`; `timeMs` where no duration was captured. */
  startMs: number[]
  /** Of the whole action. */
  durationMs: (number | null)[]
  /** Of the search, or of the provider's call. */
  latencyMs: (number | null)[]
  timeToFirstTokenMs: (number | null)[]
  costUsd: (string | null)[]
  inputTokens: (number | null)[]
  outputTokens: (number | null)[]
  /** `provider:model` */
  model: (string | null)[]
  /** 0..1 */
  grounding: (number | null)[]
  groundingLabel: (GroundingLabel | null)[]
  /** Answered from the cache. */
  cached: (boolean | null)[]
  /** Code of the error that it ended in. */
  error: (string | null)[]
  /** The query, question, URI or name that it is about. */
  label: string[]
}

/** A search as it was recorded. */
export interface RecordedSearchView {
  query: string
  /** Every parameter in force, defaults included, as recorded (format-spec/07-sessions). */
  parameters: Record<string, unknown>
  mode: SearchMode
  embedder: string | null
  queryKind: string
  /** The state of the file that was searched. */
  snapshot: { commit: number; timeMs: number; frameCount: number; liveFrameCount: number }
  latencyMs: number
  /** Documents that any arm found. */
  total: number
  cut: Cut
  /** Ranked, well below the cut: those with a rank above `cut.kept` were not given. */
  candidates: RankedCandidate[]
}

/** An ask's frozen context, read again now. */
export interface ContextView {
  status: ContextStatus
  /** One sentence each; empty when VERIFIED. */
  problems: string[]
  /** In the order of the prompt, each with whether its bytes still have the recorded hash. */
  frames: FrameCheck[]
  /** The passages as the model was sent them, and the prompt's messages; null unless VERIFIED. */
  passages: ContextPassage[] | null
  prompt: ChatMessage[] | null
  /** Candidates that did not get in, by rank, and why. */
  leftOut: { rank: number; reason: string }[]
  tokensEstimate: number
  maxContextTokens: number | null
}

export interface AnswerView {
  question: string
  /** `provider:model` as asked. */
  model: string | null
  /** What the provider says answered. */
  responseModel: string | null
  /** Null when it failed or was erased. */
  answer: string | null
  /** What had come before it failed. */
  partialAnswer: string | null
  finish: string | null
  usage: TokenUsage | null
  cost: Cost | null
  latencyMs: number | null
  timeToFirstTokenMs: number | null
  retries: number | null
  cached: boolean
  /** Sentences with offsets in the answer, verdict, score and evidence (frame and byte span). */
  grounding: Grounding | null
  /** Absent when nothing was found to ask about. */
  context: ContextView | null
}

/** `GET /api/sessions/:id/actions/:n`, n from 0. */
export interface ActionDetail {
  sessionId: string
  /** Number, kind, time, commit, summary, and in `record` everything that was recorded, bytes as hex. */
  action: ActionView
  /** Finds and asks that searched. */
  search: RecordedSearchView | null
  /** Asks. */
  ask: AnswerView | null
  /** Puts, updates, deletes and finds: the frames that they name, as they stand now. Else empty. */
  frames: FrameCheck[]
}

/** `POST …/search`: what to search with; what is not given stays as it was recorded. */
export interface SearchKnobs {
  /** 1 to 10000. */
  topK?: number
  mode?: SearchMode
  /** Weight of the vectors, 0..1. */
  alpha?: number
  fusion?: Fusion
  /** `false`: cut at top-k. */
  adaptive?: boolean | AdaptiveOptions
  /** `recorded` (default): the commit that was searched then. `now`, or a commit's number. */
  asOf?: 'recorded' | 'now' | number
  /** `false`: without the recorded scope, tags and times. */
  filters?: boolean
  /** Asks: token budget of the prompt. */
  maxContextTokens?: number
}

export interface SearchView {
  /** Came and went with the reason of each (`why`, `note`), cuts, moved documents, status. */
  find: FindReplay
  /** The list as these settings rank it; ranks above `find.newCut.kept` are below the cut. */
  candidates: RankedCandidate[]
  latencyMs: number
}

/** `POST …/miss`: why this search missed one document, and which settings find it. */
export interface MissRequest extends SearchKnobs {
  /** A frame's id, a URI, or a text that stands in the document. */
  expect: string | number
  /** Settings to go through, e.g. `top-k=4..64` or `mode,adaptive`. Default: none are. */
  sweep?: string
}

export interface MissView {
  /** In the recorded search and in this one, with rank, reason and what would have found it (`need`). */
  expected: ExpectedReplay
  sweep: SweepRow[] | null
}

/** `POST …/estimate`: what asking this over the frozen context can cost at most. Sends nothing to a provider. Needs `canAsk`. */
export interface EstimateRequest {
  /** `provider:model` each, 1 to 4. */
  models: string[]
  /** Longest answer. Default 1024. */
  maxOutputTokens?: number
}

export interface EstimateView {
  /** Most that it can cost, all models together. A model without a price is refused with `UnknownPrice`. */
  maxCostUsd: string
  models: { model: string; maxCostUsd: string; expectedCostUsd: string | null }[]
  /** To send with `reask`. Good once, for this action, these models and this length, for 5 minutes. */
  confirmation: string
}

/** `POST …/reask`: asks the models that the confirmation is for; stopped before it costs more than was confirmed. Needs `canAsk`. */
export interface ReaskRequest {
  confirmation: string
}

export interface ReaskView {
  /** The recorded answer next to the new one (one model: `newAnswer`, `replayed`) or ones (`answers`), with word differences. */
  ask: AskReplay
  /** The recording first, then each model; null with one model. */
  models: ModelTotals[] | null
  /** Why it stopped early. */
  stopped: string | null
}

/** `POST /api/compare`: two to four asks, or two to four sessions. The first is what the others are compared with. */
export type CompareRequest = { sessions: string[] } | { asks: { session: string; action: number }[] }

export interface CompareView {
  /** Present for sessions: the first next to each other, pairs sorted by regression, the worst first. */
  sessions: SessionPairView[] | null
  /** Present for asks: in the order asked for, then differences to the first. */
  asks: AnswerSide[] | null
  answers: AnswerPairView[] | null
}

/** An answer and its measures. */
export interface AnswerSide {
  session: string
  action: number
  question: string
  model: string | null
  answer: string | null
  costUsd: string | null
  latencyMs: number | null
  grounding: number | null
  groundingLabel: GroundingLabel | null
  /** Frames of its context. */
  frames: number[]
}

/** Two answers: differences are of `b` less `a`; null where one of the two is not captured. */
export interface AnswerPairView {
  a: AnswerSide
  b: AnswerSide
  identical: boolean
  wordDiff: WordDiffPart[]
  costUsd: string | null
  latencyMs: number | null
  grounding: number | null
}

export interface SessionPairView {
  comparison: SessionComparison
  /** Asks of both that are about the same, sorted: lost grounding first, then higher cost, then higher latency. */
  answers: AnswerPairView[]
}

/**
 * What an exported page holds instead of a server, in `<script type="application/json" id="memvid-export">`: the answers of the GET
 * routes by path. What is not in it can't be shown in an export.
 */
export interface ExportData {
  exportedMs: number
  /** The session that it is of. */
  sessionId: string
  /** Actions whose details are not in it, as it would be too large; 0 for most sessions. */
  actionsLeftOut: number
  /** E.g. `/api/sessions/0198…/timeline` → `Timeline`. */
  responses: Record<string, unknown>
}
