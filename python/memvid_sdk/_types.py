# Written by python/tools/generate.mjs from the Node API. Do not edit: run it again.
"""What the methods take and give. Times are milliseconds since 1970 (UTC)."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from ._wire import Bytes, Moment, Record, Vector

#: `durable`: synced to the disk before the promise resolves. `group`: synced as well, and puts that wait at the same time share one commit
#: and its sync. `none`: written, not synced.
Durability = Literal['durable', 'group', 'none']
SearchMode = Literal['hybrid', 'lex', 'vec']
AdaptiveRule = Literal['relative', 'absolute', 'knee', 'gap', 'cliff']
#: `auto`: `relative` with a weight of the vectors chosen for each query, by how much of it the best passage by words holds.
Fusion = Literal['relative', 'auto', 'rrf']
GroundingLabel = Literal['HIGH', 'MEDIUM', 'LOW']
SentenceVerdict = Literal['SUPPORTED', 'WEAK', 'UNSUPPORTED', 'CONTRADICTED', 'NOT_CHECKABLE']
#: How finely vectors are kept: as given, rounded to halves, or as bytes with a step for each vector.
VectorPrecision = Literal['f32', 'f16', 'i8']
ActionKind = Literal['put', 'put-many', 'update', 'delete', 'find', 'ask', 'checkpoint', 'tool-call', 'unknown']
#: What makes a replay fail. `mismatch`: a step that is not as it was recorded (marked ✗) · `unverified`: a context or content that is
#: not proven · `changed`: anything that differs, also where a setting or model was changed on purpose · `none`: nothing.
FailOn = Literal['none', 'mismatch', 'unverified', 'changed']
#: `FAILED`: the replay of the step itself failed. `NOT CHECKED`: nothing to compare it with (an agent's own event, a failed
#: action without results).
StepStatus = Literal['IDENTICAL', 'SUPERSEDED', 'CHANGED', 'MISSING', 'UNVERIFIABLE', 'REORDERED', 'VERIFIED', 'SKIPPED', 'FAILED', 'NOT CHECKED']
#: `IDENTICAL`: each rank holds the same frame with the same content hash and passage. `REORDERED`: the same ones at other ranks.
FindStatus = Literal['IDENTICAL', 'CHANGED', 'REORDERED']
#: The closed list of reasons. The last four keep it honest where none of the others holds: the frame has no text or no vector to be
#: found by, the file no longer holds it, today's engine does find it, or the commit can't be searched again.
MissReason = Literal['unknown', 'not-in-file-then', 'deleted', 'superseded', 'filtered', 'below-top-k', 'cut', 'no-query-term', 'token-budget', 'nothing-to-find', 'missing', 'not-reproduced']
#: What made the difference: the replay's settings, the content that was searched, either of them alone, only both together, or the
#: engine, which does not give the recorded list again. Null: the recorded commit can't be searched again.
MissCause = Literal['settings', 'content', 'either', 'both', 'engine'] | None
ContextStatus = Literal['CHANGED', 'MISSING', 'UNVERIFIABLE', 'VERIFIED']
AnswerStatus = Literal['IDENTICAL', 'CHANGED']
#: `SUPERSEDED`: the bytes are there, but the document was replaced or deleted since, or after a delete put again.
PutStatus = Literal['IDENTICAL', 'SUPERSEDED', 'CHANGED', 'MISSING', 'UNVERIFIABLE']
#: Exclude from T those types that are assignable to U
Exclude = Any
#: `UNVERIFIABLE`: nothing disagrees, but no root was written down that the present one could be compared with.
Verdict = Literal['UNVERIFIABLE', 'VERIFIED', 'NOT VERIFIED']
#: What a proof rests on, from the weakest to the strongest (format-spec/09-proof).
Rung = Literal['checksummed', 'chained', 'signed', 'anchored']
ProviderName = Literal['local', 'openai', 'claude', 'gemini', 'xai', 'groq', 'mistral', 'ollama', 'openai-compatible']


class PutItem(TypedDict, total=False):
    """One document. Exactly one of `text`, `bytes` and `path` is given."""

    text: str
    bytes: Bytes
    #: A file to read: UTF-8 text becomes text, anything else bytes; its name is the default title.
    path: str
    #: Media type. Default `text/plain`, `application/octet-stream`, or what the extension of `path` says.
    mime_type: str
    title: str
    #: Default `mv2://frames/<id>`. A URI that a live frame has already is superseded by this frame.
    uri: str
    tags: list[str]
    #: Any JSON-like object.
    metadata: dict[str, Any]
    #: Default: now.
    timestamp: Moment
    #: Your own vector for the whole document.
    vector: Vector | list[float]


class AdaptiveOptions(TypedDict, total=False):
    """Where an adaptive search cuts its list."""

    #: Default `relative`: keep scores of at least `threshold` × the best one.
    rule: AdaptiveRule
    #: Default 0.65.
    threshold: float
    #: Default 3.
    min: int
    #: Default 50.
    max: int


class RecordError(TypedDict, total=False):
    """Input: RecordError."""

    code: str
    message: str


class SweepSettings(TypedDict, total=False):
    """Settings to go through, every combination of them."""

    top_k: list[int]
    mode: list[SearchMode]
    adaptive: list[bool | AdaptiveOptions]
    alpha: list[float]
    fusion: list[Fusion]
    #: Asks: token budgets of the prompt.
    max_context_tokens: list[int]


@dataclass(frozen=True)
class PutResult(Record):
    """Part of a result: PutResult."""

    frame_id: int
    uri: str
    #: Hex BLAKE3 of the content.
    content_hash: str
    commit: int
    durability: Durability


@dataclass(frozen=True)
class PutManyResult(Record):
    """Part of a result: PutManyResult."""

    count: int
    frame_ids: list[int]
    #: The newest commit, and how many there were.
    commit: int
    commits: int
    durability: Durability


@dataclass(frozen=True)
class UpdateResult(Record):
    """Part of a result: UpdateResult."""

    #: The frame that was replaced.
    supersedes: int
    frame_id: int
    uri: str
    #: Hex BLAKE3 of the content.
    content_hash: str
    commit: int
    durability: Durability


@dataclass(frozen=True)
class DeleteResult(Record):
    """Part of a result: DeleteResult."""

    frame_id: int
    uri: str
    commit: int


@dataclass(frozen=True)
class SnapshotInfo(Record):
    """Part of a result: SnapshotInfo."""

    commit: int
    #: Hex.
    chain_hash: str
    time_ms: int
    frame_count: int
    live_frame_count: int


@dataclass(frozen=True)
class Cut(Record):
    """Where the ranked list was cut, and why."""

    kept: int
    rule: str
    threshold: float | None


@dataclass(frozen=True)
class FindHitScores(Record):
    """Part of a result: FindHitScores."""

    text: float | None
    vector: float | None


@dataclass(frozen=True)
class FindHitRanks(Record):
    """Part of a result: FindHitRanks."""

    text: int | None
    vector: int | None


@dataclass(frozen=True)
class FindHitSpan(Record):
    """Part of a result: FindHitSpan."""

    start: int
    length: int


@dataclass(frozen=True)
class FindHit(Record):
    """Part of a result: FindHit."""

    #: From 1.
    rank: int
    frame_id: int
    uri: str
    title: str | None
    snippet: str
    score: float
    #: Each arm's own score, null where the arm did not find it.
    scores: FindHitScores
    ranks: FindHitRanks
    #: UTF-8 byte span of the best passage in the document's text.
    span: FindHitSpan
    #: Hex BLAKE3 of the document's content.
    content_hash: str
    timestamp_ms: int


@dataclass(frozen=True)
class RecordingError(Record):
    """Why an action that was carried out is missing from the session."""

    code: str
    message: str


@dataclass(frozen=True)
class FindResult(Record):
    """Part of a result: FindResult."""

    mode: SearchMode
    #: Documents that any arm found, before the cut.
    total: int
    snapshot: SnapshotInfo
    cut: Cut
    hits: list[FindHit]
    #: How the query was read: `words` | `syntax` | `words-after-syntax-error`.
    query_kind: str
    latency_ms: float
    #: Set when a session is active and the action could not be recorded in it.
    recording_error: RecordingError | None = None


@dataclass(frozen=True)
class AskUsage(Record):
    """Part of a result: AskUsage."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    #: 0 for a cached or local answer; null when the price is unknown.
    cost_usd: float | None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True)
