//! A batch of puts, deletes, events and answers becomes one transaction.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::Store;
use super::frames::find_by_uri;
use super::sessions::EventWriter;
use super::snapshot::Snapshot;
use super::write::{Durability, Transaction};
use crate::embed::{Embedder, EmbedderChoice, static_state};
use crate::error::{Code, Error, Result};
use crate::format::commit::Hash;
use crate::format::event::{Answer, EventType, FrameMark, MAX_EVENT_BYTES};
use crate::format::frames::{self, NewFrame, default_uri};
use crate::format::record::{Payload, RecordType};
use crate::format::run::{self, RunKind, Words, time_key, uri_key};
use crate::format::toc::{Op, SegmentClass, SegmentRef, VectorState};
use crate::index::text::{TextDoc, build_segment};
use crate::index::{Passage, passage, vector};

/// From this many frames on, a transaction carries its own text segment and runs; fewer are left to be sealed by `maintain`.
pub const BULK_FRAMES: usize = 64;
/// Frames share a block until their contents reach this length: large enough to compress well, small enough to read one quickly.
const BLOCK_BYTES: usize = 64 << 10;

#[derive(Debug, Clone)]
pub enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
pub struct PutInput {
    pub content: Content,
    pub mime_type: Option<String>,
    pub title: Option<String>,
    /// A live frame of this URI is superseded.
    pub uri: Option<String>,
    pub tags: Vec<String>,
    /// MessagePack, opaque here.
    pub metadata: Vec<u8>,
    pub timestamp_ms: i64,
    /// The caller's vector of the whole frame.
    pub vector: Option<Vec<f32>>,
    /// A vector for each passage of the text (`passage::split`), where an outside embedder makes the file's vectors.
    pub passage_vectors: Option<Vec<Vec<f32>>>,
    pub supersedes: Option<u64>,
}

#[derive(Debug, Clone)]
pub enum EventInput {
    Session {
        kind: EventType,
        /// `None`, for an action: the active session, and no event when there is none.
        session: Option<[u8; 16]>,
        payload: Vec<u8>,
        /// Names the frames that this batch puts and deletes.
        with_frames: bool,
    },
    /// The end of the active session, refused as `SessionChanged` when it has another number of actions: what the payload says of them
    /// would not be true.
    End {
        session: [u8; 16],
        payload: Vec<u8>,
        action_count: u32,
    },
    Answer {
        key: [u8; 32],
        payload: Vec<u8>,
    },
}

