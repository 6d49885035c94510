//! What comes from JavaScript.

use mv2::embed::EmbedderChoice;
use mv2::format::event::EventType;
use mv2::index::Filter;
use mv2::search::adaptive::Rule;
use mv2::search::fusion::Fusion;
use mv2::store::{self, Content, Durability, Mode};
use mv2::{Error, Result};
use napi::bindgen_prelude::{Buffer, Float32Array};
use napi_derive::napi;

use crate::found::RecordingParts;

#[napi(object)]
#[derive(Default)]
pub struct StoreOptions {
    /// New files only: whether frames get vectors. Default true.
    pub enable_vec: Option<bool>,
    /// New files only: dimension of the caller's own vectors; absent: the first frame decides.
    pub vector_dim: Option<u32>,
    /// New files only: how finely vectors are kept, `f32`, `f16` or `i8`. Default `f32`.
    pub vector_precision: Option<String>,
    /// New files only: what makes the vectors. Absent: the first frame decides.
    pub embedder: Option<EmbedderInput>,
    /// Folder of installed embedding models.
    pub models: Option<String>,
    /// Name written into the header of a new file and into each commit, e.g. `memvid 0.1.0`.
    pub writer: Option<String>,
    /// Open for reading only.
    pub read_only: Option<bool>,
    /// How long a write waits for another writer's lock. Default 5000.
    pub lock_timeout_ms: Option<u32>,
}

#[napi(object)]
#[derive(Clone)]
pub struct EmbedderInput {
    /// `static`, `minilm`, or an outside embedder as `provider:model`.
    pub name: String,
    /// Of an outside embedder: the dimension of its vectors.
    pub dim: Option<u32>,
}

#[napi(object)]
pub struct PutInput {
    pub text: Option<String>,
    /// Content that is not text; kept and hashed, searched by title only.
    pub bytes: Option<Buffer>,
    /// Media type, e.g. `text/markdown`. Default `text/plain` or `application/octet-stream`.
    pub mime_type: Option<String>,
    pub title: Option<String>,
    /// Default `mv2://frames/<id>`. A URI that a live frame has already is superseded by this frame.
    pub uri: Option<String>,
    pub tags: Option<Vec<String>>,
    /// Opaque to the engine: MessagePack map.
    pub metadata: Option<Buffer>,
    pub timestamp_ms: Option<f64>,
    /// The caller's vector for the whole frame; absent: the embedded embedder, passage by passage.
    pub vector: Option<Float32Array>,
    /// A vector for each passage of the text, where an outside embedder makes the file's vectors; one without a value for none.
    pub passage_vectors: Option<Vec<Float32Array>>,
    /// Frame that this one replaces (an update).
    pub supersedes: Option<f64>,
}

#[napi(object)]
pub struct EventInput {
    /// `start` | `action` | `end` | `delete` | `replay` | `signature` | `cache` (an answer), see format-spec/07-sessions.
    #[napi(js_name = "type")]
    pub kind: String,
    /// 16-byte session id (UUIDv7). For `action`: absent means the active session; with none active the event is left out. For `cache`: unused.
    pub session: Option<Buffer>,
    /// `cache` only: 32-byte key.
    pub key: Option<Buffer>,
    /// Opaque to the engine: MessagePack.
    pub payload: Buffer,
    /// Record the frames put or deleted by this very batch with the event (ids and content hashes, known only inside the transaction).
    pub with_frames: Option<bool>,
    /// `action` only: it is about this one of the batch's puts, from 0, and names its frame.
    pub put: Option<u32>,
    /// `end` only: how many actions the payload is about; the end is refused as `SessionChanged` when the session has another number.
    pub action_count: Option<u32>,
}

#[napi(object)]
pub struct Batch {
    pub puts: Option<Vec<PutInput>>,
    /// Frame ids to mark deleted.
    pub deletes: Option<Vec<f64>>,
    pub events: Option<Vec<EventInput>>,
    /// Refuse with `SessionActive` when a session is being recorded: the caller made no action for it.
    pub only_unrecorded: Option<bool>,
    /// `durable` (default): one fdatasync before the promise resolves · `none`: written, not synced.
    pub durability: Option<String>,
    /// Now, as the caller's clock says.
    pub now_ms: f64,
    /// The embedder that the puts are for: decides where the file is undecided, and is refused where it is another.
    pub embedder: Option<EmbedderInput>,
}

/// What goes into the commit of prepared puts besides them.
#[napi(object)]
pub struct Rest {
    pub events: Option<Vec<EventInput>>,
    /// Refuse with `SessionActive` when a session is being recorded: the caller made no action for it.
    pub only_unrecorded: Option<bool>,
    pub durability: Option<String>,
    pub now_ms: f64,
}