class Cost(Record):
    """What an answer cost, or why that is not known."""

    #: Exact decimal in US dollars, e.g. `0.00860376`; null when a price is unknown.
    usd: str | None
    #: Which table the rates came from, e.g. `memvid-2025-12`, `genai-prices`, `override:<file>`, or null.
    price_table: str | None
    #: Date of that table, `YYYY-MM-DD` or `YYYY-MM`, or null.
    price_date: str | None


@dataclass(frozen=True)
class EvidenceSpan(Record):
    """Part of a result: EvidenceSpan."""

    start: int
    length: int


@dataclass(frozen=True)
class Evidence(Record):
    """Where in the contexts a sentence finds its best evidence."""

    #: Index into the contexts, and offsets in the text of that one, UTF-16 units.
    context: int
    start: int
    end: int
    text: str
    #: Where the context is a span of a frame: the frame, and the UTF-8 byte span of the evidence in the frame's text.
    frame_id: int | None = None
    span: EvidenceSpan | None = None


@dataclass(frozen=True)
class SentenceGrounding(Record):
    """Part of a result: SentenceGrounding."""

    sentence: str
    #: Offsets in the answer, UTF-16 units.
    start: int
    end: int
    verdict: SentenceVerdict
    #: 0..1
    score: float
    #: Why a sentence is CONTRADICTED: `number` | `negation` | `name` | `antonym`.
    reason: str | None = None
    #: The best evidence.
    evidence: Evidence | None = None
    #: Context numbers cited by `[n]` markers in the sentence (0-based), and those that do not exist.
    citations: list[int] | None = None
    invalid_citations: list[int] | None = None


@dataclass(frozen=True)
class TokenUsage(Record):
    """A provider's tokens in the OpenTelemetry sense, kinds kept apart. `inputTokens` counts all input, cached or not."""

    input_tokens: int
    output_tokens: int
    #: Part of `inputTokens` that was read from the provider's prompt cache.
    cache_read_tokens: int | None = None
    #: Part of `inputTokens` that was written to the provider's prompt cache.
    cache_write_tokens: int | None = None
    #: Part of `outputTokens` that was reasoning.
    reasoning_tokens: int | None = None


@dataclass(frozen=True)
class GroundingJudgeError(Record):
    """Part of a result: GroundingJudgeError."""

    code: str
    message: str


@dataclass(frozen=True)
class GroundingJudge(Record):
    """What a model says of an answer's sentences, asked for with `judge`. It never changes the scorer's own result."""

    #: `provider:model` as named, and what the provider says has answered.
    model: str
    response_model: str | None
    #: 0..1 by the judge's verdicts; null when it gave none.
    score: float | None
    label: GroundingLabel | None
    #: For each sentence of the grounding; null where none was asked for or none came.
    verdicts: list[SentenceVerdict | None]
    usage: TokenUsage | None
    cost: Cost
    #: The reply came from the cache of the file, and what it had cost; null when that is not known, absent when not cached.
    cached: bool
    latency_ms: float
    saved_usd: str | None = None
    #: Why there is no verdict.
    error: GroundingJudgeError | None = None


@dataclass(frozen=True)
class Grounding(Record):
    """Part of a result: Grounding."""

    #: 0..1; null when the answer abstained.
    score: float | None
    label: GroundingLabel | None
    sentence_count: int
    grounded_sentences: int
    #: True when the label is LOW.
    has_warning: bool
    #: The answer refuses or says that the context does not hold it.
    abstained: bool
    sentences: list[SentenceGrounding]
    #: Abstained although the context seems to hold an answer.
    answer_may_exist: bool | None = None
    #: Present when a judge was asked.
    judge: GroundingJudge | None = None


@dataclass(frozen=True)
class CitationSpan(Record):
    """Part of a result: CitationSpan."""

    start: int
    length: int


@dataclass(frozen=True)
class Citation(Record):
    """A `[n]` marker of the answer, or a quoted sentence, and the passage that it names."""

    #: From 1, as in the answer.
    marker: int
    frame_id: int
    uri: str
    title: str | None
    #: UTF-8 byte span of the passage in the document's text.
    span: CitationSpan
    #: Whether the passage by itself bears out a sentence that cites it; null where no such sentence makes a claim.
    supported: bool | None


@dataclass(frozen=True)
class AskResult(Record):
    """Part of a result: AskResult."""

    answer: str
    #: `provider:model` as asked.
    model: str
    #: What the provider says answered; null when none was asked.
    response_model: str | None
    #: `stop` | `length` | `filtered` | `refusal` | `partial` | `not-asked` (nothing was found to ask about).
    finish: str
    usage: AskUsage
    #: The exact cost and the price table behind it.
    cost: Cost
    grounding: Grounding
    cached: bool
    citations: list[Citation]
    #: Ids of the frames in the context, in the order of the prompt.
    frames: list[int]
    mode: SearchMode
    latency_ms: float
    time_to_first_token_ms: float | None
    retries: int
    #: For the user, e.g. that the server read less of the prompt than it was sent.
    warnings: list[str]
    #: What the cached answer did not cost again. Null when its price is unknown; absent when not cached.
    saved_usd: float | None = None
    #: Set when a session is active and the action could not be recorded in it. The answer is whole all the same.
    recording_error: RecordingError | None = None