#[derive(Debug, Clone)]
pub struct Batch {
    pub puts: Vec<PutInput>,
    pub deletes: Vec<u64>,
    pub events: Vec<EventInput>,
    /// The embedder that the puts are for: decides where the file is undecided, and is refused where it is another.
    pub embedder: Option<EmbedderChoice>,
    pub durability: Durability,
    pub now_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameReference {
    pub frame_id: u64,
    pub uri: String,
    pub content_hash: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventResult {
    pub written: bool,
    pub session: Option<[u8; 16]>,
    pub sequence: u32,
    pub offset: u64,
}

#[derive(Debug, Clone)]
pub struct BatchResult {
    pub commit_no: u64,
    pub chain_hash: Hash,
    pub frames: Vec<FrameReference>,
    pub events: Vec<EventResult>,
}

/// A put as far as it can be prepared without knowing its frame id.
struct Prepared {
    frame: NewFrame,
    passages: Vec<(u32, u32)>,
    /// Passages with their vectors.
    vectors: Vec<PassageVector>,
}

impl Store {
    /// Puts, deletes and records in one transaction. `progress` is told how many puts are prepared.
    pub fn commit(&self, batch: Batch, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<BatchResult> {
        let run = || {
            self.check_open()?;
            let Batch { puts, deletes, events, embedder, durability, now_ms } = batch;
            self.follow()?;
            let vectors = self.vector_state_for(&self.snapshot().state.vectors, &puts, embedder.as_ref())?;
            let prepared = prepare_all(puts, &vectors, self.options.models.as_deref(), progress)?;
            let build = |transaction: &mut Transaction<'_>| {
                // Another writer may have decided meanwhile what vectors the file holds.
                let now = &transaction.base.state.vectors;
                if vectors != *now && vectors != VectorState::Undecided && !prepared.is_empty() {
                    if *now != VectorState::Undecided {
                        return Err(mismatch(now, &vectors));
                    }
                    transaction.ops.push(Op::Vectors(vectors.clone()));
                }
                let (frames, marks) = put_frames(transaction, prepared, &deletes)?;
                let events = write_events(transaction, events, &marks, now_ms)?;
                Ok((frames, events))
            };
            let ((frames, events), snapshot) = self.transact(now_ms, durability, build)?;
            Ok(BatchResult { commit_no: snapshot.commit.commit_no, chain_hash: snapshot.commit.chain_hash, frames, events })
        };
        run().map_err(|e| self.name(e))
    }

    /// What vectors the file holds once these frames are in it.
    fn vector_state_for(&self, state: &VectorState, puts: &[PutInput], embedder: Option<&EmbedderChoice>) -> Result<VectorState> {
        let chosen = embedder.map(EmbedderChoice::state).transpose()?;
        match (state, &chosen) {
            (VectorState::Undecided, Some(chosen)) => return Ok(chosen.clone()),
            (state, Some(chosen)) if state != chosen => return Err(mismatch(state, chosen)),
            _ => {}
        }
        let given = puts.iter().find_map(|p| p.vector.as_ref().map(Vec::len));
        match (state, given) {
            (VectorState::Undecided, Some(dim)) => Ok(VectorState::Caller { dim: dim as u32 }),
            (VectorState::Undecided, None) if puts.iter().any(|p| matches!(p.content, Content::Text(_))) => Ok(static_state()),
            (VectorState::None, Some(_)) => {
                Err(Error::new(Code::VectorMismatch, "a vector was given, but the file was made without vectors")
                    .hint("create it with enableVec: true"))
            }
            (VectorState::Embedded { .. }, Some(dim)) => Err(mismatch(state, &VectorState::Caller { dim: dim as u32 })),
            (state, _) => Ok(state.clone()),
        }
    }
}

fn mismatch(file: &VectorState, given: &VectorState) -> Error {
    let name = |state: &VectorState| match state {
        VectorState::None => "no vectors".to_string(),
        VectorState::Undecided => "vectors not yet decided".to_string(),
        VectorState::Embedded { dim, name, .. } => format!("vectors of {dim} dimensions made by {name}"),
        VectorState::Caller { dim } => format!("the caller's vectors of {dim} dimensions"),
    };
    Error::new(Code::VectorMismatch, format!("the file holds {}, this put has {}", name(file), name(given)))
        .hint("one file holds vectors of one kind: make another file for these")
}

/// Validates, hashes, splits and embeds, on two threads when there is much.
fn prepare_all(
    puts: Vec<PutInput>,
    vectors: &VectorState,
    models: Option<&Path>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Prepared>> {
    let embedder = match vectors {
        VectorState::Embedded { name, hash, .. } if puts.iter().any(|put| matches!(put.content, Content::Text(_))) => {
            Some(Embedder::of(name, hash, models)?)
        }
        _ => None,
    };
    let embedder = embedder.as_ref();
    const THREADED: usize = 32;
    let total = puts.len();
    if total < THREADED {
        return puts.into_iter().map(|put| prepare(put, vectors, embedder)).collect();
    }
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(8);
    let done = std::sync::atomic::AtomicUsize::new(0);
    let mut chunks: Vec<Vec<PutInput>> = Vec::new();
    let mut rest = puts.into_iter();
    loop {
        let chunk: Vec<PutInput> = rest.by_ref().take(total.div_ceil(threads)).collect();
        if chunk.is_empty() {
            break;
        }
        chunks.push(chunk);
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = chunks
            .into_iter()
            .map(|chunk| {
                let done = &done;
                scope.spawn(move || {
                    let mut out = Vec::with_capacity(chunk.len());
                    for put in chunk {
                        out.push(prepare(put, vectors, embedder)?);
                        let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                        if count % 256 == 0 {
                            progress(count, total);
                        }
                    }
                    Ok(out)
                })
            })
            .collect();
        let mut all = Vec::with_capacity(total);
        for worker in workers {
            let part: Result<Vec<Prepared>> = worker.join().unwrap_or_else(|_| Err(Error::invalid("a put could not be prepared")));
            all.extend(part?);
        }
        progress(total, total);
        Ok(all)
    })
}

fn prepare(put: PutInput, vectors: &VectorState, embedder: Option<&Embedder>) -> Result<Prepared> {
    let (content, is_text) = match put.content {
        Content::Text(text) => (text.into_bytes(), true),
        Content::Bytes(bytes) => (bytes, false),
    };
    let limits = [
        ("content", content.len(), frames::MAX_CONTENT_BYTES),
        ("uri", put.uri.as_ref().map_or(0, String::len), frames::MAX_URI_BYTES),
        ("title", put.title.as_ref().map_or(0, String::len), frames::MAX_TITLE_BYTES),
        ("tags", put.tags.len(), frames::MAX_TAGS),
        ("a tag", put.tags.iter().map(String::len).max().unwrap_or(0), frames::MAX_TAG_BYTES),
        ("metadata", put.metadata.len(), frames::MAX_METADATA_BYTES),
    ];
    if let Some((what, got, limit)) = limits.into_iter().find(|(_, got, limit)| got > limit) {
        return Err(Error::invalid(format!("{what}: {got}, at most {limit} are allowed")));
    }
    let default_type = if is_text { "text/plain" } else { "application/octet-stream" };
    let content_hash = *blake3::hash(&content).as_bytes();
    let mut prepared = Prepared {
        frame: NewFrame {
            is_text,
            uri: put.uri.unwrap_or_default(),
            title: put.title.unwrap_or_default(),
            mime_type: put.mime_type.unwrap_or_else(|| default_type.to_string()),
            tags: put.tags,
            metadata: put.metadata,
            timestamp_ms: put.timestamp_ms,
            supersedes: put.supersedes,
            content_hash,
            content,
        },
        passages: vec![(0, 0)],
        vectors: Vec::new(),
    };
    let text = if is_text { std::str::from_utf8(&prepared.frame.content).unwrap_or_default() } else { "" };
    if is_text {
        prepared.passages = passage::split(text);
    }
    match (vectors, put.vector) {
        (VectorState::Caller { dim }, Some(vector)) => {
            if vector.len() != *dim as usize {
                return Err(Error::new(Code::VectorMismatch, format!("a vector of {} dimensions, the file's have {dim}", vector.len())));
            }
            prepared.vectors.push(((0, text.len() as u32), vector));
        }
        (VectorState::Embedded { dim, name, .. }, None) if is_text => {
            prepared.vectors = match (embedder, put.passage_vectors) {
                (Some(Embedder::Outside), given) => outside_vectors(&prepared.passages, given, *dim as usize, name)?,
                (_, Some(_)) => return Err(Error::invalid(format!("vectors of passages were given, but the engine makes them with {name}"))),
                (embedder, None) => {
                    let parts = prepared.passages.iter().map(|(start, len)| {
                        let part = text.get(*start as usize..(*start + *len) as usize).unwrap_or_default();
                        embedder.and_then(|embedder| embedder.embed(part)).map(|vector| ((*start, *len), vector))
                    });
                    parts.flatten().collect()
                }
            };
        }
        _ => {}
    }
    Ok(prepared)
}

type PassageVector = ((u32, u32), Vec<f32>);

/// Vectors that an outside embedder made, one for each passage; a passage of white space may have none.
fn outside_vectors(passages: &[(u32, u32)], given: Option<Vec<Vec<f32>>>, dim: usize, name: &str) -> Result<Vec<PassageVector>> {
    let given = given.unwrap_or_default();
    if given.len() != passages.len() {
        let message = format!("{} passages need a vector each by {name}, {} were given", passages.len(), given.len());
        return Err(Error::new(Code::VectorMismatch, message).hint("put through the SDK or the command line, which ask that embedder"));
    }
    if let Some(other) = given.iter().find(|vector| !vector.is_empty() && vector.len() != dim) {
        return Err(Error::new(Code::VectorMismatch, format!("a vector of {} dimensions by {name}, the file's have {dim}", other.len())));
    }
    Ok(passages.iter().copied().zip(given).filter(|(_, vector)| !vector.is_empty()).collect())
}

/// Writes blocks, segments and table entries of new and ended frames. Returns the references in order of the puts, and the marks for events.
fn put_frames(
    transaction: &mut Transaction<'_>,
    mut prepared: Vec<Prepared>,
    deletes: &[u64],
) -> Result<(Vec<FrameReference>, Vec<FrameMark>)> {
    let base = transaction.base.clone();
    let first_frame_id = base.state.counters.next_frame_id;
    let mut ended = Ended {
        base: &base,
        commit_no: transaction.commit_no,
        in_batch: HashMap::new(),
        ids: HashSet::new(),
        entries: Vec::new(),
        marks: Vec::new(),
    };
    for (frame_id, put) in (first_frame_id..).zip(prepared.iter_mut()) {
        let frame = &mut put.frame;
        let old = match frame.supersedes {
            Some(id) => Some(id),
            None if frame.uri.is_empty() => None,
            None => ended.live_by_uri(&frame.uri)?,
        };
        if let Some(old) = old {
            ended.end(old, Some(frame_id), first_frame_id)?;
            frame.supersedes = Some(old);
        }
        if !frame.uri.is_empty() {
            ended.in_batch.insert(frame.uri.clone(), frame_id);
        }
    }
    for id in deletes {
        ended.end(*id, None, first_frame_id)?;
    }
    let (ended_entries, mut marks) = (std::mem::take(&mut ended.entries), std::mem::take(&mut ended.marks));

    let mut references = Vec::with_capacity(prepared.len());
    for (frame_id, put) in (first_frame_id..).zip(&prepared) {
        let uri = if put.frame.uri.is_empty() { default_uri(frame_id) } else { put.frame.uri.clone() };
        references.push(FrameReference { frame_id, uri, content_hash: put.frame.content_hash });
    }
    write_blocks(transaction, first_frame_id, &prepared)?;
    write_vectors(transaction, first_frame_id, &prepared)?;
    if prepared.len() >= BULK_FRAMES {
        write_text(transaction, first_frame_id, &prepared, &references)?;
    }
    let mut counters = base.state.counters;
    counters.next_frame_id += prepared.len() as u64;
    counters.ended_frames += ended_entries.len() as u64;
    for put in &prepared {
        counters.content_bytes += put.frame.content.len() as u64;
        counters.text_bytes += if put.frame.is_text { put.frame.content.len() as u64 } else { 0 };
    }
    let uris = references.iter().map(|r| [uri_key(&r.uri), r.frame_id, 0, 0, 0]).collect();
    let times = (first_frame_id..).zip(&prepared).map(|(id, p)| [time_key(p.frame.timestamp_ms), id, 0, 0, 0]).collect();
    write_entries(transaction, RunKind::Uri, uris);
    write_entries(transaction, RunKind::Time, times);
    write_entries(transaction, RunKind::Ended, ended_entries);
    if counters != base.state.counters {
        transaction.ops.push(Op::Counters(counters));
    }
    marks.splice(0..0, references.iter().map(|r| FrameMark { frame_id: r.frame_id, content_hash: r.content_hash }));
    Ok((references, marks))
}

/// Which frames this transaction ends.
struct Ended<'a> {
    base: &'a Snapshot,
    commit_no: u64,
    /// URIs of this batch's own frames so far.
    in_batch: HashMap<String, u64>,
    ids: HashSet<u64>,
    entries: Vec<Words>,
    marks: Vec<FrameMark>,
}

impl Ended<'_> {
    fn live_by_uri(&self, uri: &str) -> Result<Option<u64>> {
        match self.in_batch.get(uri) {
            Some(id) => Ok(Some(*id)),
            None => find_by_uri(self.base, uri, |id| self.is_live(id)),
        }
    }

