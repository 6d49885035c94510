//! What goes to JavaScript.

use mv2::store::{self, CommitPoint};
use napi::bindgen_prelude::{Buffer, Either3, Float32Array, Float64Array, Int8Array, Uint16Array};
use napi_derive::napi;

use crate::found::Found;

#[napi(object)]
pub struct FrameReference {
    pub frame_id: f64,
    pub uri: String,
    /// In hex.
    pub content_hash: String,
}

#[napi(object)]
pub struct EventResult {
    /// False for an action that was left out, as no session is active.
    pub written: bool,
    pub session: Option<Buffer>,
    pub sequence: u32,
    pub offset: f64,
}

#[napi(object)]
pub struct BatchResult {
    pub commit: f64,
    pub durability: String,
    pub frames: Vec<FrameReference>,
    pub events: Vec<EventResult>,
}

/// A commit of many puts: their frames follow one another.
#[napi(object)]
pub struct BulkResult {
    pub commit: f64,
    pub first_frame: f64,
    pub count: u32,
    /// 32 bytes a frame.
    pub content_hashes: Buffer,
}

#[napi(object)]
pub struct Snapshot {
    pub commit: f64,
    pub chain_hash: Buffer,
    pub time_ms: f64,
    pub frame_count: f64,
    pub live_frame_count: f64,
}

#[napi(object)]
pub struct Frame {
    pub frame_id: f64,
    pub uri: String,
    pub title: Option<String>,
    pub mime_type: String,
    /// Present when the content is text.
    pub text: Option<String>,
    pub bytes: Option<Buffer>,
    pub tags: Vec<String>,
    pub metadata: Option<Buffer>,
    pub timestamp_ms: f64,
    pub content_hash: Buffer,
    pub size_bytes: f64,
    /// `active` | `superseded` | `deleted`, as of the snapshot asked.
    pub status: String,
    /// The commit that put it.
    pub commit: f64,
    pub supersedes: Option<f64>,
    pub superseded_by: Option<f64>,
    /// The commit that superseded or deleted it.
    pub ended_commit: Option<f64>,
}

#[napi(object)]
pub struct FrameSummary {
    pub frame_id: f64,
    pub uri: String,
    pub title: Option<String>,
    pub timestamp_ms: f64,
    pub size_bytes: f64,
    pub status: String,
    pub mime_type: String,
    pub tags: Vec<String>,
    pub preview: String,
}

#[napi(object)]
pub struct Candidate {
    pub frame_id: f64,
    /// Best passage, as UTF-8 byte span of the frame's text.
    pub start: u32,
    pub length: u32,
    pub content_hash: Buffer,
    /// Fused score, and each arm's own where the arm found it; ranks count from 1.
    pub score: f64,
    pub text_score: Option<f64>,
    pub vector_score: Option<f64>,
    pub text_rank: Option<u32>,
    pub vector_rank: Option<u32>,
}

#[napi(object)]
pub struct Hit {
    pub frame_id: f64,
    pub start: u32,
    pub length: u32,
    pub content_hash: Buffer,
    pub score: f64,
    pub text_score: Option<f64>,
    pub vector_score: Option<f64>,
    pub text_rank: Option<u32>,
    pub vector_rank: Option<u32>,
    pub uri: String,
    pub title: Option<String>,
    pub snippet: String,
    pub timestamp_ms: f64,
}

#[napi(object)]
pub struct Cut {
    pub kept: u32,
    pub rule: String,
    pub threshold: Option<f64>,
}

#[napi(object)]
pub struct FindResponse {
    pub snapshot: Snapshot,
    pub mode: String,
    /// Frames that any arm found, up to the depth that was looked at.
    pub total: u32,
    /// Where the list was cut: how many were kept and by which rule (`top-k`, `relative`, …), the threshold score where there is one.
    pub cut: Cut,
    pub hits: Vec<Hit>,
    /// Ranked, from rank 1; longer than `hits` where candidates > kept.
    pub candidates: Vec<Candidate>,
    /// What a session records of this search, encoded, when the request asked for that; `candidates` is empty then.
    pub record: Option<Buffer>,
    /// Of a recorded search: why it could not be recorded, the code and the fields of an engine error, joined by U+001F.
    pub recording_error: Option<String>,
    /// From the call on.
    pub latency_ms: f64,
    /// How the query was read: `words` | `syntax` | `words-after-syntax-error`.
    pub query_kind: String,
    pub embedder: Option<String>,
    /// Damage that was worked around, in words.
    pub warnings: Vec<String>,
}