@dataclass(frozen=True)
class CacheEntry(Record):
    """An answer in the cache of the file."""

    #: Hex.
    key: str
    time_ms: int
    #: `provider:model` as it was asked.
    model: str
    #: Null in files of an earlier version.
    question: str | None
    answer: str
    usage: TokenUsage | None
    #: What the answer cost, and so what each use of it saves.
    cost: Cost


@dataclass(frozen=True)
class CacheListing(Record):
    """Part of a result: CacheListing."""

    #: Oldest first; of several answers to one key only the newest.
    entries: list[CacheEntry]
    #: How many more the file holds that can't be read.
    damaged: int


@dataclass(frozen=True)
class CacheClearResult(Record):
    """Part of a result: CacheClearResult."""

    cleared: int
    #: Null when there was nothing to clear.
    commit: int | None


@dataclass(frozen=True)
class CostSums(Record):
    """Sums over asks; money as exact decimals in US dollars."""

    asks: int
    #: Second opinions on grounding; their tokens and costs are in the sums.
    judges: int
    #: Answers that saved replays asked a model for. A replay that was not saved left no trace.
    replayed_answers: int
    #: Asks and judges answered from the cache, for which nothing was paid again.
    cached_answers: int
    input_tokens: int
    #: The three kinds that input tokens are billed as.
    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    #: Part of the output.
    reasoning_tokens: int
    total_tokens: int
    cost_usd: str
    #: Asks and judges whose cost is not known; they are not in the sum.
    unknown_costs: int
    #: What the cached answers had cost when they were made.
    saved_usd: str
    #: Cached answers whose cost is not known.
    unknown_savings: int


@dataclass(frozen=True)
class CostReport(Record):
    """What the recorded asks cost. Asks while no session was active are not recorded."""

    sessions: int
    totals: CostSums
    #: By `provider:model`, as asked.
    models: list[Any]
    #: By day, UTC, `YYYY-MM-DD`.
    days: list[Any]
    #: Actions and saved replays that can't be read, so whose cost is not in here.
    damaged_actions: int


@dataclass(frozen=True)
class FrameView(Record):
    """Part of a result: FrameView."""

    frame_id: int
    uri: str
    title: str | None
    mime_type: str
    tags: list[str]
    metadata: dict[str, Any]
    timestamp_ms: int
    content_hash: str
    size_bytes: int
    status: Literal['active', 'superseded', 'deleted']
    commit: int
    supersedes: int | None
    superseded_by: int | None
    ended_commit: int | None
    #: Present when the content is text.
    text: str | None = None
    bytes: Bytes | None = None


@dataclass(frozen=True)
class TimelineEntry(Record):
    """Part of a result: TimelineEntry."""

    frame_id: int
    uri: str
    title: str | None
    timestamp_ms: int
    size_bytes: int
    status: str
    mime_type: str
    tags: list[str]
    preview: str


@dataclass(frozen=True)
class Damage(Record):
    """Part of a result: Damage."""

    code: str
    offset: int
    message: str
    frame_ids: list[int]


@dataclass(frozen=True)
class Stats(Record):
    """Part of a result: Stats."""

    size_bytes: int
    commits: int
    frame_count: int
    live_frame_count: int
    deleted_frame_count: int
    content_bytes: int
    text_bytes: int
    text_segments: int
    vector_segments: int
    vector_count: int
    #: Bytes of live segments by what they hold: text index, vectors, tables of URIs and times.
    text_index_bytes: int
    vector_index_bytes: int
    table_bytes: int
    #: How finely new vectors are kept.
    vector_precision: VectorPrecision
    #: Vectors that searches reach through a graph: those that were there at the last `optimize`.
    graph_vector_count: int
    unsealed_frames: int
    sessions: int
    #: Bytes after the last valid commit, left by a crash; cut off by the next writer.
    torn_bytes: int
    #: Damage met while opening, see `verify`.
    damages: list[Damage]
    file_uuid: str
    format_version: str
    created_by: str
    created_ms: int
    vector_dim: int | None = None
    embedder: str | None = None


@dataclass(frozen=True)
class ModeBenchmark(Record):
    """Searches of one mode."""

    mode: SearchMode
    median_ms: int
    p99_ms: int
    #: `vec` only: which share of the hits of an exact search the index finds; 1 where every vector is compared.
    recall_of_index: float | None


@dataclass(frozen=True)
class BenchmarkResultSizeBytes(Record):
    """Part of a result: BenchmarkResultSizeBytes."""

    total: int
    text_index: int
    vector_index: int
    tables: int
    documents_and_history: int


@dataclass(frozen=True)
class BenchmarkResult(Record):
    """Part of a result: BenchmarkResult."""

    documents: int
    vectors: int
    embedder: str | None
    queries: int
    k: int
    modes: list[ModeBenchmark]
    #: The last one: contents, sessions, and what newer segments have replaced.
    size_bytes: BenchmarkResultSizeBytes


@dataclass(frozen=True)
class VerifyReport(Record):
    """Part of a result: VerifyReport."""

    ok: bool
    commits: int
    records: int
    bytes: int
    torn_bytes: int
    #: Bytes of retired segments that a compaction dropped.
    dropped_bytes: int
    #: Places that a repair set aside, and their bytes.
    set_aside: int
    set_aside_bytes: int
    #: Frames that a repair found lost.
    lost_frame_ids: list[int]
    #: Commits whose link to the one before can't be checked because of what was set aside.
    gaps: int
    damages: list[Damage]


@dataclass(frozen=True)
class CompactResult(Record):
    """Part of a result: CompactResult."""

    before_bytes: int
    after_bytes: int
    #: Segments whose content left the file.
    dropped_segments: int
    #: The newest commit.
    commit: int


@dataclass(frozen=True)
class OptimizeResult(Record):
    """Part of a result: OptimizeResult."""

    #: Text and vector segments.
    before_segments: int
    after_segments: int
    vector_count: int
    #: Whether searches among the vectors walk a graph now; fewer than 200,000 are compared one by one.
    has_graph: bool
    commit: int


@dataclass(frozen=True)
class LostFrame(Record):
    """Part of a result: LostFrame."""

    frame_id: int
    #: Absent where it is not known.
    uri: str | None = None