    fn is_live(&self, frame_id: u64) -> Result<bool> {
        Ok(!self.ids.contains(&frame_id) && self.base.lookup(RunKind::Ended, frame_id)?.is_empty())
    }

    fn end(&mut self, frame_id: u64, successor: Option<u64>, first_new: u64) -> Result<()> {
        let is_new = frame_id >= first_new;
        if (is_new && successor.is_none_or(|s| s <= frame_id)) || (!is_new && frame_id >= self.base.state.counters.next_frame_id) {
            return Err(Error::new(Code::FrameNotFound, format!("no frame {frame_id}; {first_new} were put so far")));
        }
        if !self.is_live(frame_id)? {
            return Err(Error::new(Code::FrameNotFound, format!("frame {frame_id} was deleted or superseded before"))
                .hint("name the newest frame of its URI"));
        }
        if !is_new {
            let (_, entry) = super::frames::entry_of(self.base, frame_id)?;
            self.marks.extend(successor.is_none().then_some(FrameMark { frame_id, content_hash: entry.content_hash }));
        }
        self.ids.insert(frame_id);
        self.entries.push([frame_id, self.commit_no, successor.unwrap_or(u64::MAX), 0, 0]);
        Ok(())
    }
}

fn write_blocks(transaction: &mut Transaction<'_>, first_frame_id: u64, prepared: &[Prepared]) -> Result<()> {
    let mut blocks = Vec::new();
    let mut block: Vec<&NewFrame> = Vec::new();
    let (mut block_first, mut block_bytes) = (first_frame_id, 0);
    let mut flush = |transaction: &mut Transaction<'_>, first: u64, block: &mut Vec<&'_ NewFrame>| -> Result<()> {
        if !block.is_empty() {
            let offset = transaction.layout.push(&frames::encode(first, block)?);
            blocks.push([first, offset, transaction.commit_no, block.len() as u64, 0]);
            block.clear();
        }
        Ok(())
    };
    for (frame_id, put) in (first_frame_id..).zip(prepared.iter()) {
        let len = put.frame.content.len() + put.frame.metadata.len() + 256;
        if block_bytes + len > BLOCK_BYTES || block.len() as u32 == frames::MAX_FRAMES_PER_BLOCK {
            flush(transaction, block_first, &mut block)?;
            (block_first, block_bytes) = (frame_id, 0);
        }
        block_bytes += len;
        block.push(&put.frame);
    }
    flush(transaction, block_first, &mut block)?;
    write_entries(transaction, RunKind::Block, blocks);
    Ok(())
}