/// The action that a recorded search becomes: its payload, encoded, in three parts around what only the engine knows.
#[napi(object)]
pub struct Recording {
    pub session: Buffer,
    /// Up to the value of `durationMs`.
    pub before: Buffer,
    /// From there up to the value of `retrieval`.
    pub between: Buffer,
    pub after: Buffer,
    /// What the action has taken so far.
    pub elapsed_ms: f64,
    pub now_ms: f64,
}

#[napi(object)]
pub struct ErasedEvent {
    /// Where the event's record lies.
    pub offset: f64,
    /// What the event says from now on.
    pub payload: Buffer,
}

#[napi(object)]
pub struct EraseRequest {
    pub events: Vec<ErasedEvent>,
    /// 32-byte keys whose cached answers are erased.
    pub cache_keys: Vec<Buffer>,
    /// Now, as the caller's clock says.
    pub now_ms: f64,
}

impl EraseRequest {
    pub fn into_engine(self) -> Result<store::EraseRequest> {
        Ok(store::EraseRequest {
            events: self.events.into_iter().map(|e| Ok((whole("offset", e.offset)?, e.payload.into()))).collect::<Result<_>>()?,
            cache_keys: self.cache_keys.iter().map(|key| fixed("key", key)).collect::<Result<_>>()?,
            now_ms: self.now_ms as i64,
        })
    }
}

#[napi(object)]
pub struct AdaptiveInput {
    /// `relative` | `absolute` | `knee` | `gap` | `cliff`
    pub rule: String,
    pub threshold: f64,
    pub min: u32,
    pub max: u32,
}

#[napi(object)]
pub struct FindRequest {
    pub query: Option<String>,
    pub vector: Option<Float32Array>,
    /// `hybrid` | `lex` | `vec`
    pub mode: String,
    pub k: u32,
    /// How many ranked candidates to return, at least k.
    pub candidates: u32,
    /// Return none of the candidates; the hits are the same.
    pub hits_only: Option<bool>,
    /// Encode what a session records of the search, instead of the list of candidates.
    pub record: Option<bool>,
    /// Weight of the vector arm in relative-score fusion, 0..1.
    pub alpha: f64,
    /// `relative` | `rrf`
    pub fusion: String,
    pub adaptive: Option<AdaptiveInput>,
    /// Commit number to search; absent: the newest.
    pub as_of: Option<f64>,
    /// URI prefix.
    pub scope: Option<String>,
    /// All of these.
    pub tags: Option<Vec<String>>,
    /// Timestamp at or after, and before.
    pub after_ms: Option<f64>,
    pub before_ms: Option<f64>,
    /// Compare with every vector, however many there are. Default false.
    pub exact: Option<bool>,
    pub snippet_chars: u32,
}

#[napi(object)]
pub struct SpanInput {
    pub frame_id: f64,
    pub start: u32,
    pub length: u32,
}

#[napi(object)]
pub struct TimelineOptions {
    pub limit: u32,
    pub offset: u32,
    /// Timestamp at or after, and before.
    pub after_ms: Option<f64>,
    pub before_ms: Option<f64>,
    pub reverse: Option<bool>,
    pub as_of: Option<f64>,
}

/// A frame id, commit number or offset: a whole number that JavaScript holds exactly.
pub fn whole(name: &str, value: f64) -> Result<u64> {
    if value >= 0.0 && value.fract() == 0.0 && value < mv2::format::MAX_SAFE as f64 {
        return Ok(value as u64);
    }
    Err(Error::invalid(format!("{name} is {value}; a whole number from 0 is expected")))
}

pub fn fixed<const N: usize>(name: &str, bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| Error::invalid(format!("{name} has {} bytes, {N} are expected", bytes.len())))
}

/// "Before" excludes its moment; the engine's ranges include both ends.
pub fn exclusive_end(time_ms: f64) -> i64 {
    (time_ms as i64).saturating_sub(1)
}

impl Batch {
    pub fn into_engine(self) -> Result<store::Batch> {
        let now_ms = self.now_ms as i64;
        let durability = durability(self.durability.as_deref())?;
        Ok(store::Batch {
            puts: self.puts.unwrap_or_default().into_iter().map(|put| put.into_engine(now_ms)).collect::<Result<_>>()?,
            deletes: self.deletes.unwrap_or_default().into_iter().map(|id| whole("frame id", id)).collect::<Result<_>>()?,
            events: self.events.unwrap_or_default().into_iter().map(EventInput::into_engine).collect::<Result<_>>()?,
            embedder: self.embedder.map(EmbedderInput::into_engine),
            only_unrecorded: self.only_unrecorded.unwrap_or(false),
            durability,
            now_ms,
        })
    }
}

fn durability(name: Option<&str>) -> Result<Durability> {
    match name {
        // A group commit acknowledges after a sync too; what it saves is decided by how puts are batched.
        None | Some("durable" | "group") => Ok(Durability::Durable),
        Some("none") => Ok(Durability::None),
        Some(other) => Err(Error::invalid(format!("durability {other:?}; it is durable, group or none"))),
    }
}