@dataclass(frozen=True)
class RepairReport(Record):
    """Part of a result: RepairReport."""

    #: What did not check.
    damages: list[Damage]
    torn_bytes: int
    #: Places that were set aside, and their bytes.
    set_aside: int
    set_aside_bytes: int
    #: Written again out of damaged blocks: their contents match their hashes; title, URI, tags and metadata have no hash of their own.
    rescued_frame_ids: list[int]
    lost_frames: list[LostFrame]
    #: Session events and cached answers that can't be read any more.
    lost_events: int
    lost_answers: int
    #: Places where something lay of which nothing is known.
    unknown_places: int
    #: Frames whose words or vectors are indexed anew.
    reindexed_frames: int
    #: Frames whose vectors are gone: a caller or an outside embedder gave them.
    lost_vectors: int
    #: Whether something that was put or recorded is gone.
    has_loss: bool
    #: The commit that the repair wrote; absent when it wrote none.
    commit: int | None = None


@dataclass(frozen=True)
class RecordResult(Record):
    """Part of a result: RecordResult."""

    session_id: str
    #: The action's number in the session, from 0.
    number: int
    commit: int


@dataclass(frozen=True)
class SessionTotals(Record):
    """Sums over the asks of a session, the calls of their judges among them."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    #: Exact decimal sum of the known costs.
    cost_usd: str
    #: Asks and judges whose cost is unknown; they are not in the sum.
    unknown_costs: int
    saved_usd: str
    cached_answers: int
    #: Actions that ended in an error.
    failures: int


@dataclass(frozen=True)
class ForkOrigin(Record):
    """The session and the place in it that a fork goes on from, and the state that the file had there."""

    session_id: str
    #: As the session was called then.
    name: str
    #: Number of the last action that is taken as given, from 0.
    action: int
    #: Null when the place was given as an action.
    checkpoint: str | None
    commit: int
    #: Hex; of that commit.
    chain_hash: str


@dataclass(frozen=True)
class SessionSummary(Record):
    """Part of a result: SessionSummary."""

    #: How many actions of each kind.
    actions: dict[str, int]
    totals: SessionTotals
    duration_ms: float
    commit: int
    #: UUIDv7, lower case with hyphens.
    session_id: str
    name: str
    status: Literal['active', 'ended']
    action_count: int
    started_at_ms: int
    #: Null while it is active.
    ended_at_ms: int | None
    started_commit: int
    #: Of a fork: what it goes on from. Absent for other sessions.
    forked_from: ForkOrigin | None = None


@dataclass(frozen=True)
class SessionInfo(Record):
    """Part of a result: SessionInfo."""

    #: UUIDv7, lower case with hyphens.
    session_id: str
    name: str
    status: Literal['active', 'ended']
    action_count: int
    started_at_ms: int
    #: Null while it is active.
    ended_at_ms: int | None
    started_commit: int
    #: Of a fork: what it goes on from. Absent for other sessions.
    forked_from: ForkOrigin | None = None


@dataclass(frozen=True)
class ActionViewError(Record):
    """Part of a result: ActionViewError."""

    code: str
    message: str


@dataclass(frozen=True)
class ActionView(Record):
    """One recorded action."""

    #: From 0, in the order of recording.
    number: int
    kind: ActionKind
    time_ms: int
    #: The commit that it was carried out on.
    commit: int
    #: Frames that it put, replaced or deleted.
    frame_ids: list[int]
    #: The few facts of its line, in the order to print: `{ query, mode: 'Hybrid', resultCount }`, `{ query, provider, model }`, …
    summary: dict[str, str | int | bool | None]
    #: Everything that was recorded (format-spec/07-sessions), or what an erasure left; bytes as hex. Null when it is damaged or was not asked for.
    record: dict[str, Any] | None
    #: Why the record could not be read.
    error: ActionViewError | None = None


@dataclass(frozen=True)
class SessionView(Record):
    """Part of a result: SessionView."""

    offset: int
    actions: list[ActionView]
    #: UUIDv7, lower case with hyphens.
    session_id: str
    name: str
    status: Literal['active', 'ended']
    action_count: int
    started_at_ms: int
    #: Null while it is active.
    ended_at_ms: int | None
    started_commit: int
    #: Of a fork: what it goes on from. Absent for other sessions.
    forked_from: ForkOrigin | None = None


@dataclass(frozen=True)
class ActionMeasures(Record):
    """What one action took and gave, for a chart or a list of a session. Null: not captured, or no such thing for its kind."""

    #: From 0.
    number: int
    kind: ActionKind
    #: When it was recorded, which is when it ended.
    time_ms: int
    #: Of the whole action.
    duration_ms: float | None
    #: The query, question, URI or name that it is about; empty where it has none.
    about: str
    #: `provider:model` as asked.
    model: str | None
    #: Of the search or of the provider's call, and to its first token.
    latency_ms: float | None
    time_to_first_token_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    #: Exact decimal; null also where the price is unknown.
    cost_usd: str | None
    cached: bool | None
    #: 0..1
    grounding: int | None
    grounding_label: GroundingLabel | None
    #: Code of the error that it ended in, or of what makes its record unreadable.
    error: str | None


@dataclass(frozen=True)
class SessionMeasures(Record):
    """Part of a result: SessionMeasures."""

    offset: int
    #: Sums over the actions that are listed.
    totals: SessionTotals
    actions: list[ActionMeasures]
    #: UUIDv7, lower case with hyphens.
    session_id: str
    name: str
    status: Literal['active', 'ended']
    action_count: int
    started_at_ms: int
    #: Null while it is active.
    ended_at_ms: int | None
    started_commit: int
    #: Of a fork: what it goes on from. Absent for other sessions.
    forked_from: ForkOrigin | None = None


@dataclass(frozen=True)
class SessionDeleteResult(Record):
    """Part of a result: SessionDeleteResult."""

    session_id: str
    name: str
    commit: int


@dataclass(frozen=True)
class CheckpointInfo(Record):
    """Part of a result: CheckpointInfo."""

    session_id: str
    #: Its number among the session's checkpoints, from 1.
    number: int
    #: The action's number in the session, from 0.
    action: int
    name: str
    commit: int
    #: Hex.
    chain_hash: str
    frame_count: int
    live_frame_count: int


@dataclass(frozen=True)
class ReplayResultFromCheckpoint(Record):
    """Part of a result: ReplayResultFromCheckpoint."""

    name: str
    number: int
    commit: int
    proven: Literal[True]


@dataclass(frozen=True)
class ArmPlace(Record):
    """What one arm of a search says of a document."""

    score: float
    rank: int


@dataclass(frozen=True)
class MissNeed(Record):
    """Settings that would have found it; each was tried on the same commit before it is named. All that are given are needed together."""

    #: Found with this k, not with one less.
    k: int | None = None
    mode: SearchMode | None = None
    #: The adaptive rule's own number, rounded to three decimals to the side that finds it.
    threshold: float | None = None
    #: Fewest and most results of the adaptive rule.
    min: int | None = None
    max: int | None = None
    #: Filters to leave out, e.g. `scope mv2://moor/`.
    without: list[str] | None = None
    #: The least token budget of the prompt.
    max_context_tokens: int | None = None


@dataclass(frozen=True)
class Standing(Record):
    """Where a document stands in one search: found, or why not."""

    frame_id: int
    uri: str | None
    #: Among the results and, of an ask, in its prompt.
    found: bool
    #: Null when it was found.
    reason: MissReason | None
    #: Rank among the candidates. Below what the search itself looked at: the rank with the `k` that is needed; where filters or a token
    #: budget kept it out: the rank without them. Null where it has none.
    rank: int | None
    score: float | None
    text: ArmPlace | None
    vector: ArmPlace | None
    #: False: no word of the query is in it, it can be found by its vector alone. Null where that was not asked.
    has_query_term: bool | None
    #: Least score that the adaptive rule kept.
    threshold: float | None
    #: Filters that keep it out.
    filters: list[str]
    need: MissNeed | None
    #: The reason in words, e.g. `below top-k: rank 12, would need k ≥ 12`.
    note: str
    #: The commit that brought or ended the document, where that is the reason, and the frame that replaced it.
    commit: int | None = None
    superseded_by: int | None = None


@dataclass(frozen=True)
class RankChange(Record):
    """A document that is in one list and not in the other."""

    frame_id: int
    uri: str | None
    #: Rank among the recorded candidates, also below the cut; null when it was not among them.
    old_rank: int | None
    new_rank: int | None
    old_score: float | None
    new_score: float | None
    #: Why the list that lacks it lacks it, the same as `why.reason`.
    reason: MissReason
    #: The reason as a sentence, e.g. `Document existed at rank 12, adaptive found it`.
    note: str
    #: What made the difference, the settings or the content.
    cause: MissCause
    #: Where it stands in the list that lacks it, and what would have been needed.
    why: Standing


@dataclass(frozen=True)
class PromptReplay(Record):
    """The prompt of an ask next to the one over today's results: which frames are in it, and what they take."""

    old_frames: list[int]
    new_frames: list[int]
    #: Estimated tokens of the context.
    old_tokens: int
    new_tokens: int
    #: Hits of both searches that are in one prompt only.
    came: list[RankChange]
    went: list[RankChange]