fn write_vectors(transaction: &mut Transaction<'_>, first_frame_id: u64, prepared: &[Prepared]) -> Result<()> {
    let (mut passages, mut rows) = (Vec::new(), Vec::new());
    for (frame_id, put) in (first_frame_id..).zip(prepared) {
        for ((start, len), vector) in &put.vectors {
            passages.push(Passage { frame_id, start: *start, len: *len });
            rows.extend_from_slice(vector);
        }
    }
    if let (Some(first), Some(last)) = (passages.first(), passages.last()) {
        let (first_frame_id, end_frame_id) = (first.frame_id, last.frame_id + 1);
        let bytes = vector::build_segment(rows.len() / passages.len(), &passages, &rows)?;
        add_segment(
            transaction,
            SegmentClass::Vectors,
            &Payload::checked(RecordType::Vectors, bytes),
            passages.len(),
            (first_frame_id, end_frame_id),
        );
    }
    Ok(())
}

fn write_text(transaction: &mut Transaction<'_>, first_frame_id: u64, prepared: &[Prepared], references: &[FrameReference]) -> Result<()> {
    // Counted before they are indexed: the writer sizes its tables by their number.
    let docs: Vec<TextDoc<'_>> = prepared
        .iter()
        .zip(references)
        .flat_map(|(put, reference)| {
            let text = if put.frame.is_text { std::str::from_utf8(&put.frame.content).unwrap_or_default() } else { "" };
            put.passages.iter().map(move |(start, len)| TextDoc {
                passage: Passage { frame_id: reference.frame_id, start: *start, len: *len },
                title: &put.frame.title,
                text: text.get(*start as usize..(*start + *len) as usize).unwrap_or_default(),
                tags: &put.frame.tags,
                uri: &reference.uri,
                timestamp_ms: put.frame.timestamp_ms,
            })
        })
        .collect();
    if let Some(bytes) = build_segment(docs.into_iter())? {
        let range = (first_frame_id, first_frame_id + prepared.len() as u64);
        add_segment(transaction, SegmentClass::Text, &Payload::checked(RecordType::Text, bytes), prepared.len(), range);
    }
    Ok(())
}