#[napi(object)]
pub struct SpanText {
    pub text: String,
    /// Hash of the frame's whole content, computed from the bytes in the file now.
    pub content_hash: Buffer,
    pub status: String,
    /// Why the span can't be read: the code and the fields of an engine error, joined by U+001F.
    pub error: Option<String>,
}

#[napi(object)]
pub struct SessionSummary {
    pub session: Buffer,
    /// `active` | `ended`
    pub status: String,
    pub action_count: u32,
    /// Both absent where the record of the start is damaged.
    pub started_commit: Option<f64>,
    pub start_payload: Option<Buffer>,
    pub end_payload: Option<Buffer>,
}

#[napi(object)]
pub struct FrameMark {
    pub frame_id: f64,
    pub content_hash: Buffer,
}

#[napi(object)]
pub struct SessionEvent {
    #[napi(js_name = "type")]
    pub kind: String,
    pub sequence: u32,
    pub time_ms: f64,
    /// The snapshot that the event was written on (the commit before its own).
    pub commit: f64,
    pub chain_hash: Buffer,
    pub offset: f64,
    pub frames: Vec<FrameMark>,
    pub payload: Buffer,
}

#[napi(object)]
pub struct CachedAnswer {
    pub key: Buffer,
    pub payload: Buffer,
    pub time_ms: f64,
    pub offset: f64,
}

#[napi(object)]
pub struct CachedAnswers {
    pub answers: Vec<CachedAnswer>,
    /// How many more the file holds that can't be read.
    pub damaged: u32,
}

#[napi(object)]
pub struct Stats {
    pub size_bytes: f64,
    pub commits: f64,
    pub frame_count: f64,
    pub live_frame_count: f64,
    pub deleted_frame_count: f64,
    pub content_bytes: f64,
    pub text_bytes: f64,
    pub text_segments: u32,
    pub vector_segments: u32,
    pub vector_count: f64,
    /// Bytes of live segments by what they hold.
    pub text_index_bytes: f64,
    pub vector_index_bytes: f64,
    pub table_bytes: f64,
    pub vector_dim: Option<u32>,
    /// How finely new vectors are kept.
    pub vector_precision: String,
    /// Vectors that searches reach through a graph.
    pub graph_vector_count: f64,
    pub embedder: Option<String>,
    pub unsealed_frames: f64,
    pub sessions: f64,
    /// Bytes after the last valid commit, left by a crash; cut off by the next writer.
    pub torn_bytes: f64,
    pub damages: Vec<Damage>,
    pub file_uuid: String,
    pub format_version: String,
    pub created_by: String,
    pub created_ms: f64,
}

#[napi(object)]
pub struct Damage {
    pub code: String,
    pub offset: f64,
    pub message: String,
    pub frame_ids: Vec<f64>,
}

#[napi(object)]
pub struct EraseResult {
    pub commit: f64,
    /// How many cached answers were erased.
    pub answers: u32,
}