@dataclass(frozen=True)
class ExpectedReplay(Record):
    """What became of the one document that was expected."""

    #: As it was asked for: a URI, a frame or a text.
    asked: str
    #: Of a text: how many other documents hold it too.
    others: int
    #: In the recorded search, and in the replayed one; null when no document is what was asked for.
    recorded: Standing | None
    replayed: Standing | None
    #: Null also when it is found in both or in neither.
    cause: MissCause
    #: In a sentence, e.g. `Document existed at rank 12, adaptive found it`.
    note: str


@dataclass(frozen=True)
class SweepRowError(Record):
    """Part of a result: SweepRowError."""

    code: str
    message: str


@dataclass(frozen=True)
class SweepRow(Record):
    """One combination of settings, and whether it finds the expected document."""

    #: As they are set with `sessionReplay`, e.g. `{ topK: 16, mode: 'lex' }`.
    settings: dict[str, Any]
    found: bool
    #: Rank among the candidates, also below the cut; null when it is not among them.
    rank: int | None
    score: float | None
    #: How many results these settings give.
    results: int
    #: Whether it gets into the prompt, within the recorded token budget.
    in_prompt: bool
    #: Estimated tokens of the prompt's context over these results.
    context_tokens: int
    #: Why these settings can't be searched with.
    error: SweepRowError | None = None


@dataclass(frozen=True)
class RankedCandidateSpan(Record):
    """Part of a result: RankedCandidateSpan."""

    start: int
    length: int


@dataclass(frozen=True)
class RankedCandidateScores(Record):
    """Part of a result: RankedCandidateScores."""

    text: float | None
    vector: float | None


@dataclass(frozen=True)
class RankedCandidateRanks(Record):
    """Part of a result: RankedCandidateRanks."""

    text: int | None
    vector: int | None


@dataclass(frozen=True)
class RankedCandidate(Record):
    """A document that a search ranked, whether or not the cut kept it."""

    #: From 1.
    rank: int
    frame_id: int
    #: Null where neither the recording nor the file says it.
    uri: str | None
    title: str | None
    #: UTF-8 byte span of the best passage in the document's text.
    span: RankedCandidateSpan
    #: Hex BLAKE3 of the document's content.
    content_hash: str
    #: Fused.
    score: float
    #: Each arm's own, null where the arm did not find it.
    scores: RankedCandidateScores
    ranks: RankedCandidateRanks


@dataclass(frozen=True)
class FindReplayMoved(Record):
    """Part of a result: FindReplayMoved."""

    frame_id: int
    old_rank: int
    new_rank: int


@dataclass(frozen=True)
class FindReplayDisplacedTop(Record):
    """Part of a result: FindReplayDisplacedTop."""

    frame_id: int
    new_rank: int | None
    by: int | None


@dataclass(frozen=True)
class FindReplay(Record):
    """A recorded search next to the same search now."""

    step: int
    query: str
    status: FindStatus
    mode: SearchMode
    #: `today`, or the commit that was searched.
    searched: Literal['today'] | int
    #: What was set differently from the recording, e.g. `{ k: 24 }`.
    overrides: dict[str, Any]
    old_frames: list[int]
    new_frames: list[int]
    old_cut: Cut
    new_cut: Cut
    came: list[RankChange]
    went: list[RankChange]
    #: With `asOf: 'recorded'`, `expect` or `sweep`: `REPRODUCED`, or the first difference to the recorded ranking on its own commit.
    retrieval: str | None
    #: Frames in both lists at another rank.
    moved: list[FindReplayMoved]
    #: Frames in both lists whose content hash is another one.
    other_content: list[int]
    #: Frames in both lists that were found by another passage.
    other_passage: list[int]
    #: What became of the first hit where it is not first any more: its rank now, and which frame is first. Else null.
    displaced_top: FindReplayDisplacedTop | None
    #: Of an ask that had found something.
    prompt: PromptReplay | None = None
    #: With `expect`.
    expected: ExpectedReplay | None = None
    #: With `sweep`.
    sweep: list[SweepRow] | None = None
    #: With `details`: everything that this search ranked, hits first.
    candidates: list[RankedCandidate] | None = None