impl Rest {
    pub fn into_engine(self) -> Result<store::Rest> {
        Ok(store::Rest {
            events: self.events.unwrap_or_default().into_iter().map(EventInput::into_engine).collect::<Result<_>>()?,
            only_unrecorded: self.only_unrecorded.unwrap_or(false),
            durability: durability(self.durability.as_deref())?,
            now_ms: self.now_ms as i64,
            ..store::Rest::default()
        })
    }
}

impl Recording {
    pub fn into_engine(self) -> Result<RecordingParts> {
        Ok(RecordingParts {
            session: fixed("session", &self.session)?,
            before: self.before.into(),
            between: self.between.into(),
            after: self.after.into(),
            elapsed_ms: self.elapsed_ms,
            now_ms: self.now_ms as i64,
        })
    }
}

impl EmbedderInput {
    pub fn into_engine(self) -> EmbedderChoice {
        EmbedderChoice { name: self.name, dim: self.dim }
    }
}

impl PutInput {
    fn into_engine(self, now_ms: i64) -> Result<store::PutInput> {
        let content = match (self.text, self.bytes) {
            (Some(text), None) => Content::Text(text),
            (None, Some(bytes)) => Content::Bytes(bytes.into()),
            _ => return Err(Error::invalid("a put needs either text or bytes")),
        };
        Ok(store::PutInput {
            content,
            mime_type: self.mime_type,
            title: self.title,
            uri: self.uri,
            tags: self.tags.unwrap_or_default(),
            metadata: self.metadata.map(Into::into).unwrap_or_default(),
            timestamp_ms: self.timestamp_ms.map_or(now_ms, |t| t as i64),
            vector: self.vector.map(|v| v.to_vec()),
            passage_vectors: self.passage_vectors.map(|all| all.iter().map(|v| v.to_vec()).collect()),
            supersedes: self.supersedes.map(|id| whole("supersedes", id)).transpose()?,
        })
    }
}

impl EventInput {
    fn into_engine(self) -> Result<store::EventInput> {
        let payload: Vec<u8> = self.payload.into();
        if self.kind == "cache" {
            let key = self.key.ok_or_else(|| Error::invalid("a cached answer needs a key"))?;
            return Ok(store::EventInput::Answer { key: fixed("key", &key)?, payload });
        }
        let kind = EventType::parse(&self.kind).ok_or_else(|| Error::invalid(format!("event type {:?}", self.kind)))?;
        if let (EventType::Action, Some(put)) = (kind, self.put) {
            return Ok(store::EventInput::PutAction { payload, put: put as usize });
        }
        let session = self.session.map(|s| fixed("session", &s)).transpose()?;
        if let (EventType::End, Some(session), Some(action_count)) = (kind, session, self.action_count) {
            return Ok(store::EventInput::End { session, payload, action_count });
        }
        Ok(store::EventInput::Session { kind, session, payload, with_frames: self.with_frames.unwrap_or(false) })
    }
}

impl FindRequest {
    pub fn into_engine(self) -> Result<store::FindRequest> {
        let mode = Mode::parse(&self.mode).ok_or_else(|| Error::invalid(format!("mode {:?}; it is hybrid, lex or vec", self.mode)))?;
        let fusion = match self.fusion.as_str() {
            "relative" => Fusion::Relative { alpha: self.alpha as f32 },
            "auto" => Fusion::Auto,
            "rrf" => Fusion::Rrf { k: 60.0 },
            other => return Err(Error::invalid(format!("fusion {other:?}; it is auto, relative or rrf"))),
        };
        let k = self.k as usize;
        let (rule, min, max) = match &self.adaptive {
            None => (Rule::TopK, 0, k),
            Some(adaptive) => (adaptive.rule()?, adaptive.min as usize, adaptive.max as usize),
        };
        Ok(store::FindRequest {
            query: self.query.unwrap_or_default(),
            vector: self.vector.map(|v| v.to_vec()),
            mode,
            k,
            candidates: self.candidates as usize,
            fusion,
            rule,
            min,
            max,
            filter: Filter {
                scope: self.scope,
                tags: self.tags.unwrap_or_default(),
                after_ms: self.after_ms.map(|t| t as i64),
                before_ms: self.before_ms.map(exclusive_end),
            },
            exact: self.exact.unwrap_or(false),
            snippet_chars: self.snippet_chars as usize,
        })
    }
}

impl AdaptiveInput {
    fn rule(&self) -> Result<Rule> {
        let threshold = self.threshold as f32;
        Ok(match self.rule.as_str() {
            "relative" => Rule::Relative { ratio: threshold },
            "absolute" => Rule::Absolute { min_score: threshold },
            "knee" => Rule::Knee,
            "gap" => Rule::Gap,
            "cliff" => Rule::Cliff { drop: threshold },
            other => return Err(Error::invalid(format!("adaptive rule {other:?}; it is relative, absolute, knee, gap or cliff"))),
        })
    }
}