#[napi(object)]
pub struct VectorView {
    pub dim: u32,
    pub precision: String,
    /// Items from one row to the next.
    pub stride: u32,
    /// Frame of each row.
    pub frame_ids: Float64Array,
    /// What an item of 1 is worth in each row, for i8.
    pub steps: Option<Float32Array>,
    /// Rows one after the other, read from the file in place. Writing to them changes neither the file nor any result.
    pub data: Either3<Float32Array, Uint16Array, Int8Array>,
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

pub fn bytes(hash: &[u8]) -> Buffer {
    Buffer::from(hash)
}

/// A short text is made quicker than a buffer.
fn hex(hash: &[u8; 32]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub fn batch_result(result: store::BatchResult, durability: &str) -> BatchResult {
    BatchResult {
        commit: result.commit_no as f64,
        durability: durability.to_string(),
        frames: result
            .frames
            .into_iter()
            .map(|f| FrameReference { frame_id: f.frame_id as f64, uri: f.uri, content_hash: hex(&f.content_hash) })
            .collect(),
        events: result
            .events
            .into_iter()
            .map(|e| EventResult {
                written: e.written,
                session: e.session.map(|s| bytes(&s)),
                sequence: e.sequence,
                offset: e.offset as f64,
            })
            .collect(),
    }
}

pub fn snapshot(snapshot: &store::Snapshot) -> Snapshot {
    let CommitPoint { commit_no, chain_hash, time_ms, .. } = snapshot.commit;
    let counters = snapshot.state_counters();
    Snapshot {
        commit: commit_no as f64,
        chain_hash: bytes(&chain_hash),
        time_ms: time_ms as f64,
        frame_count: counters.next_frame_id as f64,
        live_frame_count: snapshot.live_frame_count() as f64,
    }
}

pub fn frame(frame: store::Frame) -> Frame {
    let size_bytes = frame.content.len() as f64;
    let (text, content) = match frame.is_text {
        true => (Some(String::from_utf8_lossy(&frame.content).into_owned()), None),
        false => (None, Some(Buffer::from(frame.content))),
    };
    Frame {
        frame_id: frame.frame_id as f64,
        uri: frame.uri,
        title: some(frame.title),
        mime_type: frame.mime_type,
        text,
        bytes: content,
        tags: frame.tags,
        metadata: (!frame.metadata.is_empty()).then(|| frame.metadata.into()),
        timestamp_ms: frame.timestamp_ms as f64,
        content_hash: bytes(&frame.content_hash),
        size_bytes,
        status: frame.status.as_str().to_string(),
        commit: frame.commit_no as f64,
        supersedes: frame.supersedes.map(|id| id as f64),
        superseded_by: frame.superseded_by.map(|id| id as f64),
        ended_commit: frame.ended_commit.map(|c| c as f64),
    }
}

pub fn frame_summary(summary: store::FrameSummary) -> FrameSummary {
    let store::FrameSummary { frame, preview } = summary;
    FrameSummary {
        frame_id: frame.frame_id as f64,
        uri: frame.uri,
        title: some(frame.title),
        timestamp_ms: frame.timestamp_ms as f64,
        size_bytes: frame.content.len() as f64,
        status: frame.status.as_str().to_string(),
        mime_type: frame.mime_type,
        tags: frame.tags,
        preview,
    }
}

/// A score as the shortest decimal that names the same f32: what is recorded reads back equal, and no digits are made up.
pub fn score(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

pub fn candidate(c: store::Candidate) -> Candidate {
    Candidate {
        frame_id: c.passage.frame_id as f64,
        start: c.passage.start,
        length: c.passage.len,
        content_hash: bytes(&c.content_hash),
        score: score(c.score),
        text_score: c.text.map(|(s, _)| score(s)),
        vector_score: c.vector.map(|(s, _)| score(s)),
        text_rank: c.text.map(|(_, rank)| rank),
        vector_rank: c.vector.map(|(_, rank)| rank),
    }
}

fn hit(hit: store::Hit) -> Hit {
    let c = candidate(hit.candidate);
    Hit {
        frame_id: c.frame_id,
        start: c.start,
        length: c.length,
        content_hash: c.content_hash,
        score: c.score,
        text_score: c.text_score,
        vector_score: c.vector_score,
        text_rank: c.text_rank,
        vector_rank: c.vector_rank,
        uri: hit.uri,
        title: some(hit.title),
        snippet: hit.snippet,
        timestamp_ms: hit.timestamp_ms as f64,
    }
}

/// The candidates as columns.
pub fn find_response(found: Found) -> FindResponse {
    let Found { at, response, record, recording_error, latency_ms } = found;
    FindResponse {
        snapshot: snapshot(&at),
        mode: response.mode.as_str().to_string(),
        total: response.total as u32,
        cut: Cut { kept: response.cut.kept as u32, rule: response.cut.rule.to_string(), threshold: response.cut.threshold.map(score) },
        hits: response.hits.into_iter().map(hit).collect(),
        candidates: response.candidates.into_iter().map(candidate).collect(),
        record: record.map(Buffer::from),
        recording_error,
        latency_ms,
        query_kind: response.query_kind.to_string(),
        embedder: response.embedder,
        warnings: response.warnings,
    }
}

pub fn span_text(span: mv2::Result<store::SpanText>) -> SpanText {
    match span {
        Ok(span) => {
            SpanText { text: span.text, content_hash: bytes(&span.content_hash), status: span.status.as_str().to_string(), error: None }
        }
        Err(error) => {
            let error = Some(crate::error::coded_fields(&error));
            SpanText { text: String::new(), content_hash: bytes(&[]), status: String::new(), error }
        }
    }
}

pub fn session_summary(summary: store::SessionSummary) -> SessionSummary {
    SessionSummary {
        session: bytes(&summary.session),
        status: if summary.is_active { "active" } else { "ended" }.to_string(),
        action_count: summary.action_count,
        started_commit: summary.start.as_ref().map(|e| e.commit_no as f64),
        start_payload: summary.start.map(|e| e.payload.into()),
        end_payload: summary.end.map(|e| e.payload.into()),
    }
}

pub fn session_event((offset, event): (u64, mv2::format::event::Event)) -> SessionEvent {
    SessionEvent {
        kind: event.kind.as_str().to_string(),
        sequence: event.sequence,
        time_ms: event.time_ms as f64,
        commit: event.commit_no as f64,
        chain_hash: bytes(&event.chain_hash),
        offset: offset as f64,
        frames: event.frames.iter().map(|f| FrameMark { frame_id: f.frame_id as f64, content_hash: bytes(&f.content_hash) }).collect(),
        payload: event.payload.into(),
    }
}

pub fn cached_answer((offset, answer): (u64, mv2::format::event::Answer)) -> CachedAnswer {
    CachedAnswer { key: bytes(&answer.key), payload: answer.payload.into(), time_ms: answer.time_ms as f64, offset: offset as f64 }
}

pub fn damage(damage: &store::Damage) -> Damage {
    Damage {
        code: damage.code.to_string(),
        offset: damage.offset as f64,
        message: damage.message.clone(),
        frame_ids: damage.frame_ids.iter().map(|id| *id as f64).collect(),
    }
}

pub fn stats(stats: store::Stats) -> Stats {
    Stats {
        size_bytes: stats.size_bytes as f64,
        commits: stats.commits as f64,
        frame_count: stats.frame_count as f64,
        live_frame_count: stats.live_frame_count as f64,
        deleted_frame_count: stats.ended_frame_count as f64,
        content_bytes: stats.content_bytes as f64,
        text_bytes: stats.text_bytes as f64,
        text_segments: stats.text_segments as u32,
        vector_segments: stats.vector_segments as u32,
        vector_count: stats.vector_count as f64,
        text_index_bytes: stats.text_index_bytes as f64,
        vector_index_bytes: stats.vector_index_bytes as f64,
        table_bytes: stats.table_bytes as f64,
        vector_dim: stats.vector_dim,
        vector_precision: stats.vector_precision.as_str().to_string(),
        graph_vector_count: stats.graph_vector_count as f64,
        embedder: stats.embedder,
        unsealed_frames: stats.unsealed_frames as f64,
        sessions: stats.sessions as f64,
        torn_bytes: stats.torn_bytes as f64,
        damages: stats.damages.iter().map(damage).collect(),
        file_uuid: mv2::store::uuid(&stats.file_uuid),
        format_version: format!("1.{}", stats.format_minor),
        created_by: stats.created_by,
        created_ms: stats.created_ms as f64,
    }
}