@dataclass(frozen=True)
class FrameCheck(Record):
    """How one frame of an action stands today."""

    frame_id: int
    uri: str | None
    #: `active` | `superseded` | `deleted` | `missing` | `damaged`
    state: str
    #: Whether the bytes re-read today have the recorded hash.
    hash_matches: bool
    #: `superseded since` and by what, `deleted since`, or what is wrong; null when nothing is.
    note: str | None


@dataclass(frozen=True)
class FrozenFind(Record):
    """A recorded search whose frames were read again instead of searched for."""

    step: int
    query: str
    status: ContextStatus
    frozen_frames: list[int]
    frames: list[FrameCheck]
    #: What is not as recorded, one sentence each.
    problems: list[str]


@dataclass(frozen=True)
class ContextPassage(Record):
    """A span of a frame's text as it goes into a prompt."""

    frame_id: int
    uri: str
    text: str
    #: UTF-8 byte span in the frame's text.
    start: int
    length: int
    #: Hex BLAKE3 of the frame's whole content.
    content_hash: str
    title: str | None = None


@dataclass(frozen=True)
class ChatMessage(Record):
    """Part of a result: ChatMessage."""

    role: Literal['system', 'user']
    content: str


@dataclass(frozen=True)
class AskReplayFrozenContext(Record):
    """Part of a result: AskReplayFrozenContext."""

    passages: list[ContextPassage]
    messages: list[ChatMessage]


@dataclass(frozen=True)
class AskReplayOriginalError(Record):
    """Part of a result: AskReplayOriginalError."""

    code: str
    message: str


@dataclass(frozen=True)
class AskReplayNewError(Record):
    """Part of a result: AskReplayNewError."""

    code: str
    message: str


@dataclass(frozen=True)
class WordDiffPart(Record):
    """Part of a result: WordDiffPart."""

    value: str
    #: Absent: in both.
    change: Literal['added', 'removed'] | None = None


@dataclass(frozen=True)
class AnswerMeasures(Record):
    """The measures of one answer."""

    usage: TokenUsage | None
    cost: Cost
    latency_ms: float
    grounding: Grounding | None
    cached: bool
    #: With `offline`: where the answer was taken from.
    from_: Literal['record', 'cache', 'replay'] | None = None


@dataclass(frozen=True)
class ModelAnswerError(Record):
    """Part of a result: ModelAnswerError."""

    code: str
    message: str


@dataclass(frozen=True)
class ModelAnswer(Record):
    """One model's answer to one recorded question."""

    #: `provider:model`
    model: str
    #: Compared with the original answer.
    answer_status: Literal['NOT RE-ASKED'] | AnswerStatus
    #: Absent when there is none: see `error`, or it was a dry run.
    answer: str | None = None
    error: ModelAnswerError | None = None
    #: With `diff`.
    word_diff: list[WordDiffPart] | None = None
    measures: AnswerMeasures | None = None


@dataclass(frozen=True)
class AgreementItem(Record):
    """A number, date or name that answers hold."""

    #: As the first answer that holds it writes it.
    text: str
    #: Labels of the answers that hold it: `original`, or a model's.
    answers: list[str]


@dataclass(frozen=True)
class Agreement(Record):
    """How far answers agree in facts of one kind."""

    #: Facts that every answer holds, and all facts.
    agreed: float
    total: float
    items: list[AgreementItem]


@dataclass(frozen=True)
class AskReplayAgreement(Record):
    """Part of a result: AskReplayAgreement."""

    numbers: Agreement
    names: Agreement


@dataclass(frozen=True)
class CallEstimate(Record):
    """What one provider call would cost."""

    model: str
    input_tokens: int
    output_tokens: int
    #: Exact decimal; null when the price is unknown.
    cost_usd: str | None
    #: The most that the call can cost, where `maxOutputTokens` or `maxCost` limits its answer; null when the price is unknown.
    max_cost_usd: str | None = None


@dataclass(frozen=True)
class AskReplay(Record):
    """Part of a result: AskReplay."""

    step: int
    question: str
    status: StepStatus
    original_model: str
    #: Ids of the recorded context's frames, in the order of the prompt.
    frozen_frames: list[int]
    #: Frames of the context that have been replaced, or deleted, since.
    superseded_since: list[int]
    deleted_since: list[int]
    #: Null when the recorded ask failed.
    original_answer: str | None
    #: `NOT RE-ASKED`, or how the new answer compares.
    answer_status: Literal['NOT RE-ASKED'] | AnswerStatus
    original: AnswerMeasures | None
    override_model: str | None = None
    #: Audit only.
    context: ContextStatus | None = None
    #: Audit only: what about the context is not as recorded, one sentence each. Empty when VERIFIED.
    context_problems: list[str] | None = None
    #: Audit only.
    frames: list[FrameCheck] | None = None
    #: Audit only, with `details` and where the context is VERIFIED: what the model was sent.
    frozen_context: AskReplayFrozenContext | None = None
    #: Standard only: the retrieval of this ask, compared.
    find: FindReplay | None = None
    original_error: AskReplayOriginalError | None = None
    #: Absent when it was not asked again.
    new_answer: str | None = None
    new_error: AskReplayNewError | None = None
    #: With `diff`, or whenever there is a new answer.
    diff_status: AnswerStatus | None = None
    #: With `diff`.
    word_diff: list[WordDiffPart] | None = None
    replayed: AnswerMeasures | None = None
    #: With several models: their labels, and their answers in that order.
    override_models: list[str] | None = None
    answers: list[ModelAnswer] | None = None
    #: With several models: numbers and names, compared between the original and the new answers.
    agreement: AskReplayAgreement | None = None
    #: With `dryRun`: what each model's answer would cost.
    estimates: list[CallEstimate] | None = None


@dataclass(frozen=True)
class PutReplay(Record):
    """Part of a result: PutReplay."""

    step: int
    kind: ActionKind
    status: PutStatus
    frames: list[FrameCheck]


@dataclass(frozen=True)
class ReplayStepError(Record):
    """Part of a result: ReplayStepError."""

    code: str
    message: str


@dataclass(frozen=True)
class ReplayStep(Record):
    """Part of a result: ReplayStep."""

    #: From 1.
    step: int
    #: The action's number in the session, from 0.
    number: int
    kind: ActionKind
    status: StepStatus
    #: False when the step shows a difference, a loss or a failure.
    ok: bool
    #: One sentence where the status needs it.
    note: str | None
    duration_ms: float
    find: FindReplay | None = None
    #: Audit of a search: the frames that it had found.
    frozen: FrozenFind | None = None
    ask: AskReplay | None = None
    put: PutReplay | None = None
    #: With `details`, of a search: the recorded candidates, hits first.
    candidates: list[RankedCandidate] | None = None
    error: ReplayStepError | None = None