/// Adds a segment's record and its entry in the table of contents.
pub fn add_segment(transaction: &mut Transaction<'_>, class: SegmentClass, payload: &Payload, entries: usize, range: (u64, u64)) {
    let offset = transaction.layout.push(payload);
    let (first_frame_id, end_frame_id) = range;
    transaction.ops.push(Op::Add(SegmentRef { class, offset, entries: entries as u64, first_frame_id, end_frame_id }));
}

/// Few entries stand in the commit itself, many become a run.
fn write_entries(transaction: &mut Transaction<'_>, kind: RunKind, mut entries: Vec<Words>) {
    if entries.len() >= BULK_FRAMES {
        let payload = run::encode(kind, &mut entries);
        add_segment(transaction, SegmentClass::Run(kind), &payload, entries.len(), (0, 0));
        return;
    }
    transaction.ops.extend(entries.iter().map(|w| match kind {
        RunKind::Block => Op::Block { first_frame_id: w[0], offset: w[1], commit_no: w[2], count: w[3] },
        RunKind::Uri => Op::Uri { key: w[0], frame_id: w[1] },
        RunKind::Time => Op::Time { key: w[0], frame_id: w[1] },
        _ => Op::Ended { frame_id: w[0], commit_no: w[1], successor: (w[2] != u64::MAX).then_some(w[2]) },
    }));
}