@dataclass(frozen=True)
class ReplayResultTotals(Record):
    """Part of a result: ReplayResultTotals."""

    original: SessionTotals
    replayed: SessionTotals


@dataclass(frozen=True)
class ModelTotals(Record):
    """All answers of one model in a replay, or of the recording (`original`)."""

    model: str
    answers: int
    identical: int
    changed: int
    failed: int
    input_tokens: int
    output_tokens: int
    #: Exact decimal sum of the known costs.
    cost_usd: str
    unknown_costs: int
    #: Mean over the answers that took time; null when none did.
    mean_latency_ms: float | None
    #: Mean grounding score, 0..1, over the answers that were scored; null when none was.
    mean_grounding: int | None
    #: Answers whose grounding is LOW.
    low_grounding: int


@dataclass(frozen=True)
class ModelEstimate(Record):
    """What all calls of a replay to one model would cost."""

    calls: int
    price_table: str | None
    price_date: str | None
    model: str
    input_tokens: int
    output_tokens: int
    #: Exact decimal; null when the price is unknown.
    cost_usd: str | None


@dataclass(frozen=True)
class ReplayEstimate(Record):
    """Part of a result: ReplayEstimate."""

    calls: int
    #: Sum of the known costs.
    cost_usd: str
    #: Calls whose price is unknown; they are not in the sum.
    unknown_costs: int
    models: list[ModelEstimate]


@dataclass(frozen=True)
class ReplayStop(Record):
    """Why a replay ended before its last action."""

    reason: Literal['aborted', 'mismatch', 'max-cost']
    #: One sentence.
    note: str


@dataclass(frozen=True)
class Divergence(Record):
    """A step that counts as a difference, a loss or a failure."""

    step: int
    number: int
    kind: ActionKind
    #: The query, question or name that the action is about; null where it has none.
    about: str | None
    status: StepStatus
    #: `failed`: the step or a provider call failed.
    reason: Literal['failed'] | Exclude
    #: What is different, one sentence.
    note: str


@dataclass(frozen=True)
class SavedReplay(Record):
    """Part of a result: SavedReplay."""

    #: Among the session's saved replays, from 1.
    number: int
    name: str | None
    commit: int


@dataclass(frozen=True)
class ReplayResult(Record):
    """Part of a result: ReplayResult."""

    session_id: str
    name: str
    mode: Literal['standard', 'audit']
    #: Set when the replay began at a checkpoint: which, and that its commit is still in the file's history.
    from_checkpoint: ReplayResultFromCheckpoint | None
    total_actions: int
    steps: list[ReplayStep]
    find_results: list[FindReplay]
    ask_results: list[AskReplay]
    put_results: list[PutReplay]
    #: How many steps ended in each status.
    counts: dict[str, int]
    #: With `asOf: 'recorded'`, `expect` or `sweep`: `REPRODUCED`, or the first difference of the session. Else null.
    retrieval: str | None
    #: Every step `ok`.
    ok: bool
    #: True when `signal` stopped it: the steps are those that were done.
    aborted: bool
    totals: ReplayResultTotals
    duration_ms: float
    #: With several models: the recording first, then each model.
    models: list[ModelTotals] | None = None
    #: With `dryRun`.
    estimate: ReplayEstimate | None = None
    #: Absent when it ran to its end.
    stopped: ReplayStop | None = None
    #: With `stopOnMismatch`: the step that stopped it.
    first_divergence: Divergence | None = None
    #: With `save`: where it is kept.
    saved: SavedReplay | None = None
    #: With `save`: why it could not be kept.
    recording_error: RecordingError | None = None


@dataclass(frozen=True)
class SignatureView(Record):
    """Part of a result: SignatureView."""

    key_name: str
    #: Hex.
    key_id: str
    #: How many actions it is over.
    size: int
    commit: int
    #: `unknown key`: nobody said that this key is trusted, so it proves nothing.
    status: Literal['valid', 'valid for a part', 'unknown key', 'invalid', 'disagrees']


@dataclass(frozen=True)
class SessionVerifyResultErased(Record):
    """Part of a result: SessionVerifyResultErased."""

    action: int
    fields: list[str]


@dataclass(frozen=True)
class ProofProblem(Record):
    """Part of a result: ProofProblem."""

    #: What does not hold because of it.
    rung: Rung
    #: Number of the action; null: of the session or the file as a whole.
    action: int | None
    #: Byte offset in the file; null where none is known.
    offset: int | None
    message: str


@dataclass(frozen=True)
class SessionVerifyResult(Record):
    """Part of a result: SessionVerifyResult."""

    session_id: str
    name: str
    status: Literal['active', 'ended']
    verdict: Verdict
    #: The highest rung that holds; null when none does.
    rung: Rung | None
    rungs: dict[str, bool]
    action_count: int
    #: Distinct frames that were read and hashed again.
    frame_count: int
    commit_count: int
    #: Root of the tree computed now, hex; null when an action can't be read.
    root: str | None
    #: As it stands in the end of the session, hex; null when none was recorded.
    recorded_root: str | None
    signatures: list[SignatureView]
    #: Actions with erased fields.
    erased: list[SessionVerifyResultErased]
    problems: list[ProofProblem]


@dataclass(frozen=True)
class SignResult(Record):
    """Part of a result: SignResult."""

    key_name: str
    #: Hex.
    key_id: str
    #: The signed note as it stands in the file.
    note: str
    session_id: str
    size: int
    #: Hex.
    root: str
    commit: int
    #: Hex.
    chain_hash: str
    #: The line to keep elsewhere.
    line: str


@dataclass(frozen=True)
class AnchorResult(Record):
    """Part of a result: AnchorResult."""

    session_id: str
    size: int
    #: Hex.
    root: str
    commit: int
    #: Hex.
    chain_hash: str
    #: The line to keep elsewhere.
    line: str


@dataclass(frozen=True)
class SessionRedactResultSameTextIn(Record):
    """Part of a result: SessionRedactResultSameTextIn."""

    session_id: str
    action: int


@dataclass(frozen=True)
class SessionRedactResult(Record):
    """Part of a result: SessionRedactResult."""

    session_id: str
    action: int
    #: Names of the fields that were erased (format-spec/07-sessions).
    fields: list[str]
    #: Cached answers that were erased with it.
    cached_answers: int
    #: Saved replays of the session out of which answers to it were erased.
    saved_replays: int
    #: False: it was recorded without a salt, so a short text can be guessed from the commitment that is left.
    is_salted: bool
    #: Other actions that hold a text that was erased here.
    same_text_in: list[SessionRedactResultSameTextIn]
    commit: int