fn write_events(transaction: &mut Transaction<'_>, events: Vec<EventInput>, marks: &[FrameMark], now_ms: i64) -> Result<Vec<EventResult>> {
    let mut writer = EventWriter::new(Arc::clone(transaction.base), now_ms);
    let mut results = Vec::with_capacity(events.len());
    for event in events {
        results.push(match event {
            EventInput::Session { payload, .. } | EventInput::End { payload, .. } | EventInput::Answer { payload, .. }
                if payload.len() > MAX_EVENT_BYTES =>
            {
                return Err(Error::invalid(format!("an event of {} bytes, at most {MAX_EVENT_BYTES} are allowed", payload.len())));
            }
            EventInput::Session { kind, session, payload, with_frames } => {
                let marks = if with_frames { marks.to_vec() } else { Vec::new() };
                writer.write(transaction, kind, session, payload, marks)?
            }
            EventInput::End { session, payload, action_count } => {
                let result = writer.write(transaction, EventType::End, Some(session), payload, Vec::new())?;
                if result.sequence != action_count {
                    let message = format!("the session has {} actions, not {action_count}", result.sequence);
                    return Err(Error::new(Code::SessionChanged, message).hint("read the newer actions and end it then"));
                }
                result
            }
            EventInput::Answer { key, payload } => {
                let offset = transaction.layout.push(&Answer { key, time_ms: now_ms, payload }.encode()?);
                transaction.ops.push(Op::Cache { key, offset });
                EventResult { written: true, session: None, sequence: 0, offset }
            }
        });
    }
    writer.finish(transaction);
    Ok(results)
}