@dataclass(frozen=True)
class EvidenceResult(Record):
    """Part of a result: EvidenceResult."""

    session_id: str
    path: str
    #: Of the session in the file, as it was exported.
    verdict: Verdict
    action_count: int
    #: Frames whose content is in the archive.
    frame_count: int
    #: Hex.
    root: str | None
    problems: list[ProofProblem]


@dataclass(frozen=True)
class SessionForkResult(Record):
    """Part of a result: SessionForkResult."""

    session_id: str
    name: str
    forked_from: ForkOrigin


@dataclass(frozen=True)
class ReplayInfoError(Record):
    """Part of a result: ReplayInfoError."""

    code: str
    message: str


@dataclass(frozen=True)
class ReplayInfo(Record):
    """A saved replay as it is listed."""

    session_id: str
    #: Among the session's saved replays, from 1, oldest first.
    number: int
    name: str | None
    time_ms: int
    #: The commit that was replayed on.
    commit: int
    #: Null when the record can't be read.
    mode: Any
    #: The models that were asked instead of the recorded ones.
    models: list[str]
    total_actions: int
    replayed_actions: int
    counts: Any
    ok: bool
    stopped: ReplayStop | None = None
    #: Why the record can't be read.
    error: ReplayInfoError | None = None


@dataclass(frozen=True)
class ReplayViewError(Record):
    """Part of a result: ReplayViewError."""

    code: str
    message: str


@dataclass(frozen=True)
class ReplayView(Record):
    """Part of a result: ReplayView."""

    result: ReplayResult
    session_id: str
    #: Among the session's saved replays, from 1, oldest first.
    number: int
    name: str | None
    time_ms: int
    #: The commit that was replayed on.
    commit: int
    #: Null when the record can't be read.
    mode: Any
    #: The models that were asked instead of the recorded ones.
    models: list[str]
    total_actions: int
    replayed_actions: int
    counts: Any
    ok: bool
    stopped: ReplayStop | None = None
    #: Why the record can't be read.
    error: ReplayViewError | None = None


@dataclass(frozen=True)
class ReplayStepPairResults(Record):
    """Part of a result: ReplayStepPairResults."""

    status: FindStatus
    came: list[int]
    went: list[int]


@dataclass(frozen=True)
class ReplayStepPairAnswers(Record):
    """Part of a result: ReplayStepPairAnswers."""

    model_a: str | None
    model_b: str | None
    status: AnswerStatus
    word_diff: list[WordDiffPart]


@dataclass(frozen=True)
class ReplayStepPair(Record):
    """Part of a result: ReplayStepPair."""

    step: int
    kind: ActionKind
    about: str | None
    status_a: StepStatus
    status_b: StepStatus
    identical: bool
    #: Steps that searched again in both: the lists that came.
    results: ReplayStepPairResults | None = None
    #: Answers of the same model, and of those left over, in their order. Null: there is none.
    answers: list[ReplayStepPairAnswers] | None = None


@dataclass(frozen=True)
class ReplayComparison(Record):
    """Two saved replays of one session, step by step."""

    session_id: str
    a: ReplayInfo
    b: ReplayInfo
    steps: list[ReplayStepPair]
    #: Steps that only one of them has.
    only_a: list[int]
    only_b: list[int]
    identical_steps: int
    identical: bool


@dataclass(frozen=True)
class ActionPairRetrieval(Record):
    """Part of a result: ActionPairRetrieval."""

    status: FindStatus
    came: list[int]
    went: list[int]
    old_frames: list[int]
    new_frames: list[int]


@dataclass(frozen=True)
class ActionPairAnswer(Record):
    """Part of a result: ActionPairAnswer."""

    status: AnswerStatus
    model_a: str
    model_b: str
    word_diff: list[WordDiffPart]


@dataclass(frozen=True)
class ActionPair(Record):
    """Part of a result: ActionPair."""

    a: int
    b: int
    kind: ActionKind
    #: The query, question, URI or name that both are about.
    about: str
    identical: bool
    #: True when the two stand in another order than the pairs around them; else absent.
    moved: bool | None = None
    #: Searches and asks: the retrieved frames compared.
    retrieval: ActionPairRetrieval | None = None
    #: Asks: the answers compared.
    answer: ActionPairAnswer | None = None
    #: Puts: whether the same contents were put; tool calls: whether input and output are the same.
    same_content: bool | None = None


@dataclass(frozen=True)
class SessionComparisonTotals(Record):
    """Part of a result: SessionComparisonTotals."""

    a: SessionTotals
    b: SessionTotals


@dataclass(frozen=True)
class SessionComparison(Record):
    """Part of a result: SessionComparison."""

    a: SessionInfo
    b: SessionInfo
    #: Actions aligned by what they are (kind and query), not by position.
    pairs: list[ActionPair]
    only_a: list[ActionView]
    only_b: list[ActionView]
    #: Pairs without a difference.
    identical_pairs: int
    totals: SessionComparisonTotals
    identical: bool


@dataclass(frozen=True)
class Price(Record):
    """Rates in US dollars for a million tokens, as exact decimals. A kind without a rate of its own costs what input costs."""

    input: str
    output: str
    #: `memvid-2025-12`, `genai-prices@<version>`, `override:<file>`, or `local`.
    table: str
    #: `YYYY-MM` or `YYYY-MM-DD`.
    date: str | None
    cache_read: str | None = None
    cache_write: str | None = None


@dataclass(frozen=True)
class ModelListing(Record):
    """One line of `memvid models`."""

    provider: ProviderName
    model: str
    label: str
    api_model: str
    aliases: list[str]
    #: The model of the bare provider name.
    is_default: bool
    #: Null when no table has a price.
    price: Price | None
    key_variable: str | None
    #: Whether a key is set, or none is needed.
    ready: bool
    #: Whether one of the provider's key variables is set.
    key_set: bool
    notice: str | None


@dataclass(frozen=True)
class InstalledModel(Record):
    """Part of a result: InstalledModel."""

    model: Literal['minilm']
    path: str
    sha256: str
    size_bytes: int
    #: False when it was there already.
    installed: bool


@dataclass(frozen=True)
class SalvageReport(Record):
    """Part of a result: SalvageReport."""

    #: Frames of the new file, lost ones included.
    frame_count: int
    sessions: int
    #: Records that were found at another place than they were written for.
    moved_records: int
    #: Bytes of the damaged file that are in no record of the new one.
    dropped_bytes: int
    repair: RepairReport
    #: How the header was brought back; absent when it was whole.
    header: str | None = None
